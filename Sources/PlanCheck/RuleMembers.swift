import ClusterModel

/// Which VMs and hosts a rule means, as positions in the cluster.
struct RuleMembers {
    private let cluster: Cluster
    private let vmIndex: [String: Int]
    private let hostIndex: [String: Int]
    /// Positions of the VMs with each label.
    private let vmsOfLabel: [Label: [Int]]

    private struct Label: Hashable {
        let key: String
        let value: String
    }

    init(cluster: Cluster) {
        self.cluster = cluster
        vmIndex = Dictionary(zip(cluster.vms.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        hostIndex = Dictionary(zip(cluster.hosts.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        var vmsOfLabel: [Label: [Int]] = [:]
        for (position, vm) in cluster.vms.enumerated() {
            for (key, value) in vm.labels { vmsOfLabel[Label(key: key, value: value), default: []].append(position) }
        }
        self.vmsOfLabel = vmsOfLabel
    }

    /// Running and paused VMs in ascending order: stopped ones are outside rules.
    func vms(of selector: Selector) -> [Int] {
        let found: [Int]
        switch selector {
        case .ids(let ids): found = Set(ids.compactMap { vmIndex[$0] }).sorted()
        case .label(let labels):
            let candidates = labels.map { vmsOfLabel[Label(key: $0.key, value: $0.value)] ?? [] }
            found = (candidates.min { $0.count < $1.count } ?? []).filter {
                selector.selects(id: cluster.vms[$0].id, labels: cluster.vms[$0].labels)
            }
        }
        return found.filter { cluster.vms[$0].state != .stopped }
    }

    func hosts(of selector: Selector) -> Set<Int> {
        switch selector {
        case .ids(let ids): Set(ids.compactMap { hostIndex[$0] })
        case .label:
            Set(
                cluster.hosts.indices.filter {
                    selector.selects(id: cluster.hosts[$0].id, labels: cluster.hosts[$0].labels)
                })
        }
    }

    /// The domain of each host: racks and sites by name across the cluster; a host without one is one of its own.
    func domains(scope: Rule.Scope) -> [Int] {
        var numbers: [String: Int] = [:]
        return cluster.hosts.enumerated().map { index, host in
            let name: String?
            switch scope {
            case .host: name = nil
            case .rack: name = host.rack
            case .site: name = host.site
            }
            guard let name else { return index }
            if let number = numbers[name] { return number }
            numbers[name] = index
            return index
        }
    }
}
