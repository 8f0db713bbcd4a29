import ClusterModel
import PlanCheck
import Randomness
import TestSupport
import Testing

/// The checker finds nothing wrong with valid plans.
@Suite struct ValidPlanTests {
    @Test(arguments: UInt64(0)..<200)
    func aValidPlanHasNoViolations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let base = BaseCase(seed: seed, random: &random)
        #expect(base.violations.map(\.description) == [], "seed \(seed)")
    }

    @Test func anEmptyPlanOnAnEmptyClusterIsValid() {
        let cluster = Cluster.cluster(hosts: [], vms: [])
        #expect(PlanChecker(cluster: cluster, plan: .plan(for: cluster, [])).violations().isEmpty)
    }

    @Test func theAnswerDoesNotDependOnTheRun() {
        var random = SplitMix64(seed: 7)
        var base = BaseCase(seed: 7, random: &random)
        for host in base.cluster.hosts.indices { base.cluster.hosts[host].memoryBytes = .gib(12) }
        let first = base.violations
        #expect(first.count > 5)
        #expect((0..<5).allSatisfy { _ in base.violations == first })
    }
}
