import ClusterModel

/// Relaxations of one kind, from the one that asks least to the one that asks most: when one unblocks a VM, those after
/// it are taken to do so too.
struct RelaxationFamily: Sendable {
    /// Never empty.
    let values: [Relaxation]

    var most: Relaxation { values[values.count - 1] }
}

/// All relaxations worth trying for VMs that cannot leave. A new kind is one function and one line in `families`.
struct RelaxationCatalog {
    let cluster: Cluster
    let policy: Policy
    let goal: Goal
    private let blocked: [VirtualMachine]
    /// Constraints that stand in the way of each blocked VM, by its identifier.
    private let constraints: [String: Set<String>]

    /// Hosts, and rules, of which no more than so many are tried.
    private static let mostOfAKind = 16
    /// Pauses to allow, in milliseconds: up to ten minutes.
    private static let pauses: [Double] = [
        100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 600_000,
    ]

    init(cluster: Cluster, policy: Policy, goal: Goal, blocked: Set<String>, constraints: [String: Set<String>]) {
        self.cluster = cluster
        self.policy = policy
        self.goal = goal
        self.blocked = cluster.vms.filter { blocked.contains($0.id) && $0.migration != .none }
        self.constraints = constraints
    }

    func families() -> [RelaxationFamily] {
        let lists =
            limits() + spare() + hosts() + rules() + modes() + pauses() + coldMoves() + guestCPUs() + connections()
        return lists.filter { !$0.isEmpty }.map(RelaxationFamily.init)
    }

    // MARK: Policy

    /// Each limit in steps of half a percent, up to full capacity.
    private func limits() -> [[Relaxation]] {
        Relaxation.LimitedResource.allCases.map { resource in
            let from = policy.limits[keyPath: resource.key]
            let first = Int((from * 200 + 1e-6).rounded(.down)) + 1
            guard first <= 200 else { return [] }
            return (first...200).map { .limit(resource, from: from, to: Double($0 * 5) / 1000) }
        }
    }

    private func spare() -> [[Relaxation]] {
        guard policy.spareHosts > 0 else { return [] }
        return [(1...policy.spareHosts).map { .spareHosts(from: policy.spareHosts, to: policy.spareHosts - $0) }]
    }

    private func modes() -> [[Relaxation]] {
        guard blocked.contains(where: { $0.migration == .live }) else { return [] }
        return [MigrationMode.live, .staged, .postCopy].filter { !policy.modes.contains($0) }.map { [.mode($0)] }
    }

    // MARK: Hosts and rules

    /// Sleeping hosts that Drover may wake, then silent ones, those in maintenance and failed ones; of hosts that look
    /// the same, the first.
    private func hosts() -> [[Relaxation]] {
        let leaving: Set<String> = if case .evacuate(let hosts) = goal { Set(hosts) } else { [] }
        let anyPowerControl = cluster.hosts.contains { $0.powerControl != nil }
        let asleep = cluster.hosts.filter {
            ($0.state == .standby || $0.state == .off) && (!anyPowerControl || $0.powerControl != nil)
        }
        let others = cluster.hosts.filter { !leaving.contains($0.id) }
        let silent = others.filter { $0.state == .on && $0.extensions[Relaxation.silence] != nil }
        let resting = others.filter { $0.state == .maintenance } + others.filter { $0.state == .failed }
        var seen: Set<[String]> = []
        return (asleep + silent + resting).filter { seen.insert(signature(of: $0)).inserted }.prefix(Self.mostOfAKind)
            .map { $0.state == .on ? [.hostHeard(host: $0.id)] : [.hostOn(host: $0.id, from: $0.state)] }
    }

    /// What decides which VMs a host could take.
    private func signature(of host: Host) -> [String] {
        let residents = cluster.vms.filter { $0.host == host.id && $0.state != .stopped }.map(\.id)
        let named = [host.architecture ?? "", host.cpuModel ?? "", host.site ?? "", host.rack ?? host.id]
        let rules = cluster.rules.filter { rule in
            switch rule.kind {
            case .hostAffinity(let hosts), .hostAntiAffinity(let hosts): hosts.selects(id: host.id, labels: host.labels)
            case .affinity, .antiAffinity: false
            }
        }.map(\.id)
        let lists = [host.cpuFeatures, host.datastores, host.networks].map { $0.map { "\($0)" } ?? "-" }
        let rest = "\(host.state) \(host.capacityCores) \(host.capacityMemoryBytes) \(host.numaNodes) \(host.labels)"
        return named + lists + [rest] + rules + residents
    }

    /// Required rules about blocked VMs, then the others: a VM that another could push aside may be held by a rule.
    private func rules() -> [[Relaxation]] {
        let required = cluster.rules.filter(\.required)
        func concerns(_ rule: Rule) -> Bool {
            blocked.contains { rule.vms.selects(id: $0.id, labels: $0.labels) }
        }
        let order = required.filter(concerns) + required.filter { !concerns($0) }
        return order.prefix(Self.mostOfAKind).map { [.softRule(id: $0.id)] }
    }

    // MARK: One VM

    private func isHeld(_ vm: VirtualMachine, by names: [String]) -> Bool {
        constraints[vm.id].map { !$0.isDisjoint(with: names) } ?? false
    }

    private var heldByCopying: [VirtualMachine] { blocked.filter { isHeld($0, by: ["convergence", "downtime"]) } }

    private func pauses() -> [[Relaxation]] {
        heldByCopying.map { vm in
            let from = vm.maxDowntimeMilliseconds ?? policy.maxDowntimeMilliseconds
            return Self.pauses.filter { $0 > from }.map { .pause(vm: vm.id, from: from, to: $0) }
        }
    }

    private func coldMoves() -> [[Relaxation]] { heldByCopying.map { [.coldMove(vm: $0.id)] } }

    /// The CPU of each host whose CPU refuses the VM, one of each kind.
    private func guestCPUs() -> [[Relaxation]] {
        blocked.filter { isHeld($0, by: ["cpuModel"]) }.flatMap { vm in
            var seen: Set<[String]> = []
            return cluster.hosts.compactMap { host -> [Relaxation]? in
                guard host.state == .on,
                    host.architecture == nil || vm.architecture == nil
                        || host.architecture == vm.architecture
                else { return nil }
                let features = vm.cpuFeatures.map { wanted in
                    host.cpuFeatures.map { offered in wanted.filter { offered.contains($0) } } ?? wanted
                }
                guard host.cpuModel != vm.cpuModel || features != vm.cpuFeatures else { return nil }
                guard seen.insert([host.cpuModel ?? "", "\(features ?? [])"]).inserted else { return nil }
                return [.guestCPU(vm: vm.id, host: host.id, model: host.cpuModel, features: features)]
            }.prefix(Self.mostOfAKind)
        }
    }

    /// Each host that is on, connected to all that a blocked VM needs.
    private func connections() -> [[Relaxation]] {
        var seen: Set<Relaxation> = []
        return blocked.filter { isHeld($0, by: ["datastore", "network"]) }.flatMap { vm in
            cluster.hosts.filter { $0.state == .on && $0.id != vm.host }.compactMap { host -> [Relaxation]? in
                let stores = Self.missing(vm.datastores, host.datastores)
                let networks = Self.missing(vm.networks, host.networks)
                guard !stores.isEmpty || !networks.isEmpty else { return nil }
                let relaxation = Relaxation.connection(host: host.id, datastores: stores, networks: networks)
                return seen.insert(relaxation).inserted ? [relaxation] : nil
            }.prefix(Self.mostOfAKind)
        }
    }

    private static func missing(_ wanted: [String], _ known: [String]?) -> [String] {
        known.map { known in wanted.filter { !known.contains($0) } } ?? []
    }
}
