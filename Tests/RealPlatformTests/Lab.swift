import Foundation
import ProgramSupport
import RigSupport
import TestSupport
import Testing

/// A small cluster of real hypervisors, and Drover as an operator runs it: its programs, a hosts file, a store.
final class Lab: Sendable {
    let rig: Rig
    let controllers: any HostControllers
    let scratch: Scratch
    let guests: [RigGuest]

    /// Hosts that are so large, as Drover knows them.
    static let hostMemoryBytes: Int64 = 960 << 20

    /// - Parameters:
    ///   - guests: by host.
    ///   - controllers: those of the rig's hosts; by default Redfish's.
    init(
        prefix: String, linkMegabitsPerSecond: Int, guests: [(host: String, guests: [RigGuest])],
        controllers: (Rig) throws -> any HostControllers = {
            try RedfishEmulator(systems: $0.hosts, port: LoopbackPort.free())
        }
    ) throws {
        rig = try Rig(prefix: prefix, hosts: guests.count, linkMegabitsPerSecond: linkMegabitsPerSecond)
        self.controllers = try controllers(rig)
        scratch = try Scratch()
        self.guests = guests.flatMap(\.guests)
        for (host, guests) in guests where !guests.isEmpty { try rig.start(guests, on: host) }
        try scratch.write(try hostsFile(linkMegabitsPerSecond: linkMegabitsPerSecond), to: "hosts.yaml")
        try scratch.write(self.controllers.accounts, to: "accounts.yaml")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: "\(scratch.path)/accounts.yaml")
    }

    private func hostsFile(linkMegabitsPerSecond: Int) throws -> String {
        let hosts = try rig.hosts.map { host in
            """
              - id: \(host)
                uri: \(try rig.uri(host))
                peerUri: \(try rig.uri(host, betweenHosts: true))
                cpuCores: 2
                memoryBytes: \(Self.hostMemoryBytes)
                migrationBitsPerSecond: \(linkMegabitsPerSecond)000000
                power: {idleWatts: 90, peakWatts: 200}
                bootSeconds: 20
                shutdownSeconds: 5
                powerControl: \(controllers.powerControl(of: host))
            """
        }
        return "format: drover.hosts/1\nname: lab\nhosts:\n" + hosts.joined(separator: "\n") + "\n"
    }

    /// Runs `drover` on the lab's store; records an issue unless it ends with status 0.
    @discardableResult
    func drover(_ arguments: String...) async throws -> Programs.Outcome { try await drover(arguments) }

    @discardableResult
    func drover(_ arguments: [String]) async throws -> Programs.Outcome {
        let outcome = try await scratch.drover(arguments + ["--store", "lab.sqlite"])
        #expect(outcome.status == 0, "drover \(arguments.joined(separator: " ")): \(outcome.output)\(outcome.errors)")
        return outcome
    }

    func sync() async throws {
        try await drover("inventory", "sync", "--driver", "libvirt", "--hosts", "hosts.yaml")
    }

    /// Lets an agent on each host that has power sample for a while, and imports what they kept.
    func sample(seconds: Int) async throws {
        let hosts = try poweredHosts()
        let agents = try hosts.map { try agent(on: $0, seconds: seconds) }
        for (host, agent) in zip(hosts, agents) { try await take(agent, of: host) }
    }

    private func agent(on host: String, seconds: Int) throws -> Programs.Running {
        try Programs.start(
            Programs.agent,
            [
                "run", "--libvirt", rig.uri(host), "--host", host, "--host-cpu-from", "guests", "--sqlite",
                "\(host).sqlite", "--interval", "1s", "--count", String(seconds), "--dirty-rate-interval", "1s",
                "--dirty-rate-periods", "1,4",
            ], in: scratch.path)
    }

    private func take(_ agent: Programs.Running, of host: String) async throws {
        #expect(await agent.ended() == 0)
        try await drover("import", "agent", "\(host).sqlite", "--cluster-name", "lab")
    }

    /// What real hosts do by themselves: with their power they lose everything, and with it their hypervisor and agent
    /// come back.
    private func obeyControllers() async throws {
        while !Task.isCancelled {
            try await followPower()
            do { try await Task.sleep(for: .milliseconds(500)) } catch { break }
        }
        // What was switched at the very end is done, too.
        try await followPower()
    }

    private func followPower() async throws {
        for host in rig.hosts {
            let hasPower = try await controllers.hasPower(host)
            guard try hasPower != poweredHosts().contains(host) else { continue }
            print("\(host): power \(hasPower ? "on" : "off")")
            guard hasPower else {
                try rig.powerOff(host)
                continue
            }
            try rig.powerOn(host)
            try await take(try agent(on: host, seconds: 3), of: host)
        }
    }

    /// Runs `body` while the hosts obey their controllers.
    func whilePowered<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        // A task of its own, which a cancelled one's calls would not outlive.
        let hardware = Task { try await self.obeyControllers() }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        hardware.cancel()
        try await hardware.value
        return try result.get()
    }

    /// When the host's agent reported last, as the store knows it, in milliseconds since 1970.
    func lastReport(of host: String) throws -> Int64 {
        let rows = try scratch.query(
            "lab.sqlite", "SELECT last_seen FROM agent JOIN entity ON entity.id = agent.host WHERE name = '\(host)'")
        return try #require(rows.first?.first.flatMap { Int64($0) }, "no agent of \(host) has reported")
    }

    /// Carries a plan out on the real hosts, and sets what was predicted beside what was measured.
    @discardableResult
    func apply(_ file: String) async throws -> [StepOutcome] {
        let plan = try plan(file)
        let began = Int64(Date().timeIntervalSince1970 * 1000)
        let outcome = try await whilePowered {
            let outcome = try await drover(
                "apply", file, "--driver", "libvirt", "--hosts", "hosts.yaml", "--accounts", "accounts.yaml",
                "--approve",
                "--format", "json")
            // A woken host counts only when its agent has reported and its hypervisor answers: by now both have.
            for host in plan.woken {
                #expect(try lastReport(of: host) > began)
                #expect(throws: Never.self) { try rig.virsh(host, "version") }
            }
            return outcome
        }
        let run = try JSONDecoder().decode(RunFile.self, from: Data(outcome.output.utf8))
        let outcomes = plan.steps.map { step in
            StepOutcome(predicted: step, measured: run.steps.first { $0.id == step.id })
        }
        print("\(file): predicted / measured")
        for outcome in outcomes { print("  \(outcome)") }
        return outcomes
    }

    /// Lets a host take VMs again, as soon as its hypervisor answers.
    func readmit(_ host: String) async throws {
        for _ in 0..<60 {
            let words = ["inventory", "readmit", host, "--hosts", "hosts.yaml", "--store", "lab.sqlite"]
            if try await scratch.drover(words).status == 0 { return }
            try await Task.sleep(for: .milliseconds(250))
        }
        Issue.record("\(host) is not let in again")
    }

    func plan(_ file: String) throws -> PlanFile {
        try JSONDecoder().decode(PlanFile.self, from: Data(scratch.bytes(file)))
    }

    /// Where each guest runs; a guest that runs twice, or nowhere, is an issue.
    func whereabouts() throws -> [String: String] {
        var places: [String: String] = [:]
        for host in try poweredHosts() {
            for guest in try rig.runningGuests(on: host) {
                #expect(places[guest] == nil, "\(guest) runs on \(places[guest] ?? "") and on \(host)")
                places[guest] = host
            }
        }
        #expect(places.keys.sorted() == guests.map(\.name).sorted())
        return places
    }

    func poweredHosts() throws -> [String] {
        try rig.run("status").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.contains("libvirtd=-") ? nil : words.first.map(String.init)
        }
    }

    /// Every guest verifies its memory.
    func checkMemory() throws {
        for (guest, host) in try whereabouts().sorted(by: { $0.key < $1.key }) {
            try rig.checkMemory(of: guest, on: host)
        }
    }
}

/// The part of a `drover.plan/1` that is looked at here.
struct PlanFile: Decodable {
    struct Step: Decodable {
        let id: String
        let action: String
        let vm: String?
        let from: String?
        let to: String?
        let host: String?
        let mode: String?
        let durationSeconds: Double?
        let downtimeMilliseconds: Double?
    }

    let status: String
    let steps: [Step]

    var closed: [String] { steps.filter { $0.action == "powerOff" }.compactMap(\.host) }
    var woken: [String] { steps.filter { $0.action == "powerOn" }.compactMap(\.host) }
    var destinations: [String] { steps.filter { $0.action == "migrate" }.compactMap(\.to) }
}

/// What `drover apply --format json` prints.
struct RunFile: Decodable {
    struct Step: Decodable {
        let id: String
        let state: String
        let reason: String?
        let durationSeconds: Double?
        let downtimeMilliseconds: Double?
    }

    let outcome: String
    let steps: [Step]
}

struct StepOutcome: CustomStringConvertible {
    let predicted: PlanFile.Step
    let measured: RunFile.Step?

    var isDone: Bool { ["succeeded", "alreadyDone"].contains(measured?.state) }

    var description: String {
        func rounded(_ value: Double?) -> String { value.map { String(($0 * 10).rounded() / 10) } ?? "-" }
        let subject =
            predicted.vm.map { "\($0) \(predicted.from ?? "") -> \(predicted.to ?? "")" } ?? predicted.host ?? ""
        return "\(predicted.action) \(subject) \(predicted.mode ?? ""): "
            + "\(rounded(predicted.durationSeconds)) / \(rounded(measured?.durationSeconds)) s, pause "
            + "\(rounded(predicted.downtimeMilliseconds)) / \(rounded(measured?.downtimeMilliseconds)) ms, "
            + "\(measured?.state ?? "not run") \(measured?.reason ?? "")"
    }
}
