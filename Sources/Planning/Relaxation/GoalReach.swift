import ClusterModel

/// For which VMs a plan does not reach what its goal asks, worked out from the steps alone.
struct GoalReach {
    /// - Returns: identifiers of the VMs that hold something and do not end where the goal wants them.
    static func unreached(by plan: Plan, on cluster: Cluster) -> Set<String> {
        let figures = ClusterFigures(cluster: cluster, memory: plan.policy.memory)
        let end = figures.state(after: plan.steps).hostOfVM
        let sites = SiteTable(cluster: cluster)
        let held = cluster.vms.filter { $0.state != .stopped }
        return Set(
            held.filter { vm in
                guard let host = end[vm.id] else { return false }
                switch plan.goal {
                case .evacuate(let hosts): return hosts.contains(host)
                case .place(let target): return target[vm.id].map { $0 != host } ?? false
                case .relocate(let from, let to):
                    return vm.host.flatMap { sites.site(of: $0) } == from && sites.site(of: host) != to
                case .balance, .powerSave, .rolling: return false
                }
            }.map(\.id))
    }
}

/// On which site each host stands.
struct SiteTable {
    private let sites: [String: String]

    init(cluster: Cluster) {
        let named = cluster.hosts.compactMap { host in host.site.map { (host.id, $0) } }
        sites = Dictionary(named, uniquingKeysWith: { first, _ in first })
    }

    func site(of host: String) -> String? { sites[host] }
}
