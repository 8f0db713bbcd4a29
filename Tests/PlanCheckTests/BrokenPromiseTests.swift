import ClusterModel
import PlanCheck
import Randomness
import TestSupport
import Testing

/// For each promise, plans that break just that one: the checker names it, and only it.
@Suite struct BrokenPromiseTests {
    static let seeds = UInt64(0)..<24

    @Test(arguments: Breaker.all)
    func theCheckerNamesTheBrokenPromise(breaker: Breaker) {
        for seed in Self.seeds {
            var random = SplitMix64(seed: seed &* 7919 &+ 13)
            var test = BaseCase(seed: seed, random: &random)
            test.policy.spareHosts = breaker.spareHosts
            breaker.prepare(&test, &random)
            #expect(test.violations.map(\.description) == [], "prepared, seed \(seed)")
            breaker.damage(&test, &random)
            let found = test.violations
            #expect(Set(found.map(\.promise)) == [breaker.promise], "seed \(seed): \(found)")
        }
    }

    @Test func everyPromiseIsBrokenBySomething() {
        #expect(Set(Breaker.all.map(\.promise)) == Set(Promise.allCases))
    }

    @Test func messagesNameStepHostAndNumbers() throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b", memory: .gib(8))], vms: [.vm("v", on: "a", memory: .gib(8))])
        let plan = Plan.plan(for: cluster, [.move("s1", "v", from: "a", to: "b", at: 0)])
        let found = try #require(PlanChecker(cluster: cluster, plan: plan).violations().first)
        #expect(found.step == "s1" && found.host == "b" && found.vm == "v" && found.resource == .memory)
        #expect(
            found.description
                == "limits: step s1: with VM v host b has 8.0 GiB of memory in use, 7.6 GiB are allowed, "
                + "0.4 GiB too much")
    }
}
