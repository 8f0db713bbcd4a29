import ClusterModel

/// What is wrong with a cluster at its start, worked out from the contract alone.
struct StartFaults {
    private(set) var list: [String] = []

    init(_ cluster: Cluster) {
        let hosts = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0) })
        if hosts.count != cluster.hosts.count { list.append("duplicate host") }
        if Set(cluster.vms.map(\.id)).count != cluster.vms.count { list.append("duplicate VM") }
        if Set(cluster.rules.map(\.id)).count != cluster.rules.count { list.append("duplicate rule") }
        var memory: [String: Int64] = [:]
        var cores: [String: [Double]] = [:]
        var disk: [String: Int64] = [:]
        for vm in cluster.vms where vm.state != .stopped {
            guard let host = vm.host.flatMap({ hosts[$0] }) else {
                list.append("\(vm.id) is nowhere")
                continue
            }
            checkPlace(of: vm, on: host)
            memory[host.id, default: 0] += vm.memoryBytes
            disk[host.id, default: 0] += vm.localDiskBytes
            guard vm.state == .running else { continue }
            let load = vm.profile?.cpuCores ?? Array(repeating: vm.demand.cpuCores, count: 24)
            let sums = cores[host.id] ?? Array(repeating: 0, count: 24)
            cores[host.id] = zip(sums, load).map { $0 + $1 }
        }
        for host in cluster.hosts {
            if memory[host.id, default: 0] > host.capacityMemoryBytes { list.append("\(host.id): memory") }
            if (cores[host.id]?.max() ?? 0) > host.capacityCores { list.append("\(host.id): CPU") }
            if let room = host.localDiskBytes, disk[host.id, default: 0] > room { list.append("\(host.id): disk") }
        }
        checkRules(cluster, hosts: hosts)
    }

    private mutating func checkPlace(of vm: VirtualMachine, on host: Host) {
        if host.state != .on && host.state != .maintenance { list.append("\(vm.id) on a host \(host.state)") }
        if let stores = host.datastores, !vm.datastores.allSatisfy(stores.contains) { list.append("\(vm.id): store") }
        if let networks = host.networks, !vm.networks.allSatisfy(networks.contains) { list.append("\(vm.id): network") }
        if let model = vm.cpuModel, host.cpuModel != model { list.append("\(vm.id): CPU model") }
        if let wanted = vm.cpuFeatures, let features = host.cpuFeatures, !wanted.allSatisfy(features.contains) {
            list.append("\(vm.id): CPU features")
        }
        if vm.architecture != host.architecture { list.append("\(vm.id): architecture") }
        if vm.demand.memoryBytes > Double(vm.memoryBytes) || vm.demand.cpuCores > Double(vm.vcpus) {
            list.append("\(vm.id) uses more than it has")
        }
        if vm.memoryBytes <= 0 || vm.vcpus <= 0 || vm.demand.cpuCores < 0 { list.append("\(vm.id): a size") }
    }

    private mutating func checkRules(_ cluster: Cluster, hosts: [String: Host]) {
        let ids = Set(cluster.vms.map(\.id))
        for rule in cluster.rules {
            if case .ids(let named) = rule.vms, !ids.isSuperset(of: named) { list.append("\(rule.id) names no VM") }
            if !cluster.vms.contains(where: { rule.vms.selects(id: $0.id, labels: $0.labels) }) {
                list.append("\(rule.id) selects nothing")
            }
            switch rule.kind {
            case .hostAffinity(.ids(let named)), .hostAntiAffinity(.ids(let named)):
                if !named.allSatisfy({ hosts[$0] != nil }) { list.append("\(rule.id) names no host") }
            default: break
            }
        }
    }

    /// Identifiers of the required rules that do not hold.
    static func brokenRequiredRules(_ cluster: Cluster) -> [String] {
        let hosts = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0) })
        return cluster.rules.filter { rule in
            let places = cluster.vms.filter { $0.state != .stopped && rule.vms.selects(id: $0.id, labels: $0.labels) }
                .compactMap { $0.host.flatMap { hosts[$0] } }
            return rule.required && !holds(rule.kind, for: places)
        }.map(\.id)
    }

    private static func holds(_ kind: Rule.Kind, for places: [Host]) -> Bool {
        switch kind {
        case .affinity(let scope): return Set(places.map { domain($0, scope) }).count <= 1
        case .antiAffinity(let scope, let most):
            let counts = places.reduce(into: [String: Int]()) { $0[domain($1, scope), default: 0] += 1 }
            return counts.values.allSatisfy { $0 <= most }
        case .hostAffinity(let hosts): return places.allSatisfy { hosts.selects(id: $0.id, labels: $0.labels) }
        case .hostAntiAffinity(let hosts): return !places.contains { hosts.selects(id: $0.id, labels: $0.labels) }
        }
    }

    private static func domain(_ host: Host, _ scope: Rule.Scope) -> String {
        switch scope {
        case .host: host.id
        case .rack: host.rack ?? "alone:\(host.id)"
        case .site: host.site ?? "alone:\(host.id)"
        }
    }
}
