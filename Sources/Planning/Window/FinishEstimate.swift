public import ClusterModel
import Placement
internal import Randomness

/// When a plan is over, as a distribution: the plan is run many times, each step with a duration of its own.
///
/// A step's duration is lognormal, its median the predicted one and its 95th percentile `durationP95Seconds`; a step
/// without that takes what it is predicted to take. Half of the standard deviation is common to all steps of a run,
/// since a link or a network that is slower than thought slows all of them: the sum of many steps then does not look
/// more certain than the model is. Steps start as `after`, `notBefore`, links and places allow, in the plan's order
/// (`ResourceFlow`). The generator's seed is a constant.
public struct FinishEstimate: Sendable {
    /// Share of each standard deviation that all steps of a run have in common.
    static let commonDeviation = 0.5
    /// Runs, and steps over all runs, at most; there are never fewer than `fewestRuns`.
    private static let (mostRuns, mostSteps, fewestRuns) = (2000, 4_000_000, 200)

    /// Seconds after the plan's start at which each run is over, ascending.
    private let finishes: [Double]
    /// By step of the plan, seconds at which it ends in each run, ascending.
    private let ends: [[Double]]

    /// - Complexity: O(runs x (steps + what they wait for) x log(runs)), with 200 to 2000 runs.
    public init(steps: [PlanStep], cluster: Cluster, defaults: HostDefaults, startsAt: Timestamp) {
        let runs = min(Self.mostRuns, max(Self.fewestRuns, Self.mostSteps / max(steps.count, 1)))
        let earliest = steps.map { $0.notBefore.map { max(0, $0.seconds(since: startsAt)) } ?? 0 }
        var ends = [[Double]](repeating: [], count: steps.count)
        for step in steps.indices { ends[step].reserveCapacity(runs) }
        var finishes: [Double] = []
        Self.run(steps, earliest, cluster: cluster, defaults: defaults, count: runs, stream: 0) { end in
            for step in end.indices { ends[step].append(end[step]) }
            finishes.append(end.max() ?? 0)
        }
        self.finishes = finishes.sorted()
        self.ends = ends.map { $0.sorted() }
    }

    /// When each run of a part of a plan is over, in seconds after its beginning. Runs of the same number have what is
    /// common to all steps of a run in common also over the parts.
    ///
    /// - Parameter stream: the number of the part: each has its own chances otherwise.
    static func runs(
        _ steps: [PlanStep], cluster: Cluster, defaults: HostDefaults, count: Int, stream: UInt64
    ) -> [Double] {
        var finishes: [Double] = []
        let earliest = [Double](repeating: 0, count: steps.count)
        run(steps, earliest, cluster: cluster, defaults: defaults, count: count, stream: stream) { end in
            finishes.append(end.max() ?? 0)
        }
        return finishes
    }

    /// Runs the steps so many times; `body` gets the end of each step.
    private static func run(
        _ steps: [PlanStep], _ earliest: [Double], cluster: Cluster, defaults: HostDefaults, count: Int, stream: UInt64,
        _ body: ([Double]) -> Void
    ) {
        let flow = ResourceFlow(steps: steps, cluster: cluster, defaults: defaults)
        let deviations = steps.map {
            LognormalSpread.deviation(median: $0.durationSeconds, percentile95: $0.durationP95Seconds)
        }
        let own = (1 - commonDeviation * commonDeviation).squareRoot()
        var shared = SplitMix64(seed: 0xC033)
        var random = SplitMix64(seed: 0x5EED &+ stream &* 0x9E37_79B9)
        var end = [Double](repeating: 0, count: steps.count)
        for _ in 0..<count {
            let common = LognormalSpread.normal(from: &shared) * commonDeviation
            for step in flow.order {
                var start = earliest[step]
                for earlier in flow.predecessors[step] { start = max(start, end[Int(earlier)]) }
                var factor = 1.0
                if deviations[step] > 0 {
                    let stray = common + own * LognormalSpread.normal(from: &random)
                    factor = LognormalSpread.exponential(deviations[step] * stray)
                }
                end[step] = start + steps[step].durationSeconds * factor
            }
            body(end)
        }
    }

    /// Seconds after the plan's start by which so large a share of the runs is over.
    public func seconds(at confidence: Double) -> Double { Self.quantile(finishes, confidence) }

    /// The same for one step, by its position in the plan.
    func seconds(at confidence: Double, ofStep step: Int) -> Double { Self.quantile(ends[step], confidence) }

    /// The share of the runs that are over by then.
    public func confidence(by seconds: Double) -> Double {
        Double(finishes.count { $0 <= seconds }) / Double(max(finishes.count, 1))
    }

    /// To a millisecond, upwards: a plan's clock has no finer times.
    static func quantile(_ sorted: [Double], _ confidence: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let index = Int((confidence * Double(sorted.count)).rounded(.up)) - 1
        return (sorted[min(max(index, 0), sorted.count - 1)] * 1000).rounded(.up) / 1000
    }
}
