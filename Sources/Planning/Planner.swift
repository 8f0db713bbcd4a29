public import ClusterModel
import Documents
import Placement
import PlanCheck
import Scheduling

/// From a cluster, a goal and a policy to a plan that the independent checker has accepted.
///
/// Samples and clocks are elsewhere: the same input gives the same plan on any machine, `createdAt` aside.
public struct Planner: Sendable {
    private let policy: Policy
    private let namesRelaxations: Bool

    public init(policy: Policy) { self.init(policy: policy, namesRelaxations: true) }

    /// - Parameter namesRelaxations: whether `unblock` says what was verified to help, where that is cheap; the plans made
    ///   to verify it do without.
    init(policy: Policy, namesRelaxations: Bool) {
        self.policy = policy
        self.namesRelaxations = namesRelaxations
    }

    /// - Parameters:
    ///   - startsAt: the planner's clock; by default the moment of the snapshot.
    ///   - createdAt: written into the plan; outside the promise of equal bytes.
    /// - Throws: when the goal names what the cluster does not have, or the checker refuses the plan.
    public func plan(
        cluster: Cluster, goal: Goal, startsAt: Timestamp? = nil, createdAt: Timestamp? = nil
    ) throws(PlanningError) -> Plan {
        let startsAt = startsAt ?? cluster.takenAt
        let packed = PackedCluster(cluster: cluster, policy: policy, startsAt: startsAt)
        var placement = try GoalCatalog.goal(goal, in: packed).place(packed)
        var schedule = self.schedule(placement, packed)
        if schedule.dropped.contains(where: { placement.mending.contains($0.vm) }) {
            let mending = placement.onlyMending(in: packed)
            let alone = self.schedule(mending, packed)
            if alone.dropped.count < schedule.dropped.count { (placement, schedule) = (mending, alone) }
        }
        var (plan, violations) = checked(placement, schedule, packed, goal: goal, createdAt: createdAt)
        if violations.contains(where: { $0.promise == .spareCapacity }) {
            schedule = self.schedule(placement, packed, looksAhead: true)
            (plan, violations) = checked(placement, schedule, packed, goal: goal, createdAt: createdAt)
        }
        guard violations.isEmpty else { throw .broken(violations: violations) }
        if namesRelaxations, Unblocking.isCheap(plan, on: packed) {
            Unblocking.verify(&plan, cluster: cluster, policy: policy)
            plan.id = PlanDocument.id(of: plan)
        }
        return plan
    }

    private func checked(
        _ placement: PlacementResult, _ schedule: Schedule, _ packed: PackedCluster, goal: Goal, createdAt: Timestamp?
    ) -> (plan: Plan, violations: [Violation]) {
        let draft = PlanDraft(packed: packed, goal: goal, placement: placement, schedule: schedule)
        var plan = draft.plan(createdAt: createdAt ?? packed.startsAt)
        plan.id = PlanDocument.id(of: plan)
        let checker = PlanChecker(cluster: packed.cluster, plan: plan, snapshotDigest: plan.basis.snapshot)
        return (plan, checker.violations())
    }

    private func schedule(
        _ placement: PlacementResult, _ packed: PackedCluster, looksAhead: Bool = false
    ) -> Schedule {
        var request = ScheduleRequest(
            packed: packed, target: placement.target, powerOn: placement.powerOn, powerOff: placement.powerOff,
            enterMaintenance: placement.enterMaintenance)
        request.looksAhead = looksAhead
        return Scheduler(request).schedule()
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
