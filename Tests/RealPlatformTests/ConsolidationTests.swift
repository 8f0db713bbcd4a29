import Foundation
import ProgramSupport
import RigSupport
import Testing

/// A night on real hypervisors, with nothing but Drover's programs: inventory, samples and dirty rates by the agents, a
/// host emptied by live migrations and switched off through Redfish. Every guest verifies its memory.
@Suite(
    .serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment),
    .enabled(if: RedfishEmulator.isInstalled, "\(RedfishEmulator.missing)"))
struct ConsolidationTests {
    /// Three hosts, eight guests that dirty their memory in as many ways.
    private static func lab() throws -> Lab {
        func guest(_ name: String, _ memory: Int, _ cold: Int, _ hot: Int, _ rate: Double, cpu: Int = 0) -> RigGuest {
            RigGuest(
                name, memoryMiB: memory,
                load: RigLoad(coldMiB: cold, hotMiB: hot, dirtyMiBPerSecond: rate, cpuPercent: cpu))
        }
        return try Lab(
            prefix: "nighttest", linkMegabitsPerSecond: 500,
            guests: [
                ("h1", [guest("web1", 128, 8, 16, 2, cpu: 20), guest("db1", 160, 32, 24, 15), guest("idle1", 96, 0, 0, 0)]),
                ("h2", [guest("web2", 128, 0, 24, 4, cpu: 20), guest("db2", 160, 16, 32, 25), guest("idle2", 96, 0, 8, 0)]),
                ("h3", [guest("web3", 128, 8, 16, 6), guest("cache3", 128, 0, 12, 60)]),
            ])
    }

    /// What a small and busy lab leaves out: hosts that just were switched, and VMs that just moved, may be again.
    private static let policy = [
        "--set", "spareHosts=0", "--set", "coolDownSeconds=0", "--set", "powerSave.minimumOffSeconds=0", "--set",
        "powerSave.minimumOnSeconds=0",
    ]

    @Test(.timeLimit(.minutes(12))) func aNight() async throws {
        let lab = try Self.lab()
        try await lab.sync()
        try await lab.sample(seconds: 30)

        try await lab.drover(["plan", "power-save", "-o", "night.json", "--set", "powerSave.minimumHostsOn=2"] + Self.policy)
        let night = try await lab.apply("night.json")
        #expect(night.allSatisfy { $0.isDone })
        let closed = night.compactMap { $0.predicted.action == "powerOff" ? $0.predicted.host : nil }
        #expect(closed.count == 1)
        #expect(!Set(try lab.whereabouts().values).contains(closed.first ?? ""))
        try lab.checkMemory()
        checkPredictions(night)
    }

    /// Told in the log, and held to what even a busy machine keeps: libvirt adds a second or two to each move, and a CI
    /// machine more.
    private func checkPredictions(_ outcomes: [StepOutcome]) {
        for outcome in outcomes where outcome.predicted.action == "migrate" {
            guard let predicted = outcome.predicted.durationSeconds, let measured = outcome.measured?.durationSeconds
            else {
                Issue.record("nothing measured: \(outcome)")
                continue
            }
            #expect(measured < 3 * predicted + 10, "\(outcome)")
            #expect((outcome.measured?.downtimeMilliseconds ?? 0) < 2000, "\(outcome)")
        }
    }
}
