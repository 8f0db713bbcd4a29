internal import Foundation
internal import ProgramSupport
internal import Synchronization
internal import TestSupport

/// Real IPMI controllers, by PyPI's virtualbmc, of machines that are guests on one of the rig's hosts: a controller's
/// power is its guest's, which starts and is destroyed. Asked to go down, a machine does so as one with an operating
/// system would. Listens on loopback, and is gone when the last reference to it is.
public final class IPMIEmulator: HostControllers {
    public static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: "\(RedfishEmulator.folder)/bin/vbmcd")
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/ipmitool")
    }

    public static let missing =
        "no rig: no IPMI emulator; .ci/prepare-emulators installs it where root and apt allow it"

    private let rig: Rig
    private let room: String
    private let ports: [String: Int]
    private let files: Scratch
    private let server: Programs.Running
    /// libvirt tells here of every machine that is asked to go down.
    private let requests: [String: Programs.Running]
    private let heeded = Mutex<[String: Int]>([:])

    /// - Parameter room: the host of the rig on which the machines are that stand for `hosts`.
    public init(_ rig: Rig, hosts: [String], room: String) throws {
        self.rig = rig
        self.room = room
        ports = Dictionary(uniqueKeysWithValues: hosts.map { ($0, LoopbackPort.free()) })
        let files = try Scratch()
        self.files = files
        try rig.start(hosts.map { RigGuest(Self.machine(of: $0), memoryMiB: 96) }, on: room)
        let folder = try files.folder("controllers").path
        let port = LoopbackPort.free()
        try files.write(
            "[default]\nconfig_dir = \(folder)\npid_file = \(folder)/pid\nserver_port = \(port)\n", to: "vbmc.conf")
        server = try Programs.start(
            "\(RedfishEmulator.folder)/bin/vbmcd", ["--foreground"], in: files.path,
            environment: Self.environment(files))
        requests = Dictionary(
            uniqueKeysWithValues: try hosts.map { host in
                let arguments = [
                    "-oL", "virsh", "-c", try rig.uri(room), "qemu-monitor-event", Self.machine(of: host), "--event",
                    "POWERDOWN", "--loop",
                ]
                return (host, try Programs.start("stdbuf", arguments, in: files.path))
            })
        for _ in 0..<300 where !LoopbackPort.answers(port) && !server.hasEnded { Thread.sleep(forTimeInterval: 0.1) }
        guard LoopbackPort.answers(port) else { throw EmulatorError(program: "vbmcd", port: port) }
        for host in hosts { try addController(of: host) }
    }

    deinit {
        for request in requests.values { request.kill() }
        // Asked to end, it waits for its controllers' processes for ever.
        let controllers = children(of: server.number)
        server.kill()
        for number in controllers { kill(number, SIGKILL) }
    }

    private func children(of number: pid_t) -> [pid_t] {
        do {
            return try String(contentsOfFile: "/proc/\(number)/task/\(number)/children", encoding: .utf8)
                .split(separator: " ").compactMap { pid_t($0) }
        } catch {
            print("the processes of vbmcd are not known: \(error)")
            return []
        }
    }

    private static func machine(of host: String) -> String { "machine-\(host)" }

    private static func environment(_ files: Scratch) -> [String: String] {
        ["VIRTUALBMC_CONFIG": "\(files.path)/vbmc.conf", "HOME": files.path]
    }

    private func addController(of host: String) throws {
        let machine = Self.machine(of: host)
        try run([
            "add", machine, "--port", "\(ports[host] ?? 0)", "--address", "127.0.0.1", "--libvirt-uri",
            try rig.uri(room), "--username", EmulatedAccount.user, "--password", EmulatedAccount.password,
        ])
        try run(["start", machine])
    }

    private func run(_ arguments: [String]) throws {
        let running = try Programs.start(
            "\(RedfishEmulator.folder)/bin/vbmc", arguments, in: files.path, environment: Self.environment(files))
        guard running.wait() == 0 else {
            throw RigError(
                command: "vbmc \(arguments.joined(separator: " "))", output: "",
                errors: try String(contentsOfFile: running.errors, encoding: .utf8))
        }
    }

    public func powerControl(of host: String) -> String {
        "{kind: ipmi, url: \"ipmi://127.0.0.1:\(ports[host] ?? 0)\", credential: lab}"
    }

    public func hasPower(_ host: String) throws -> Bool {
        try heedRequests(to: host)
        return try rig.virsh(room, "domstate", Self.machine(of: host)).hasPrefix("running")
    }

    /// As an operating system does that is asked to go down.
    private func heedRequests(to host: String) throws {
        guard let request = requests[host] else { return }
        let told = try String(contentsOfFile: request.output, encoding: .utf8).split(separator: "\n")
            .count { $0.contains("POWERDOWN") }
        guard told > heeded.withLock({ $0[host] ?? 0 }) else { return }
        heeded.withLock { $0[host] = told }
        if try rig.virsh(room, "domstate", Self.machine(of: host)).hasPrefix("running") {
            try rig.virsh(room, "destroy", Self.machine(of: host))
        }
    }
}
