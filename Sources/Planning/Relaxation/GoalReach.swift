import ClusterModel

/// For which VMs a plan does not reach what its goal asks, worked out from the steps alone.
struct GoalReach {
    /// - Returns: identifiers of the VMs that hold something and do not end where the goal wants them.
    static func unreached(by plan: Plan, on cluster: Cluster) -> Set<String> {
        let figures = ClusterFigures(cluster: cluster, memory: plan.policy.memory)
        let end = figures.state(after: plan.steps).hostOfVM
        let held = cluster.vms.filter { $0.state != .stopped }
        return Set(
            held.filter { vm in
                guard let host = end[vm.id] else { return false }
                switch plan.goal {
                case .evacuate(let hosts): return hosts.contains(host)
                case .place(let target): return target[vm.id].map { $0 != host } ?? false
                case .balance, .powerSave, .relocate, .rolling: return false
                }
            }.map(\.id))
    }
}
