import ClusterModel
import Documents
import MigrationModel
import Placement
import PlanCheck
import Scheduling

/// Makes a plan of a placement: the schedule, the document, the checker's word on it.
struct PlanMaker {
    var packed: PackedCluster
    let goal: Goal
    /// Digest of the cluster document.
    let snapshot: String
    let createdAt: Timestamp
    /// What steps are timed with, in place of the policy's migration model.
    var predict: Planner.Predictor?
    /// By packed VM: when its move may begin at the earliest, in seconds of the plan's clock, since it rewrites little
    /// then. The move is timed as of then.
    var quietStarts: [Int: Double] = [:]
    /// Whether VMs that a placement leaves behind stay so, whatever could be found for them.
    var leavesBehind = false
    /// The goal's search, to plan on from the plan's own end; `nil`: planned once.
    var search: (any PlacementGoal)?

    /// - Throws: when the checker refuses the plan.
    func plan(of placement: PlacementResult) throws(PlanningError) -> Plan {
        let found = reached(scheduled(placement))
        let settled = search.flatMap { Settling(maker: self, search: $0).settled(found) }
        func checked(_ planned: Planned) -> (plan: Plan, violations: [Violation]) {
            let schedule = planned.schedule
            let draft = PlanDraft(
                packed: packed, goal: goal, placement: planned.placement, steps: schedule.steps,
                dropped: schedule.dropped,
                droppedSwitches: schedule.droppedSwitches, lowerBoundSeconds: schedule.lowerBoundSeconds,
                snapshot: snapshot)
            var plan = draft.plan(createdAt: createdAt)
            holdBack(&plan.steps)
            plan.id = PlanDocument.id(of: plan)
            return (plan, self.violations(of: plan))
        }
        if let settled {
            let (plan, violations) = checked(settled)
            if violations.isEmpty { return plan }
        }
        var (plan, violations) = checked(found)
        if violations.contains(where: { $0.promise == .spareCapacity }) {
            (plan, violations) = checked((found.placement, schedule(found.placement, looksAhead: true)))
        }
        guard violations.isEmpty else { throw .broken(violations: violations) }
        return plan
    }

    func violations(of plan: Plan) -> [Violation] {
        PlanChecker(cluster: packed.cluster, plan: plan, snapshotDigest: snapshot).violations()
    }

    /// The placement and its schedule; only what mends broken rules when not all of that can be scheduled beside the
    /// rest.
    func scheduled(_ placement: PlacementResult) -> Planned {
        let whole = schedule(placement)
        guard whole.dropped.contains(where: { placement.mending.contains($0.vm) }) else { return (placement, whole) }
        let mending = placement.onlyMending(in: packed)
        let alone = schedule(mending)
        return alone.dropped.count < whole.dropped.count ? (mending, alone) : (placement, whole)
    }

    /// What was found, or, where VMs are left behind, what a look at every row of safe moves finds beyond it.
    func reached(_ found: Planned) -> Planned {
        guard !leavesBehind,
            let hard = HardCase(goal: goal, found: found.placement, dropped: found.schedule.dropped, packed: packed),
            let placement = hard.placement()
        else { return found }
        let schedule = schedule(placement)
        return schedule.dropped.isEmpty ? (placement, schedule) : found
    }

    func schedule(_ placement: PlacementResult, looksAhead: Bool = false) -> Schedule {
        var request = ScheduleRequest(
            packed: packed, target: placement.target, powerOn: placement.powerOn, powerOff: placement.powerOff,
            enterMaintenance: placement.enterMaintenance)
        request.route = placement.route
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

    /// Moves that are put off say until when, and why.
    private func holdBack(_ steps: inout [PlanStep]) {
        guard !quietStarts.isEmpty else { return }
        for index in steps.indices {
            guard let vm = steps[index].migration.flatMap({ packed.vmIndex[$0.vm] }), let seconds = quietStarts[vm],
                let profile = packed.vm(vm).dirtyProfile
            else { continue }
            let moment = packed.startsAt.adding(seconds: seconds)
            let lasting = steps[index].durationSeconds
            func rewrites(at start: Timestamp) -> String {
                Quantity.bytesPerSecond(profile.rate(from: start, lastingSeconds: lasting).bytesPerSecond)
            }
            steps[index].notBefore = moment
            steps[index].reason +=
                "; not before \(moment), its quietest hour: it rewrites "
                + "\(rewrites(at: moment)), and \(rewrites(at: packed.startsAt)) at \(packed.startsAt)"
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
