public import ClusterModel

extension Relaxation {
    /// The cluster and the policy as they would be.
    public func apply(to cluster: inout Cluster, _ policy: inout Policy) {
        switch self {
        case .limit(let resource, _, let to): policy.limits[keyPath: resource.key] = to
        case .spareHosts(_, let to): policy.spareHosts = to
        case .mode(let mode): policy.modes.append(mode)
        case .hostOn(let host, _): Self.change(host, in: &cluster.hosts) { $0.state = .on }
        case .hostHeard(let host): Self.change(host, in: &cluster.hosts) { $0.extensions.remove(Self.silence) }
        case .softRule(let id): Self.change(id, in: &cluster.rules) { $0.required = false }
        case .pause(let vm, _, let to): Self.change(vm, in: &cluster.vms) { $0.maxDowntimeMilliseconds = to }
        case .coldMove(let vm):
            Self.change(vm, in: &cluster.vms) {
                $0.migration = .cold
                $0.maxDowntimeMilliseconds = nil
            }
        case .guestCPU(let vm, _, let model, let features):
            Self.change(vm, in: &cluster.vms) {
                $0.cpuModel = model
                $0.cpuFeatures = features
            }
        case .connection(let host, let datastores, let networks):
            Self.change(host, in: &cluster.hosts) {
                $0.datastores = Self.joined($0.datastores, datastores)
                $0.networks = Self.joined($0.networks, networks)
            }
        case .movesAtOnce(_, let to): Self.raise(to, in: &cluster, &policy.defaults)
        case .hostLink(let host, let times):
            let usual = policy.defaults.migrationBitsPerSecond
            Self.change(host, in: &cluster.hosts) { $0.speedUp(times, usual: usual) }
        case .allLinks(let times):
            let usual = policy.defaults.migrationBitsPerSecond
            for index in cluster.hosts.indices { cluster.hosts[index].speedUp(times, usual: usual) }
            for index in cluster.links.indices { cluster.links[index].bitsPerSecond *= times }
        case .sharedLink(let index, _, let times): cluster.links[index].bitsPerSecond *= times
        case .leaveOut(let vm): Self.change(vm, in: &cluster.vms) { $0.state = .stopped }
        case .hostFewer: break
        }
    }

    /// The goal as it would be.
    func apply(to goal: inout Goal) {
        guard case .hostFewer(let host) = self, case .evacuate(let hosts) = goal else { return }
        goal = .evacuate(hosts: hosts.filter { $0 != host })
    }

    private static func raise(_ count: Int, in cluster: inout Cluster, _ defaults: inout HostDefaults) {
        defaults.maxMigrationsOut = max(defaults.maxMigrationsOut, count)
        defaults.maxMigrationsIn = max(defaults.maxMigrationsIn, count)
        for index in cluster.hosts.indices {
            cluster.hosts[index].maxMigrationsOut = cluster.hosts[index].maxMigrationsOut.map { max($0, count) }
            cluster.hosts[index].maxMigrationsIn = cluster.hosts[index].maxMigrationsIn.map { max($0, count) }
        }
    }

    /// The key in a host's extensions under which a snapshot says why the host is no destination.
    static let silence = "noDestination"

    /// A host that lists none reaches all.
    static func joined(_ known: [String]?, _ added: [String]) -> [String]? {
        known.map { known in known + added.filter { !known.contains($0) } }
    }

    private static func change<Element: Identifiable>(
        _ id: Element.ID, in list: inout [Element], _ change: (inout Element) -> Void
    ) {
        if let index = list.firstIndex(where: { $0.id == id }) { change(&list[index]) }
    }
}

extension Extensions {
    fileprivate mutating func remove(_ key: String) {
        guard case .object(var fields) = self else { return }
        fields[key] = nil
        self = fields.isEmpty ? .none : .object(fields: fields)
    }
}

extension Host {
    /// - Parameter usual: the rate of a host that names none.
    fileprivate mutating func speedUp(_ times: Double, usual: Double) {
        migrationBitsPerSecond = (migrationBitsPerSecond ?? usual) * times
    }
}
