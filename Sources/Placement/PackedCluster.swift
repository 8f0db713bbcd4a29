public import ClusterModel
public import MigrationModel

/// A cluster laid out for search: flat arrays over hosts, VMs and dimensions, all decided before the search begins.
///
/// VMs that hold nothing (stopped ones) are left out. Hosts and VMs keep the document's order, so an index is also the
/// way to break ties that does not depend on the machine.
public struct PackedCluster: Sendable {
    public let cluster: Cluster
    public let policy: Policy
    public let startsAt: Timestamp
    public let model: MigrationModel
    /// When searches that could go on end; `nil`: when their counted work is done.
    private var deadline: ContinuousClock.Instant?

    // MARK: Dimensions

    public let dimensions: [Dimension]
    /// The first column of memory and of CPU: one of each there always is.
    let memoryColumn: Int
    let cpuColumn: Int
    /// Columns that need room elsewhere when a host fails: a local disk is lost with its host, or stays there.
    let failOverColumns: [Int]
    /// `load[vm * dimensions.count + dimension]`: what the VM holds.
    public let load: [Int64]
    /// `limit[host * dimensions.count + dimension]`: capacity times the policy's limit.
    public let limit: [Int64]
    /// `1 / limit`, 0 where there is none: a load times this is the share of the host that it fills.
    let perLimit: [Double]
    /// The most of `perLimit` over the hosts, for each dimension.
    let mostPerLimit: [Double]
    /// As `limit`, with the full capacity.
    public let capacity: [Int64]

    // MARK: Hosts and VMs

    /// Index into `cluster.vms` of each packed VM.
    public let documentIndex: [Int]
    /// The host on which each packed VM is at the start.
    public let home: [Int32]
    /// Packed VMs at home on each host, ascending.
    public let residents: [[Int32]]
    /// Billionths of a reference core that each packed VM uses now: its demand, 0 when it is paused.
    let coresNow: [Int64]
    let power: PowerTable
    /// Whether each packed VM is to run elsewhere after its host failed.
    public let restarts: [Bool]
    /// The orders of first-fit decreasing: by memory, and by CPU.
    let byMemory: SizeOrder
    let byCPU: SizeOrder
    public let hostIndex: [String: Int]
    /// Packed index by VM identifier.
    public let vmIndex: [String: Int]

    /// Hosts that may take VMs now: on, and with an agent that is not silent.
    public let takesVMs: [Bool]
    /// Hosts that are asleep and that may be woken.
    public let canWake: [Bool]
    /// Hosts that may be switched off when empty; none for a while after any was switched.
    public let canSwitchOff: [Bool]

    public let eligibility: Eligibility
    /// Where a VM can be started after its host failed.
    public let reach: Eligibility
    public let paths: MigrationPaths
    public let groups: [GroupRule]
    /// Indices into `groups` for each packed VM.
    public let groupsOfVM: [[Int32]]

    /// Hosts that a plan may leave asleep and that a later one may wake.
    var maySleep: [Int] {
        (0..<hostCount).filter { canWake[$0] || takesVMs[$0] && canSwitchOff[$0] }
    }

    public var hostCount: Int { cluster.hosts.count }
    public var vmCount: Int { documentIndex.count }
    public var dimensionCount: Int { dimensions.count }

    /// Ends searches so many seconds from now.
    public mutating func limit(seconds: Double?) {
        deadline = seconds.map { ContinuousClock.now.advanced(by: .seconds($0)) }
    }

    /// Whether the user's time limit is over: a search ends with what it has.
    public var isOutOfTime: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Another cluster, packed for the same plan: policy, clock and time limit are these.
    public func withCluster(_ cluster: Cluster) -> PackedCluster {
        var packed = PackedCluster(cluster: cluster, policy: policy, startsAt: startsAt)
        packed.deadline = deadline
        return packed
    }

    /// The document's VM behind a packed index.
    public func vm(_ index: Int) -> VirtualMachine { cluster.vms[documentIndex[index]] }

    public func host(_ index: Int) -> Host { cluster.hosts[index] }

    /// - Parameter startsAt: when the plan starts; profiles are looked at from here to the policy's horizon.
    /// - Complexity: O((hosts + VMs) x dimensions + VM classes x hosts).
    public init(cluster: Cluster, policy: Policy, startsAt: Timestamp) {
        self.cluster = cluster
        self.policy = policy
        self.startsAt = startsAt
        let model = MigrationModel(policy: policy, cluster: cluster)
        self.model = model

        let hosts = cluster.hosts
        let hostIndex = Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($1.id, $0) })
        self.hostIndex = hostIndex
        let held = cluster.vms.indices.filter { cluster.vms[$0].state != .stopped && cluster.vms[$0].host != nil }
        documentIndex = held
        let vms = held.map { cluster.vms[$0] }
        vmIndex = Dictionary(uniqueKeysWithValues: vms.enumerated().map { ($1.id, $0) })
        home = vms.map { Int32(hostIndex[$0.host ?? ""] ?? 0) }
        coresNow = vms.map { $0.state == .running ? Resource.cpu.need($0.demand.cpuCores) : 0 }
        power = PowerTable(hosts: hosts, defaults: policy.defaults)
        restarts = vms.map(\.restartOnFailure)
        var residents = [[Int32]](repeating: [], count: hosts.count)
        for (index, host) in home.enumerated() { residents[Int(host)].append(Int32(index)) }
        self.residents = residents

        let columns = LoadColumns(cluster: cluster, vms: vms, policy: policy, startsAt: startsAt)
        dimensions = columns.dimensions
        failOverColumns = columns.dimensions.indices.filter { columns.dimensions[$0].resource != .localDisk }
        memoryColumn = columns.dimensions.firstIndex { $0.resource == .memory } ?? 0
        cpuColumn = columns.dimensions.firstIndex { $0.resource == .cpu } ?? 0
        load = columns.loads(of: vms)
        limit = columns.capacities(of: hosts, limits: policy.limits)
        perLimit = limit.map { $0 < Resource.unlimited ? 1 / Double(max($0, 1)) : 0 }
        let (perLimit, dimensionCount) = (perLimit, columns.dimensions.count)
        mostPerLimit = (0..<dimensionCount).map { column in
            hosts.indices.reduce(0) { max($0, perLimit[$1 * dimensionCount + column]) }
        }
        capacity = columns.capacities(of: hosts, limits: ResourceLimits(cpu: 1, memory: 1, disk: 1, network: 1))

        byMemory = SizeOrder(load: load, columns: columns.dimensions.count, column: memoryColumn, counts: restarts)
        byCPU = SizeOrder(load: load, columns: columns.dimensions.count, column: cpuColumn, counts: restarts)

        takesVMs = hosts.map { $0.state == .on && HostStateConstraint.silence(of: $0) == nil }
        let anyPowerControl = hosts.contains { $0.powerControl != nil }
        canWake = hosts.map {
            ($0.state == .standby || $0.state == .off) && (!anyPowerControl || $0.powerControl != nil)
                && HostHold(of: $0).allows(policy.powerSave.minimumOffSeconds, at: startsAt)
        }
        let isAtRest = hosts.allSatisfy { HostHold(of: $0).allows(policy.powerSave.minimumOnSeconds, at: startsAt) }
        canSwitchOff = hosts.map { isAtRest && $0.state == .on && (!anyPowerControl || $0.powerControl != nil) }

        eligibility = Eligibility(cluster: cluster, vms: vms, constraints: ConstraintCatalog.standard(for: cluster))
        reach = Eligibility(cluster: cluster, vms: vms, constraints: ConstraintCatalog.reachability)
        paths = MigrationPaths(cluster: cluster, vms: vms, policy: policy, model: model)
        let groups = GroupRule.groups(of: cluster, vms: vms)
        self.groups = groups
        var groupsOfVM = [[Int32]](repeating: [], count: vms.count)
        for (index, group) in groups.enumerated() {
            for member in group.members { groupsOfVM[Int(member)].append(Int32(index)) }
        }
        self.groupsOfVM = groupsOfVM
    }

    /// Whether a VM may run on a host at all and can get there from `source`: everything but room and groups.
    public func mayMove(_ vm: Int, from source: Int, to host: Int) -> Bool {
        eligibility.allows(vm: vm, host: host) && paths.allows(vm: vm, from: source, to: host)
    }

    /// Whether a VM may stand on a host between two moves: where it may run, or where it breaks no required rule that
    /// it does not break at home already.
    public func mayStopOver(_ vm: Int, from source: Int, at station: Int) -> Bool {
        guard paths.allows(vm: vm, from: source, to: station) else { return false }
        if eligibility.allows(vm: vm, host: station) { return true }
        guard eligibility.onlyHostRulesRefuse(vm: vm, host: station) else { return false }
        let (document, home, there) = (self.vm(vm), host(Int(home[vm])), host(station))
        return cluster.rules.allSatisfy { rule in
            !rule.required || HostRuleConstraint.holds(rule, on: there) || !HostRuleConstraint.holds(rule, on: home)
                || !rule.vms.selects(id: document.id, labels: document.labels)
        }
    }

    /// Watts that a host without load saves when it is off, for comparing hosts: 1 when its power is not known.
    func idleSaving(of host: Int) -> Double {
        max(self.host(host).power == nil ? 1 : power.idleSaving(of: host), 1e-3)
    }

    /// Joules that it takes, at both ends together, to copy the VM's memory and local disk once.
    func joulesOfMigrating(_ vm: Int) -> Double {
        let document = self.vm(vm)
        let megabytes = Double(document.memoryBytes + document.localDiskBytes) / 1e6
        return policy.powerSave.migrationJoules + policy.powerSave.migrationJoulesPerMegabyte * megabytes
    }

    /// Why the VM has no way to move at this bandwidth, in the migration model's words; `nil` when it has one.
    public func migrationRefusal(
        of vm: Int, bandwidthBitsPerSecond: Double
    ) -> (constraint: String, detail: String)? {
        switch model.choice(for: self.vm(vm), bandwidthBitsPerSecond: bandwidthBitsPerSecond) {
        case .migrate: nil
        case .refused(let constraint, let detail): (constraint, detail)
        }
    }
}
