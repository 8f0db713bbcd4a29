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
                (
                    "h1",
                    [guest("web1", 128, 8, 16, 2, cpu: 20), guest("db1", 160, 32, 24, 15), guest("idle1", 96, 0, 0, 0)]
                ),
                (
                    "h2",
                    [guest("web2", 128, 0, 24, 4, cpu: 20), guest("db2", 160, 16, 32, 25), guest("idle2", 96, 0, 8, 0)]
                ),
                ("h3", [guest("web3", 128, 8, 16, 6), guest("cache3", 128, 0, 12, 60)]),
            ])
    }

    /// What a small lab with a short night leaves out: hosts that just were switched, and VMs that just moved, may be
    /// again.
    private static let policy = [
        "coolDownSeconds=0", "powerSave.minimumOffSeconds=0", "powerSave.minimumOnSeconds=0",
    ].flatMap { ["--set", $0] }

    @Test(.timeLimit(.minutes(12))) func aNightAndTheMorningAfter() async throws {
        let lab = try Self.lab()
        try await lab.sync()
        try await lab.sample(seconds: 30)

        // At night the guests, 1024 MiB in all, fit on two hosts of 960 MiB each.
        try await lab.drover(["plan", "power-save", "-o", "night.json", "--set", "spareHosts=0"] + Self.policy)
        let night = try await lab.apply("night.json")
        let closed = try #require(try lab.plan("night.json").closed.first)
        #expect(try lab.plan("night.json").closed.count == 1)
        #expect(!Set(try lab.whereabouts().values).contains(closed))
        #expect(try lab.poweredHosts() == lab.rig.hosts.filter { $0 != closed })
        try check(night, in: lab)

        // In the morning one of them may fail, and the other does not hold all guests: the third is woken.
        try await lab.sync()
        try await lab.sample(seconds: 5)
        try await lab.drover(["plan", "power-save", "-o", "morning.json", "--policy", "wake-morning"] + Self.policy)
        #expect(try lab.plan("morning.json").woken == [closed])
        let morning = try await lab.apply("morning.json")
        #expect(try lab.poweredHosts() == lab.rig.hosts)
        try check(morning, in: lab)

        // By day the load is spread over all three.
        try await lab.sync()
        try await lab.sample(seconds: 5)
        try await lab.drover(["plan", "balance", "-o", "day.json"] + Self.policy)
        #expect(try lab.plan("day.json").destinations.contains(closed))
        let day = try await lab.apply("day.json")
        #expect(try lab.whereabouts().values.contains(closed))
        try check(day, in: lab)
    }

    /// Everything was done, every guest's memory is right, and what was predicted came about.
    private func check(_ outcomes: [StepOutcome], in lab: Lab) throws {
        #expect(!outcomes.isEmpty && outcomes.allSatisfy(\.isDone))
        try lab.checkMemory()
        checkPredictions(outcomes)
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
