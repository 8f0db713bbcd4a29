import ClusterModel
import Placement

/// A plan of a placement, with its times.
struct TimedPlan {
    var placement: PlacementResult
    var plan: Plan
    var estimate: FinishEstimate

    /// - Throws: when the checker refuses the plan.
    init(of placement: PlacementResult, by maker: PlanMaker) throws(PlanningError) {
        self.placement = placement
        plan = try maker.plan(of: placement)
        estimate = FinishEstimate(
            steps: plan.steps, cluster: maker.packed.cluster, defaults: maker.packed.policy.defaults,
            startsAt: plan.startsAt)
    }
}
