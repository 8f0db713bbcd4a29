import Foundation
import ProgramSupport
import RigSupport
import TestSupport
import Testing

/// One guest that is moved between real hosts by `drover apply`, slowly enough that something can happen meanwhile, and
/// what the journal says of it.
final class FaultSite: Sendable {
    static let guest = "g1"
    private static let machine = RigGuest(guest, load: RigLoad(coldMiB: 16, hotMiB: 8, dirtyMiBPerSecond: 2))
    let lab: Lab

    /// The move takes about seven seconds.
    init() throws {
        lab = try Lab(
            prefix: "faulttable", linkMegabitsPerSecond: 120,
            guests: [("h1", [Self.machine]), ("h2", []), ("h3", [])])
    }

    // MARK: - Moves

    /// A move that is planned and not begun.
    struct Move {
        let store: String
        let plan: String
        let from: String
        let to: String
    }

    /// Plans to move the guest from where it is, in a store of its own.
    func plan(to wanted: String? = nil, named name: String, in folder: String = ".", settings: [String] = [])
        async throws
        -> Move
    {
        let from = try place()
        let to = wanted ?? (from == "h1" ? "h2" : "h1")
        let move = Move(store: "\(folder)/\(name).sqlite", plan: "\(folder)/\(name).json", from: from, to: to)
        try lab.scratch.write("{\"\(Self.guest)\": \"\(to)\"}", to: "wanted.json")
        try await succeeded([
            "inventory", "sync", "--driver", "libvirt", "--hosts", "hosts.yaml", "--store", move.store,
        ])
        let set = [
            "spareHosts=0", "coolDownSeconds=0", "execution.pollSeconds=0.2",
            "migration.assumedDirtyBytesPerSecond=2000000",
        ]
        let words = (set + settings).flatMap { ["--set", $0] }
        try await succeeded(["plan", "place", "wanted.json", "--store", move.store, "-o", move.plan] + words)
        try await succeeded(["approve", move.plan, "--store", move.store])
        return move
    }

    func apply(_ move: Move) throws -> Programs.Running {
        try Programs.start(
            Programs.drover,
            [
                "apply", move.plan, "--store", move.store, "--driver", "libvirt", "--hosts", "hosts.yaml", "--format",
                "json",
            ],
            in: lab.scratch.path)
    }

    /// Takes a run up again whose executor died.
    func resume(_ move: Move) async throws -> Programs.Outcome {
        try await lab.scratch.drover([
            "resume", "--store", move.store, "--driver", "libvirt", "--hosts", "hosts.yaml", "--format", "json",
        ])
    }

    private func succeeded(_ arguments: [String]) async throws {
        let outcome = try await lab.scratch.drover(arguments)
        try #require(
            outcome.status == 0, "drover \(arguments.joined(separator: " ")): \(outcome.output)\(outcome.errors)")
    }

    // MARK: - The journal

    /// What happened, in order: the event's name and, for phases, the phase.
    func events(of move: Move) throws -> [String] {
        try journal(of: move).map { event in
            guard let name = event.keys.first else { return "" }
            let phase = (event[name] as? [String: Any])?["phase"] as? String
            return phase ?? name
        }
    }

    private func journal(of move: Move) throws -> [[String: Any]] {
        try lab.scratch.query(move.store, "SELECT event FROM journal ORDER BY sequence").map { row in
            let object = try JSONSerialization.jsonObject(with: Data((row.first ?? "").utf8))
            return try #require(object as? [String: Any])
        }
    }

    /// Returns as soon as the journal has such an event; `false`: the run ended before.
    @discardableResult
    func wait(for event: String, _ move: Move, _ running: Programs.Running) async throws -> Bool {
        for _ in 0..<6000 {
            if try events(of: move).contains(event) { return !running.hasEnded }
            if running.hasEnded { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// The failures and skips that the journal names, in words.
    func messages(of move: Move) throws -> [String] {
        try journal(of: move).compactMap { event in
            if let ended = event["stepEnded"] as? [String: Any] { return Self.message(in: ended) }
            if let skipped = event["stepSkipped"] as? [String: Any] { return Self.message(in: skipped) }
            return nil
        }
    }

    private static func message(in value: Any) -> String? {
        guard let fields = value as? [String: Any] else { return nil }
        if let text = fields["message"] as? String { return text }
        return fields.sorted { $0.key < $1.key }.lazy.compactMap { message(in: $0.value) }.first
    }

    /// The run has its end, and every attempt that was intended has its own.
    func expectComplete(_ move: Move) async throws {
        let events = try events(of: move)
        #expect(events.last == "runEnded", "\(events)")
        let intended = events.count { $0 == "stepIntended" }
        let closed = events.count { ["stepEnded", "stepNotBegun"].contains($0) }
        #expect(intended == closed, "\(events)")
        let check = try await lab.scratch.drover("store", "check", move.store)
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    // MARK: - The guest

    /// The only host on which the guest runs.
    func place() throws -> String {
        let places = try lab.rig.hosts.filter { try lab.rig.runningGuests(on: $0).contains(Self.guest) }
        try #require(places.count == 1, "the guest runs on \(places)")
        return places[0]
    }

    /// Runs once, nothing of it is left elsewhere, and every page of its memory is right.
    func expectIntact() throws -> String {
        let place = try place()
        for host in lab.rig.hosts where host != place {
            let left = try lab.rig.virsh(host, "list", "--all", "--name").split(separator: "\n").map(String.init)
            #expect(!left.contains(Self.guest), "\(Self.guest) is left on \(host)")
        }
        try lab.rig.checkMemory(of: Self.guest, on: place)
        return place
    }

    /// After it was shut down.
    func startAgain(on host: String) throws {
        for host in lab.rig.hosts
        where try lab.rig.virsh(host, "list", "--all", "--name").split(separator: "\n").contains(Substring(Self.guest))
        {
            try lab.rig.virsh(host, "undefine", Self.guest)
        }
        try lab.rig.start([Self.machine], on: host)
    }

    /// The guest's emulator on a host dies.
    func killEmulator(on host: String) throws {
        let file = "/var/lib/drover-rig/\(lab.rig.prefix)/\(host)/run/qemu/\(Self.guest).pid"
        let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(kill(try #require(Int32(text)), SIGKILL) == 0)
    }
}
