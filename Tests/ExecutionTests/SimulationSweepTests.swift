import ClusterModel
import Execution
import ExecutionSupport
import Randomness
import Simulation
import TestSupport
import Testing

/// The whole system in one process on virtual time, one seed a case; the platform's own record judges.
@Suite("Whole runs over seeds")
struct SimulationSweepTests {
    @Test("without faults every plan is done in full", arguments: UInt64(0)..<60)
    func calm(seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        let rig = Rig(scenario.cluster, scenario.plan, seed: seed, variation: 1)
        let summary = try await rig.run()
        #expect(summary.outcome == .completed, "seed \(seed): \(summary.shape)")
        let audit = rig.audit()
        #expect(audit.violations == [], "seed \(seed)")
        #expect(audit.refusals == 0, "seed \(seed)")
        for (vm, host) in scenario.destinations { #expect(audit.place[vm] == host, "seed \(seed), \(vm)") }
        #expect(audit.beginnings.count == scenario.plan.steps.count { $0.action != .wait })
        try await expectHonestJournal(rig, summary, audit, seed)
    }

    @Test("with faults of every kind nothing forbidden happens, and the journal tells all", arguments: UInt64(0)..<200)
    func faults(seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        var faults = FaultOptions()
        faults.slow = seed % 2 == 0 ? 0.2 : 0
        faults.failing = seed % 3 == 0 ? 0.15 : 0
        faults.refusing = seed % 5 == 0 ? 0.15 : 0
        faults.hanging = seed % 7 == 0 ? 0.1 : 0
        faults.connectionLoss = seed % 4 == 1 ? 0.2 : 0.02
        faults.hostDeaths = seed % 6 == 5 ? 1 : 0
        faults.hostDeathWithinSeconds = 200
        var rig = Rig(scenario.cluster, scenario.plan, faults: faults, seed: seed, variation: 1)
        rig.policy.execution.failureBudget = 4
        let summary = try await rig.run()
        let audit = rig.audit()
        #expect(audit.violations == [], "seed \(seed): \(summary.shape)")
        #expect(summary.outcome != nil && summary.steps.allSatisfy(\.state.isEnded), "seed \(seed)")
        expectSkippedDescendants(summary, seed)
        if summary.outcome != .stopped { #expect(summary.failed < 4, "seed \(seed)") }
        try await expectHonestJournal(rig, summary, audit, seed)
    }

    @Test("the same seed gives the same record", arguments: [3, 42, 105])
    func deterministic(seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        var faults = FaultOptions()
        (faults.failing, faults.connectionLoss, faults.slow) = (0.1, 0.1, 0.1)
        let first = Rig(scenario.cluster, scenario.plan, faults: faults, seed: seed, variation: 1)
        let second = Rig(scenario.cluster, scenario.plan, faults: faults, seed: seed, variation: 1)
        #expect(try await first.run() == second.run())
        #expect(first.driver.records == second.driver.records)
        let events = try await (first.entries().map(\.event), second.entries().map(\.event))
        #expect(events.0 == events.1)
    }

    @Test("interrupted at any look and resumed, a run ends as if nothing had been", arguments: UInt64(0)..<30)
    func interruptions(seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        var faults = FaultOptions()
        faults.connectionLoss = 0.05
        let rig = Rig(scenario.cluster, scenario.plan, faults: faults, seed: seed, variation: 1)
        var draws = SplitMix64(seed: seed)
        var interruptions = 0
        var summary: RunSummary?
        while summary == nil {
            let look = Int.random(in: 1...25, using: &draws)
            let isFirst = interruptions == 0
            let task = Task {
                let driver = ScriptedDriver(
                    rig.driver, script: [look: { withUnsafeCurrentTask { $0?.cancel() } }])
                let executor = rig.executor(driver: driver)
                return isFirst
                    ? try await executor.run(rig.order(), run: "r1")
                    : try await executor.resume(
                        run: "r1", plan: rig.plan, cluster: rig.cluster, policy: rig.policy)
            }
            do {
                summary = try await task.value
            } catch let error as ExecutionError where error.code == .interrupted {
                interruptions += 1
            }
        }
        #expect(summary?.outcome == .completed, "seed \(seed): \(summary?.shape ?? "")")
        #expect(rig.audit().violations == [], "seed \(seed)")
        for (vm, host) in scenario.destinations { #expect(rig.audit().place[vm] == host, "seed \(seed), \(vm)") }
    }

    @Test(
        "others interfere, the ladder works, connections break: nothing forbidden happens", arguments: UInt64(0)..<120)
    func interference(seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        var faults = FaultOptions()
        (faults.slow, faults.slowFactor) = (seed % 2 == 0 ? 0.3 : 0, 3)
        faults.failing = seed % 3 == 0 ? 0.1 : 0
        faults.connectionLoss = seed % 4 == 1 ? 0.2 : 0.02
        var rig = Rig(scenario.cluster, scenario.plan, faults: faults, seed: seed, variation: 1)
        Self.setLadder(&rig.policy, seed)
        rig.policy.execution.failureBudget = 100
        let summary = try await rig.run(driver: Self.interfering(rig.driver, scenario, seed, times: 4))
        let audit = rig.audit()
        #expect(audit.violations == [], "seed \(seed): \(summary.shape)")
        #expect(summary.outcome != nil && summary.steps.allSatisfy(\.state.isEnded), "seed \(seed)")
        expectSkippedDescendants(summary, seed)
        try await expectHonestJournal(rig, summary, audit, seed)
    }

    @Test("what is left is planned anew until it is done or the policy's number is used up", arguments: UInt64(0)..<60)
    func replanning(seed: UInt64) async throws {
        let scenario = Scenario(seed: seed)
        var rig = Rig(scenario.cluster, scenario.plan, seed: seed, variation: 1)
        Self.setLadder(&rig.policy, seed)
        rig.policy.execution.replan = 3
        rig.policy.execution.skipBudget = 1
        let driver = Self.interfering(rig.driver, scenario, seed, times: 2)
        let policy = rig.policy
        var replans = 0
        let summaries = try await rig.executor(driver: driver).runSeries(rig.order(), run: "r1") { _, inventory in
            replans += 1
            return scenario.planForRest(inventory, id: "rest-\(replans)").map {
                RunOrder(plan: $0.plan, cluster: $0.cluster, policy: policy, approval: nil, findings: [])
            }
        }
        let audit = rig.audit()
        #expect(audit.violations == [], "seed \(seed)")
        #expect(summaries.count <= 4 && summaries.dropLast().allSatisfy { $0.outcome == .outdated }, "seed \(seed)")
        // Whatever the last run leaves undone is not there because a new plan was due and was not made.
        let last = try #require(summaries.last)
        #expect(last.outcome != .outdated || replans == summaries.count, "seed \(seed)")
        #expect(summaries.allSatisfy { $0.steps.allSatisfy(\.state.isEnded) }, "seed \(seed)")
    }

    /// Each seed has another ladder; post-copy is allowed to every third.
    private static func setLadder(_ policy: inout Policy, _ seed: UInt64) {
        var draws = SplitMix64(seed: seed ^ 0x1ADD)
        policy.execution.ladder = ExecutionPolicy.Rung.allCases.shuffled(using: &draws)
            .filter { _ in Int.random(in: 0..<4, using: &draws) > 0 }
        if seed % 3 == 0 { policy.modes = [.live, .postCopy] }
    }

    /// Others change the cluster at looks drawn from the seed.
    private static func interfering(
        _ driver: RehearsalDriver, _ scenario: Scenario, _ seed: UInt64, times: Int
    ) -> ScriptedDriver {
        var draws = SplitMix64(seed: seed ^ 0xBAD)
        var script: [Int: @Sendable () async -> Void] = [:]
        for number in 0..<times {
            let change = Self.change(number, scenario.cluster, &draws)
            script[Int.random(in: 3...120, using: &draws)] = { _ = driver.change(change) }
        }
        return ScriptedDriver(driver, script: script)
    }

    private static func change(
        _ number: Int, _ cluster: Cluster, _ draws: inout SplitMix64
    ) -> OutsideChange {
        let host = cluster.hosts[Int.random(in: 0..<cluster.hosts.count, using: &draws)].id
        let vm = cluster.vms[Int.random(in: 0..<cluster.vms.count, using: &draws)].id
        switch Int.random(in: 0..<6, using: &draws) {
        case 0: return .moved(vm: vm, to: host)
        case 1: return .stopped(vm: vm)
        case 2: return .removed(vm: vm)
        case 3: return .enteredMaintenance(host: host)
        case 4: return .hostFailed(host: host)
        default:
            return .appeared(
                vm: "new\(number)", host: host, vcpus: 1, cpuCores: 0.5,
                memoryBytes: .gib(Int64.random(in: 1...20, using: &draws)))
        }
    }

    private func expectSkippedDescendants(_ summary: RunSummary, _ seed: UInt64) {
        let states = Dictionary(uniqueKeysWithValues: summary.steps.map { ($0.step.id, $0.state) })
        for result in summary.steps where result.step.after.contains(where: { states[$0]?.isDone == false }) {
            guard case .skipped = result.state else {
                Issue.record("seed \(seed): \(result.step.id) went on without what it needs")
                continue
            }
        }
    }

    /// Every attempt that the platform knows is in the journal before it, with the same end.
    private func expectHonestJournal(
        _ rig: Rig, _ summary: RunSummary, _ audit: PlatformAudit, _ seed: UInt64
    ) async throws {
        let entries = try await rig.entries()
        var intended: Set<String> = []
        var succeeded: Set<String> = []
        for entry in entries {
            if case .stepIntended(let step, let attempt) = entry.event { intended.insert("\(step)#\(attempt)") }
            if case .stepEnded(let step, let attempt, .succeeded, _, let record) = entry.event {
                succeeded.insert("\(step)#\(attempt)")
                let isMove = rig.plan.steps.contains { $0.id == step && $0.migration != nil }
                #expect((record?.measured != nil) == isMove, "seed \(seed)")
            }
        }
        for key in audit.beginnings.keys {
            #expect(intended.contains("\(key.step)#\(key.attempt)"), "seed \(seed): \(key) is not in the journal")
            let isDone = if case .succeeded = audit.end(of: key) { true } else { false }
            #expect(succeeded.contains("\(key.step)#\(key.attempt)") == isDone, "seed \(seed): \(key)")
        }
        #expect(RunState(entries: entries).outcome == summary.outcome)
        #expect(entries.last?.event == summary.outcome.map { .runEnded(outcome: $0) })
    }
}
