public import ClusterModel

extension PlanSummary {
    /// The figures of `steps` on `cluster`, worked out the plain way, for plans that tests write by hand.
    public init(of steps: [PlanStep], on cluster: Cluster, policy: PlanPolicy) {
        var after = cluster
        var places: [String: String] = [:]
        for step in steps.sorted(by: { $0.startSeconds < $1.startSeconds }) {
            if let migration = step.migration {
                places[migration.vm] = migration.to
            } else {
                after.perform(step.action)
            }
        }
        for index in after.vms.indices { after.vms[index].host = places[after.vms[index].id] ?? after.vms[index].host }
        let before = Figures(of: cluster, memory: policy.memory)
        let end = Figures(of: after, memory: policy.memory)
        self.init(
            makespanSeconds: steps.map(\.endSeconds).max() ?? 0,
            migrations: steps.count { $0.migration != nil },
            transferBytes: steps.reduce(0) { $0 + ($1.migration?.transferBytes ?? 0) },
            hostsOn: HostsOn(before: before.hostsOn, after: end.hostsOn),
            watts: BeforeAfter(before: before.watts, after: end.watts),
            imbalance: BeforeAfter(before: before.imbalance, after: end.imbalance))
    }
}

extension Cluster {
    /// The cluster after an action, whether or not the action is allowed.
    public mutating func perform(_ action: PlanStep.Action) {
        switch action {
        case .migrate(let migration):
            for index in vms.indices where vms[index].id == migration.vm { vms[index].host = migration.to }
        case .powerOff(let host): setState(.off, of: host)
        case .powerOn(let host), .exitMaintenance(let host): setState(.on, of: host)
        case .enterMaintenance(let host): setState(.maintenance, of: host)
        case .maintain, .wait: break
        }
    }

    private mutating func setState(_ state: Host.State, of host: String) {
        for index in hosts.indices where hosts[index].id == host { hosts[index].state = state }
    }
}

private struct Figures {
    var hostsOn = 0
    var watts = 0.0
    var imbalance = 0.0

    init(of cluster: Cluster, memory: MemoryCounting) {
        var fractions: [(cpu: Double, memory: Double)] = []
        let vmsOfHost = Dictionary(grouping: cluster.vms) { $0.host ?? "" }
        for host in cluster.hosts {
            let here = vmsOfHost[host.id] ?? []
            let cores = here.filter { $0.state == .running }.reduce(0) { $0 + $1.demand.cpuCores }
            let bytes = here.filter { $0.state != .stopped }.reduce(0) {
                $0 + (memory == .configured ? Double($1.memoryBytes) : $1.demand.memoryBytes)
            }
            let used = cores / host.capacityCores
            switch host.state {
            case .on:
                hostsOn += 1
                watts += host.power?.watts(atCPUFraction: used) ?? 0
                fractions.append((used, bytes / Double(host.capacityMemoryBytes)))
            case .maintenance: watts += host.power?.watts(atCPUFraction: 0) ?? 0
            case .standby, .off, .failed: watts += host.power?.offWatts ?? 0
            }
        }
        imbalance = (Self.deviation(fractions.map(\.cpu)) + Self.deviation(fractions.map(\.memory))) / 2
    }

    private static func deviation(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
}
