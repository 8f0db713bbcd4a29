public import ClusterModel
public import Placement
import Planning
public import Scheduling

extension RelocationInstance {
    /// The whole plan, as the planner makes it and the checker accepts it.
    public func plan() throws -> Plan {
        try Planner(policy: Self.policy, predict: { choice(for: $0, bandwidthBitsPerSecond: $1) })
            .plan(cluster: cluster, goal: .place(target: target))
    }

    /// The schedule alone, of a cluster that is packed already.
    public func schedule(_ packed: PackedCluster) -> Schedule {
        let goal = (0..<packed.vmCount).map { vm in
            target[packed.vm(vm).id].flatMap { packed.hostIndex[$0] }.map { Int32($0) } ?? packed.home[vm]
        }
        let vms = (0..<packed.vmCount).map { packed.vm($0) }
        return Scheduler(ScheduleRequest(packed: packed, target: goal)) { vm, bandwidth in
            choice(for: vms[vm], bandwidthBitsPerSecond: bandwidth)
        }.schedule()
    }

    public func packed() -> PackedCluster {
        PackedCluster(cluster: cluster, policy: Self.policy, startsAt: cluster.takenAt)
    }
}
