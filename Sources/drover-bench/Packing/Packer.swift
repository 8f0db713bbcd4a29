import ClusterModel
import Planning

/// A way to bring VMs onto few hosts.
enum Packer: String, CaseIterable {
    /// Drover's own plan for power-save, from VMs spread over many hosts.
    case drover
    /// First-fit decreasing, as in the peers' figures: the greatest percentile first, each on the first host with room.
    case firstFit

    /// The host of each VM.
    func hosts(of cluster: Cluster, order: [Double], policy: Policy) throws -> [String: String] {
        switch self {
        case .drover: try planned(cluster, policy)
        case .firstFit: firstFit(cluster, order: order, policy)
        }
    }

    private func planned(_ cluster: Cluster, _ policy: Policy) throws -> [String: String] {
        let plan = try Planner(policy: policy).plan(cluster: cluster, goal: .powerSave)
        var hosts = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host ?? "") })
        for migration in plan.steps.compactMap(\.migration) { hosts[migration.vm] = migration.to }
        return hosts
    }

    private func firstFit(_ cluster: Cluster, order: [Double], _ policy: Policy) -> [String: String] {
        let width = cluster.vms.map { $0.profile?.cpuCores.count ?? 1 }.max() ?? 1
        var used = [[Double]](repeating: [Double](repeating: 0, count: width), count: cluster.hosts.count)
        var hosts: [String: String] = [:]
        for place in cluster.vms.indices.sorted(by: { (-order[$0], $0) < (-order[$1], $1) }) {
            let vm = cluster.vms[place]
            let need = vm.profile?.cpuCores ?? [Double](repeating: vm.demand.cpuCores, count: width)
            let host = cluster.hosts.indices.first { host in
                let limit = cluster.hosts[host].capacityCores * policy.limits.cpu + 1e-9
                return zip(used[host], need).allSatisfy { $0 + $1 <= limit }
            }
            guard let host else { continue }
            for slot in need.indices { used[host][slot] += need[slot] }
            hosts[vm.id] = cluster.hosts[host].id
        }
        return hosts
    }
}
