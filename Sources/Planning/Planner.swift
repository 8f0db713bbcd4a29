public import ClusterModel
import Documents
package import MigrationModel
import Parallel
import Placement
import PlanCheck
import Scheduling

/// From a cluster, a goal and a policy to a plan that the independent checker has accepted.
///
/// Samples and clocks are elsewhere: the same input gives the same plan on any machine, `createdAt` aside.
public struct Planner: Sendable {
    private let policy: Policy
    private let namesRelaxations: Bool
    private let timeLimitSeconds: Double?
    private let predict: Predictor?

    /// How a VM moves over a path of so many bits per second.
    package typealias Predictor = @Sendable (_ vm: VirtualMachine, _ bandwidthBitsPerSecond: Double) -> MigrationChoice

    /// - Parameter timeLimitSeconds: a search that can go on ends about this long after planning began, with what it has;
    ///   plans are then no longer the same on every machine. `nil`: counted work alone decides.
    public init(policy: Policy, timeLimitSeconds: Double? = nil) {
        self.init(policy: policy, namesRelaxations: true, timeLimitSeconds: timeLimitSeconds)
    }

    /// - Parameter namesRelaxations: whether `unblock` says what was verified to help, where that is cheap; the plans made
    ///   to verify it do without.
    init(
        policy: Policy, namesRelaxations: Bool, timeLimitSeconds: Double? = nil, predict: Predictor? = nil
    ) {
        self.policy = policy
        self.namesRelaxations = namesRelaxations
        self.timeLimitSeconds = timeLimitSeconds
        self.predict = predict
    }

    /// - Parameter predict: what steps are timed with, in place of the policy's migration model.
    package init(policy: Policy, predict: @escaping Predictor) {
        self.init(policy: policy, namesRelaxations: true, predict: predict)
    }

    /// - Parameters:
    ///   - startsAt: the planner's clock; by default the moment of the snapshot.
    ///   - createdAt: written into the plan; outside the promise of equal bytes.
    /// - Throws: when the goal names what the cluster does not have, or the checker refuses the plan.
    public func plan(
        cluster: Cluster, goal: Goal, startsAt: Timestamp? = nil, createdAt: Timestamp? = nil
    ) throws(PlanningError) -> Plan {
        let startsAt = startsAt ?? cluster.takenAt
        var packed = PackedCluster(cluster: cluster, policy: policy, startsAt: startsAt)
        packed.limit(seconds: timeLimitSeconds)
        let search = try GoalCatalog.goal(goal, in: packed)
        let (found, snapshot) = Parallel.both {
            self.scheduled(search.place(packed), goal, packed)
        } _: {
            ClusterDocument.digest(of: cluster)
        }
        func checked(_ schedule: Schedule) -> (plan: Plan, violations: [Violation]) {
            let draft = PlanDraft(
                packed: packed, goal: goal, placement: found.placement, schedule: schedule, snapshot: snapshot)
            var plan = draft.plan(createdAt: createdAt ?? packed.startsAt)
            plan.id = PlanDocument.id(of: plan)
            let checker = PlanChecker(cluster: cluster, plan: plan, snapshotDigest: snapshot)
            return (plan, checker.violations())
        }
        var (plan, violations) = checked(found.schedule)
        if violations.contains(where: { $0.promise == .spareCapacity }) {
            (plan, violations) = checked(schedule(found.placement, goal, packed, looksAhead: true))
        }
        guard violations.isEmpty else { throw .broken(violations: violations) }
        if namesRelaxations, Unblocking.isCheap(plan, on: packed) {
            Unblocking.verify(&plan, cluster: cluster, policy: policy)
            plan.id = PlanDocument.id(of: plan)
        }
        return plan
    }

    /// The placement and its schedule; only what mends broken rules when not all of that can be scheduled beside the rest.
    private func scheduled(
        _ placement: PlacementResult, _ goal: Goal, _ packed: PackedCluster
    ) -> (placement: PlacementResult, schedule: Schedule) {
        let whole = schedule(placement, goal, packed)
        guard whole.dropped.contains(where: { placement.mending.contains($0.vm) }) else { return (placement, whole) }
        let mending = placement.onlyMending(in: packed)
        let alone = schedule(mending, goal, packed)
        return alone.dropped.count < whole.dropped.count ? (mending, alone) : (placement, whole)
    }

    private func schedule(
        _ placement: PlacementResult, _ goal: Goal, _ packed: PackedCluster, looksAhead: Bool = false
    ) -> Schedule {
        var request = ScheduleRequest(
            packed: packed, target: placement.target, powerOn: placement.powerOn, powerOff: placement.powerOff,
            enterMaintenance: placement.enterMaintenance)
        request.looksAhead = looksAhead
        request.movesOthers = goal.needsEveryVM
        if case .evacuate(let hosts) = goal { request.emptyFirst = hosts.compactMap { packed.hostIndex[$0] } }
        let predict = predict.map { predict -> Scheduler.Predictor in
            { vm, bandwidth in predict(packed.vm(vm), bandwidth) }
        }
        return Scheduler(request, predict: predict).schedule()
    }
}

/// All goals. A new one is one file in Placement and one line here.
enum GoalCatalog {
    static func goal(_ goal: Goal, in packed: PackedCluster) throws(PlanningError) -> any PlacementGoal {
        switch goal {
        case .balance: return BalanceGoal()
        case .powerSave: return PowerSaveGoal()
        case .evacuate(let hosts):
            let unknown = hosts.filter { packed.hostIndex[$0] == nil }
            guard unknown.isEmpty else { throw .unknown(kind: "host", ids: unknown) }
            return EvacuateGoal(hosts: hosts)
        case .place(let target):
            let known = Set(packed.cluster.vms.map(\.id))
            let vms = target.keys.filter { !known.contains($0) }.sorted()
            guard vms.isEmpty else { throw .unknown(kind: "VM", ids: vms) }
            let hosts = Set(target.values.filter { packed.hostIndex[$0] == nil }).sorted()
            guard hosts.isEmpty else { throw .unknown(kind: "host", ids: hosts) }
            return PlaceGoal(target: target)
        case .relocate, .rolling: throw .unsupported(goal: goal.name)
        }
    }
}
