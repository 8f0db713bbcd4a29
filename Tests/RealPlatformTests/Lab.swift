import Foundation
import ProgramSupport
import RigSupport
import TestSupport
import Testing

/// A small cluster of real hypervisors, and Drover as an operator runs it: its programs, a hosts file, a store.
final class Lab: Sendable {
    let rig: Rig
    let controllers: RedfishEmulator
    let scratch: Scratch
    let guests: [RigGuest]

    /// - Parameter guests: by host.
    init(prefix: String, linkMegabitsPerSecond: Int, guests: [(host: String, guests: [RigGuest])]) throws {
        rig = try Rig(prefix: prefix, hosts: guests.count, linkMegabitsPerSecond: linkMegabitsPerSecond)
        controllers = try RedfishEmulator(systems: rig.hosts, port: LoopbackPort.free())
        scratch = try Scratch()
        self.guests = guests.flatMap(\.guests)
        for (host, guests) in guests { try rig.start(guests, on: host) }
        try scratch.write(try hostsFile(linkMegabitsPerSecond: linkMegabitsPerSecond), to: "hosts.yaml")
        try scratch.write("accounts:\n  - {name: lab, user: admin, password: \"x\"}\n", to: "accounts.yaml")
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
                memoryBytes: \(2 << 30)
                migrationBitsPerSecond: \(linkMegabitsPerSecond)000000
                power: {idleWatts: 90, peakWatts: 200}
                bootSeconds: 20
                shutdownSeconds: 5
                powerControl: {kind: redfish, url: "\(controllers.address(of: host))", credential: lab}
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

    /// Lets an agent on each host sample for a while, and imports what they kept.
    func sample(seconds: Int) async throws {
        let agents = try rig.hosts.map { try agent(on: $0, seconds: seconds) }
        for (host, agent) in zip(rig.hosts, agents) { try await take(agent, of: host) }
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
        var isOn = Dictionary(uniqueKeysWithValues: rig.hosts.map { ($0, true) })
        while !Task.isCancelled {
            for host in rig.hosts {
                let answer = try await LoopbackClient(port: controllers.port).get("/redfish/v1/Systems/\(host)")
                let state = try JSONDecoder().decode(SystemFile.self, from: Data(answer.body.utf8)).PowerState
                guard (state == "On") != isOn[host] else { continue }
                isOn[host] = state == "On"
                print("\(host): power \(state)")
                guard state == "On" else {
                    try rig.powerOff(host)
                    continue
                }
                try rig.powerOn(host)
                try await take(try agent(on: host, seconds: 3), of: host)
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
        }
    }

    /// Runs `body` while the hosts obey their controllers.
    private func whilePowered<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let hardware = Task { try await self.obeyControllers() }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        hardware.cancel()
        try await hardware.value
        return try result.get()
    }

    /// Carries a plan out on the real hosts, and sets what was predicted beside what was measured.
    @discardableResult
    func apply(_ file: String) async throws -> [StepOutcome] {
        let outcome = try await whilePowered {
            try await drover(
                "apply", file, "--driver", "libvirt", "--hosts", "hosts.yaml", "--accounts", "accounts.yaml", "--approve",
                "--format", "json")
        }
        let plan = try JSONDecoder().decode(PlanFile.self, from: Data(scratch.bytes(file)))
        let run = try JSONDecoder().decode(RunFile.self, from: Data(outcome.output.utf8))
        let outcomes = plan.steps.map { step in
            StepOutcome(predicted: step, measured: run.steps.first { $0.id == step.id })
        }
        print("\(file): predicted / measured")
        for outcome in outcomes { print("  \(outcome)") }
        return outcomes
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

    private func poweredHosts() throws -> [String] {
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

/// The part of a Redfish `ComputerSystem` that is looked at here.
private struct SystemFile: Decodable {
    let PowerState: String
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
        let subject = predicted.vm.map { "\($0) \(predicted.from ?? "") -> \(predicted.to ?? "")" } ?? predicted.host ?? ""
        return "\(predicted.action) \(subject) \(predicted.mode ?? ""): "
            + "\(rounded(predicted.durationSeconds)) / \(rounded(measured?.durationSeconds)) s, pause "
            + "\(rounded(predicted.downtimeMilliseconds)) / \(rounded(measured?.downtimeMilliseconds)) ms, "
            + "\(measured?.state ?? "not run") \(measured?.reason ?? "")"
    }
}
