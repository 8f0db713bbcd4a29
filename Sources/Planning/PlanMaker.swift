import ClusterModel
import Documents
import MigrationModel
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
    /// By packed VM: when its move may begin at the earliest, in seconds of the plan's clock, since it rewrites little then. The
    /// move is timed as of then.
    var quietStarts: [Int: Double] = [:]

    /// - Throws: when the checker refuses the plan.
    func plan(of placement: PlacementResult) throws(PlanningError) -> Plan {
        let found = scheduled(placement)
        func checked(_ schedule: Schedule) -> (plan: Plan, violations: [Violation]) {
            let draft = PlanDraft(
                packed: packed, goal: goal, placement: found.placement, steps: schedule.steps, dropped: schedule.dropped,
                droppedSwitches: schedule.droppedSwitches, lowerBoundSeconds: schedule.lowerBoundSeconds, snapshot: snapshot)
            var plan = draft.plan(createdAt: createdAt)
            holdBack(&plan.steps)
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
        request.earliestStartSeconds = quietStarts
        return Scheduler(request, predict: predictor).schedule()
    }

    /// Moves that are put off say so.
    private func holdBack(_ steps: inout [PlanStep]) {
        guard !quietStarts.isEmpty else { return }
        for index in steps.indices {
            guard let vm = steps[index].migration.flatMap({ packed.vmIndex[$0.vm] }), let seconds = quietStarts[vm] else { continue }
            steps[index].notBefore = packed.startsAt.adding(seconds: seconds)
            steps[index].reason += "; not before the hour at which it rewrites least"
        }
    }

    private var predictor: Scheduler.Predictor? {
        guard predict == nil, !quietStarts.isEmpty else { return predict.map(byIndex) }
        return timedByTheHour()
    }

    private func timedByTheHour() -> Scheduler.Predictor {
        let (cluster, starts) = (packed, quietStarts)
        return { vm, bandwidth in
            let document = cluster.vm(vm)
            guard let seconds = starts[vm] else {
                return cluster.model.choice(for: document, bandwidthBitsPerSecond: bandwidth)
            }
            let moment = cluster.startsAt.adding(seconds: seconds)
            return cluster.model.choice(for: document, bandwidthBitsPerSecond: bandwidth, startingAt: moment)
        }
    }

    /// The same way to time moves, asked by packed VM.
    private func byIndex(_ predict: @escaping Planner.Predictor) -> Scheduler.Predictor {
        let cluster = packed
        return { vm, bandwidth in predict(cluster.vm(vm), bandwidth) }
    }
}
