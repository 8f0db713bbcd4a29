public import ClusterModel
internal import Randomness

/// Makes clusters from a seed: any size, ten kinds of situation, always valid at the start.
///
/// No host starts above its capacity in memory or CPU, and every VM stands on a host that is on or in maintenance and
/// that has its CPU model, stores and networks. A VM for which there is no room at all is stopped and on no host.
public struct ClusterGenerator: Sendable {
    public let options: ClusterOptions

    /// Counts below one host or zero VMs are raised to that.
    public init(options: ClusterOptions) {
        var options = options
        options.hosts = max(1, options.hosts)
        options.vms = max(0, options.vms)
        self.options = options
    }

    /// The cluster of a seed; the same options and seed give the same cluster on every machine.
    public func cluster(seed: UInt64) -> Cluster {
        var generator = SeededGenerator(seed: seed)
        return cluster(
            named: "\(options.kind.rawValue)-\(options.hosts)x\(options.vms)-seed\(seed)", using: &generator)
    }

    /// A cluster from whatever the generator yields next.
    /// - Complexity: O(hosts + VMs x log hosts), while there is room for most VMs.
    public func cluster(named name: String, using generator: inout some RandomNumberGenerator) -> Cluster {
        let situation = Situation(options: options)
        let hostFactory = HostFactory(options: options, situation: situation)
        let hosts = hostFactory.hosts(using: &generator)
        var machines = machines(for: hosts, situation: situation, using: &generator)
        var rules: [Rule]
        if options.kind == .tight {
            rules = TightSituation(options: options, situation: situation)
                .arrange(&machines, on: hosts, using: &generator)
            addTraits(to: &machines, hosts: hosts, situation: situation, using: &generator)
        } else {
            place(&machines, on: hosts, situation: situation, using: &generator)
            addTraits(to: &machines, hosts: hosts, situation: situation, using: &generator)
            let wanted = options.rules ?? min(Int((Double(options.vms) * situation.ruleShare).rounded(.up)), 500)
            var factory = RuleFactory(situation: situation, hosts: hosts)
            rules = factory.rules(count: max(0, wanted), machines: &machines, using: &generator)
        }
        rules.sort { $0.id.utf8.count == $1.id.utf8.count ? $0.id < $1.id : $0.id.utf8.count < $1.id.utf8.count }
        return Cluster(
            name: name, takenAt: options.takenAt, hosts: hosts, vms: machines, rules: rules, links: hostFactory.links)
    }

    private func machines(
        for hosts: [Host], situation: Situation, using generator: inout some RandomNumberGenerator
    ) -> [VirtualMachine] {
        let open = hosts.filter { $0.state == .on }
        let factory = MachineFactory(options: options, situation: situation)
        var machines = factory.machines(
            capacityBytes: open.reduce(0) { $0 + Double($1.capacityMemoryBytes) },
            capacityCores: open.reduce(0) { $0 + $1.capacityCores },
            largestHostBytes: open.map { Double($0.capacityMemoryBytes) }.max() ?? 0,
            largestHostCores: open.map(\.capacityCores).max() ?? 0, using: &generator)
        factory.addProfiles(to: &machines, using: &generator)
        return machines
    }

    private func place(
        _ machines: inout [VirtualMachine], on hosts: [Host], situation: Situation,
        using generator: inout some RandomNumberGenerator
    ) {
        let slots = situation.profileShare > 0 ? 24 : 1
        var placement = StartPlacement(hosts: hosts, situation: situation, slots: slots, using: &generator)
        for index in machines.indices {
            if let host = placement.place(machines[index], using: &generator) {
                machines[index].host = hosts[host].id
            } else {
                machines[index].state = .stopped
                machines[index].demand = Demand(cpuCores: 0, memoryBytes: 0)
                machines[index].profile = nil
            }
        }
    }

    private func addTraits(
        to machines: inout [VirtualMachine], hosts: [Host], situation: Situation,
        using generator: inout some RandomNumberGenerator
    ) {
        let traits = MachineTraits(options: options, situation: situation)
        let byID = Dictionary(uniqueKeysWithValues: hosts.map { ($0.id, $0) })
        for index in machines.indices {
            let host = machines[index].host.flatMap { byID[$0] }
            traits.add(to: &machines[index], on: host, using: &generator)
        }
        traits.addRestless(to: &machines, using: &generator)
        traits.addBlockers(to: &machines, hosts: hosts)
    }
}
