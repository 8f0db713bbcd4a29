internal import Foundation
internal import ProgramSupport

/// Real hypervisors on this machine, by `Tests/Rig/rig`: hosts `h1`, `h2` ... with a libvirtd each, and tiny guests.
///
/// Every call blocks until it is done. The rig is gone when the last reference to it is.
public final class Rig: Sendable {
    /// Tells apart the rigs that are up at once; part of the names of namespaces and control groups.
    public let prefix: String
    public let hosts: [String]

    /// Brings up hosts whose links have a speed in Mbit/s both ways; 0: as fast as the machine goes.
    ///
    /// `prefix` has a letter and up to 15 letters and digits. What an earlier run with it left is taken down first.
    public init(prefix: String, hosts count: Int, linkMegabitsPerSecond: Int = 0) throws {
        self.prefix = prefix
        hosts = (1...count).map { "h\($0)" }
        try run("down")
        try run("up", "\(count)")
        try setLinks(megabitsPerSecond: linkMegabitsPerSecond)
    }

    deinit {
        do { try run("down") } catch { print("a rig could not be taken down: \(error)") }
    }

    /// libvirt's URI of a host for use on this machine; `betweenHosts`: for use by another of the rig's hosts.
    public func uri(_ host: String, betweenHosts: Bool = false) throws -> String {
        try run(["uri", host] + (betweenHosts ? ["tcp"] : []))
    }

    /// Starts guests, and waits until all of them do their work.
    public func start(_ guests: [RigGuest], on host: String) throws {
        for guest in guests {
            try run(["guest", guest.name, host, "\(guest.memoryMiB)", "vcpus=\(guest.vcpus)"] + guest.load.settings)
        }
        try run(["ready"] + guests.map(\.name))
    }

    /// Changes what a guest does.
    public func set(_ guest: String, on host: String, to load: RigLoad) throws {
        try run(["set", guest, host] + load.settings)
    }

    /// Has a guest verify every page that it ever wrote; throws, with its answer, when one is wrong.
    @discardableResult
    public func checkMemory(of guest: String, on host: String) throws -> String {
        try run("check", guest, host)
    }

    /// Damages a page of the guest's cold and one of its hot memory, for tests of the check.
    public func spoilMemory(of guest: String, on host: String) throws {
        try run("set", guest, host, "spoil")
    }

    /// The lines that a guest printed since its start, on whatever host.
    public func consoleLines(of guest: String) throws -> [Substring] {
        try String(contentsOfFile: "/var/lib/drover-rig/\(prefix)/console/\(guest).log", encoding: .utf8)
            .split(whereSeparator: \.isNewline)
    }

    public func setLinks(megabitsPerSecond: Int, of hosts: [String] = []) throws {
        try run(["link", "\(megabitsPerSecond)"] + hosts)
    }

    /// Takes a host's link away, or gives it back.
    public func cutLink(of host: String) throws { try run("cut", host) }
    public func mendLink(of host: String) throws { try run("mend", host) }

    /// Cuts a host's power, its guests with it; or gives it back.
    public func powerOff(_ host: String) throws { try run("off", host) }
    public func powerOn(_ host: String) throws { try run("on", host) }

    /// `virsh`, connected to a host: its output.
    @discardableResult
    public func virsh(_ host: String, _ arguments: String...) throws -> String {
        try run(["virsh", host] + arguments)
    }

    /// The names of a host's running guests, sorted.
    public func runningGuests(on host: String) throws -> [String] {
        try virsh(host, "list", "--name").split(separator: "\n").map(String.init).sorted()
    }

    /// Any command of `Tests/Rig/rig`: its output.
    @discardableResult
    public func run(_ arguments: String...) throws -> String { try run(arguments) }

    @discardableResult
    public func run(_ arguments: [String]) throws -> String {
        let scratch = try Scratch()
        let program = "\(Programs.root)/Tests/Rig/rig"
        let running = try Programs.start(
            program, arguments, in: scratch.path, environment: ["DROVER_RIG_PREFIX": prefix])
        let status = running.wait()
        let text = try Self.text(running.output)
        guard status == 0 else {
            throw RigError(
                command: arguments.joined(separator: " "), output: text, errors: try Self.text(running.errors))
        }
        return text
    }

    private static func text(_ file: String) throws -> String {
        try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}

/// A command of the rig that failed.
public struct RigError: Error, CustomStringConvertible {
    public let command: String
    public let output: String
    public let errors: String

    public var description: String {
        "rig \(command): \([output, errors].filter { !$0.isEmpty }.joined(separator: "; "))"
    }
}
