import ClusterModel
import Planning
import TestSupport
import Testing

/// When a plan is over, for plans whose distribution is known.
@Suite struct FinishEstimateTests {
    private static let cluster = Cluster.cluster(hosts: ["a", "b", "c", "d"].map { .host($0) }, vms: [])

    private static func estimate(_ steps: [PlanStep]) -> FinishEstimate {
        FinishEstimate(steps: steps, cluster: cluster, defaults: HostDefaults(), startsAt: .testMoment)
    }

    /// A move at the links' whole rate, unless told otherwise.
    private static func move(
        _ id: String, _ from: String, _ to: String, at start: Double, after: [String] = [], bandwidth: Double = 1e10
    ) -> PlanStep {
        var step = PlanStep.move(
            id, id, from: from, to: to, at: start, lasting: 100, after: after, bandwidth: bandwidth)
        step.durationP95Seconds = 132
        return step
    }

    @Test func aSingleStepHasTheSpreadThatItSays() {
        let estimate = Self.estimate([Self.move("s1", "a", "b", at: 0)])
        #expect(abs(estimate.seconds(at: 0.5) - 100) < 1)
        #expect(abs(estimate.seconds(at: 0.95) - 132) < 2)
    }

    /// Ten in a row: with half of the deviation common, that of the sum is a factor of (0.25 + 0.75 / 10)^0.5 of one
    /// step's, so the 95th percentile is 1000 x 1.32^0.57 = 1172 s and not 1320 s.
    @Test func stepsInARowAreSurerThanTheSumOfTheirPercentiles() {
        let steps = (0..<10).map { number in
            Self.move("s\(number)", "a", "b", at: Double(100 * number))
        }
        let end = Self.estimate(steps).seconds(at: 0.95)
        #expect(abs(end - 1172) < 15, "\(end)")
    }

    /// What does not share a link runs side by side, and the last of several is later than one alone.
    @Test func stepsSideBySideWaitForTheLast() {
        let apart = Self.estimate([Self.move("s1", "a", "b", at: 0), Self.move("s2", "c", "d", at: 0)])
        #expect(apart.seconds(at: 0.5) > 103 && apart.seconds(at: 0.5) < 112)
    }

    @Test func aLinkIsHandedOn() {
        // Both leave `a` at its whole rate: the second waits, though no `after` says so.
        let steps = [Self.move("s1", "a", "b", at: 0), Self.move("s2", "a", "c", at: 100)]
        #expect(abs(Self.estimate(steps).seconds(at: 0.5) - 200) < 3)
        // At half the rate they share it.
        let halves = [
            Self.move("s1", "a", "b", at: 0, bandwidth: 5e9), Self.move("s2", "a", "c", at: 0, bandwidth: 5e9),
        ]
        #expect(Self.estimate(halves).seconds(at: 0.5) < 115)
    }

    @Test func nothingStartsBeforeItsTime() {
        var late = Self.move("s1", "a", "b", at: 1000)
        late.notBefore = Timestamp.testMoment.adding(seconds: 1000)
        #expect(abs(Self.estimate([late]).seconds(at: 0.5) - 1100) < 2)
        #expect(Self.estimate([late]).confidence(by: 1000) == 0)
    }

    @Test func whatHasNoSpreadIsCertain() {
        let boot = PlanStep.step("s1", .powerOn(host: "a"), at: 0, lasting: 180)
        #expect(Self.estimate([boot]).seconds(at: 0.99) == 180)
        #expect(Self.estimate([]).seconds(at: 0.95) == 0)
    }
}
