import ClusterModel
import PlanCheck
import Randomness
import Scheduling
import TestSupport
import Testing

/// Nothing that a plan promises for every order depends on how long steps take, or on which of them fail.
@Suite struct DisorderTests {
    /// What the executor holds a ready step back for; and claims that the planner adds.
    private static let heldAtRunTime: Set<Promise> = [
        .migrationLink, .sharedLink, .migrationsPerHost, .spareCapacity, .status, .summary, .unsaidRefusal,
    ]

    /// A thousand tight clusters: in every second one a host wakes, takes a host's VMs over, and that is switched off.
    @Test(arguments: UInt64(0)..<20) func everyIntermediateStateIsAccepted(block: UInt64) {
        for seed in block * 50..<(block + 1) * 50 {
            let random = RandomCluster(seed: seed &+ 5000, replacesHost: seed % 2 == 1)
            let result = Scheduled(
                random.cluster, to: random.target, powerOn: random.woken, powerOff: random.emptied, effort: 100,
                movesOthers: true)
            #expect(result.violations == [], "seed \(seed)")
            for disorder in UInt64(0)..<3 {
                var run = DisorderedRun(
                    cluster: random.cluster, steps: result.schedule.steps, seed: seed &* 1000 &+ disorder)
                run.run()
                #expect(run.fault == nil, "seed \(seed), disorder \(disorder)")
            }
            var lengths = SplitMix64(seed: seed)
            let late = result.schedule.steps.disordered(&lengths)
            let plan = Plan.plan(
                for: random.cluster, goal: .place(target: random.target), policy: result.policy.inPlan, late)
            let broken = PlanChecker(cluster: random.cluster, plan: plan).violations()
                .filter { !Self.heldAtRunTime.contains($0.promise) }
            #expect(broken == [], "seed \(seed)")
        }
    }

    /// The suite would be worth nothing if nothing were scheduled.
    @Test func mostMovesOfTheTightClustersAreMade() {
        var (asked, made, switched) = (0, 0, 0)
        for seed in UInt64(0)..<50 {
            let random = RandomCluster(seed: seed &+ 5000, replacesHost: seed % 2 == 1)
            let result = Scheduled(
                random.cluster, to: random.target, powerOn: random.woken, powerOff: random.emptied, effort: 100)
            asked += random.target.count
            made += random.target.count - result.schedule.dropped.count
            switched += result.story.count { $0.hasPrefix("power") }
        }
        #expect(made * 10 > asked * 8, "\(made) of \(asked)")
        #expect(switched > 40)
    }
}
