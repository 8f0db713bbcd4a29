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
    ///   - startsAt: the planner's clock; by default the moment of the snapshot, or the beginning of the window.
    ///   - window: the time that the plan has; the answer whether it is enough stands in the plan's extensions.
    ///   - createdAt: written into the plan; outside the promise of equal bytes.
    /// - Throws: when the goal names what the cluster does not have, or the checker refuses the plan.
    public func plan(
        cluster: Cluster, goal: Goal, startsAt: Timestamp? = nil, window: TimeWindow? = nil, createdAt: Timestamp? = nil
    ) throws(PlanningError) -> Plan {
        let startsAt = window?.from ?? startsAt ?? cluster.takenAt
        var packed = PackedCluster(cluster: cluster, policy: policy, startsAt: startsAt)
        packed.limit(seconds: timeLimitSeconds)
        let search = try GoalCatalog.goal(goal, in: packed)
        let (placement, snapshot) = Parallel.both {
            search.place(packed)
        } _: {
            ClusterDocument.digest(of: cluster)
        }
        var maker = PlanMaker(
            packed: packed, goal: goal, snapshot: snapshot, createdAt: createdAt ?? packed.startsAt, predict: predict)
        if let window {
            let windowed = WindowedPlan(maker: maker, window: window)
            return try windowed.plan(placement, namesRelaxations: namesRelaxations)
        }
        // What is planned on afterwards reaches no less: a verification does without.
        if namesRelaxations { maker.search = search }
        var plan = try maker.plan(of: placement)
        if namesRelaxations, Unblocking.isCheap(plan, on: packed) {
            Unblocking.verify(&plan, cluster: cluster, policy: policy)
            plan.id = PlanDocument.id(of: plan)
        }
        return plan
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
        case .relocate(let from, let to):
            let sites = Set(packed.cluster.hosts.compactMap(\.site))
            let unknown = [from, to].filter { !sites.contains($0) }
            guard unknown.isEmpty else { throw .unknown(kind: "site", ids: unknown) }
            return RelocateGoal(from: from, to: to)
        case .rolling: throw .unsupported(goal: goal.name)
        }
    }
}
