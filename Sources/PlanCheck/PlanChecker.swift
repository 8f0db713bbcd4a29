public import ClusterModel
import Parallel

/// Replays a plan against the cluster that it was made for, and says which of its promises it does not keep.
///
/// What a plan promises for every order is proved, by the orders that `after` allows, and not tried on samples;
/// what it promises at the predicted times is replayed at them. The checker works out every load itself and knows
/// nothing of how plans are made.
public struct PlanChecker: Sendable {
    private let cluster: Cluster
    private let plan: Plan
    private let snapshotDigest: String?

    /// - Parameter snapshotDigest: SHA-256 of the cluster document's canonical JSON; when given, the plan must name
    ///   it.
    public init(cluster: Cluster, plan: Plan, snapshotDigest: String? = nil) {
        self.cluster = cluster
        self.plan = plan
        self.snapshotDigest = snapshotDigest
    }

    /// All that is wrong with the plan, in an order that depends on nothing but the two documents; empty when the
    /// plan keeps its promises.
    ///
    /// A plan that cannot be replayed, because it names what does not exist or because its moves do not follow on
    /// from each other, is reported for that alone.
    /// - Complexity: O(steps^2 / 64) for the order of the steps, plus what each check states.
    public func violations() -> [Violation] {
        var found = BasisCheck(cluster: cluster, plan: plan, snapshotDigest: snapshotDigest).violations()
        var resolver = Resolver(cluster: cluster, plan: plan)
        guard let replay = resolver.resolve() else { return found + resolver.violations }
        let loads = LoadModel(cluster: cluster, plan: plan)
        // Spare capacity takes as long as all else together.
        let (steps, spare) = Parallel.both {
            ReachCheck(replay: replay).violations()
                + CapacityCheck(replay: replay, loads: loads).violations()
                + NeedlessAfterCheck(replay: replay).violations()
                + RuleCheck(replay: replay).violations()
                + PowerCheck(replay: replay).violations()
                + TimeCheck(replay: replay).violations()
                + LinkCheck(replay: replay).violations()
        } _: {
            SpareCapacityCheck(replay: replay, loads: loads).violations()
        }
        found += steps + spare
        found += PauseCheck(replay: replay).violations()
        found += GoalCheck(replay: replay).violations()
        found += SummaryCheck(replay: replay).violations()
        return found
    }
}
