import ClusterModel
import Documents
import Placement
import PlanCheck
import Scheduling

/// Makes a plan of a placement: the schedule, the document, the checker's word on it.
struct PlanMaker {
    let packed: PackedCluster
    let goal: Goal
    /// Digest of the cluster document.
    let snapshot: String
    let createdAt: Timestamp
    /// What steps are timed with, in place of the policy's migration model.
    var predict: Planner.Predictor?

    /// - Throws: when the checker refuses the plan.
    func plan(of placement: PlacementResult) throws(PlanningError) -> Plan {
        let found = scheduled(placement)
        func checked(_ schedule: Schedule) -> (plan: Plan, violations: [Violation]) {
            let draft = PlanDraft(
                packed: packed, goal: goal, placement: found.placement, steps: schedule.steps, dropped: schedule.dropped,
                droppedSwitches: schedule.droppedSwitches, lowerBoundSeconds: schedule.lowerBoundSeconds, snapshot: snapshot)
            var plan = draft.plan(createdAt: createdAt)
            plan.id = PlanDocument.id(of: plan)
            return (plan, self.violations(of: plan))
        }
        var (plan, violations) = checked(found.schedule)
        if violations.contains(where: { $0.promise == .spareCapacity }) {
            (plan, violations) = checked(schedule(found.placement, looksAhead: true))
        }
        guard violations.isEmpty else { throw .broken(violations: violations) }
        return plan
    }

    func violations(of plan: Plan) -> [Violation] {
        PlanChecker(cluster: packed.cluster, plan: plan, snapshotDigest: snapshot).violations()
    }

    /// The placement and its schedule; only what mends broken rules when not all of that can be scheduled beside the rest.
    private func scheduled(_ placement: PlacementResult) -> (placement: PlacementResult, schedule: Schedule) {
        let whole = schedule(placement)
        guard whole.dropped.contains(where: { placement.mending.contains($0.vm) }) else { return (placement, whole) }
        let mending = placement.onlyMending(in: packed)
        let alone = schedule(mending)
        return alone.dropped.count < whole.dropped.count ? (mending, alone) : (placement, whole)
    }

    private func schedule(_ placement: PlacementResult, looksAhead: Bool = false) -> Schedule {
        var request = ScheduleRequest(
            packed: packed, target: placement.target, powerOn: placement.powerOn, powerOff: placement.powerOff,
            enterMaintenance: placement.enterMaintenance)
        request.looksAhead = looksAhead
        request.movesOthers = goal.needsEveryVM
        switch goal {
        case .evacuate(let hosts): request.emptyFirst = hosts.compactMap { packed.hostIndex[$0] }
        case .relocate: request.order = MoveGroups(packed: packed, target: placement.target).order
        case .balance, .powerSave, .place, .rolling: break
        }
        return Scheduler(request, predict: predict.map(byIndex)).schedule()
    }

    /// The same way to time moves, asked by packed VM.
    private func byIndex(_ predict: @escaping Planner.Predictor) -> Scheduler.Predictor {
        let cluster = packed
        return { vm, bandwidth in predict(cluster.vm(vm), bandwidth) }
    }
}
