import ClusterModel

/// What a VM asks of its host, chosen from what the host at the start offers, so that every start is valid; and how it
/// can move.
struct MachineTraits {
    let options: ClusterOptions
    let situation: Situation

    private static let services = ["web", "mail", "build", "desktop", "cache", "batch"]
    private static let pauses = [100.0, 300, 500, 1000]

    func add(to machine: inout VirtualMachine, on host: Host?, using generator: inout some RandomNumberGenerator) {
        guard situation.hasTopology else { return }
        addRequirements(to: &machine, on: host, using: &generator)
        if generator.chance(0.6) { machine.labels["service"] = generator.pick(Self.services) }
        if generator.chance(0.5) { machine.maxDowntimeMilliseconds = generator.pick(Self.pauses) }
        if generator.chance(0.3) { machine.priority = generator.pick([5, 10]) }
        if generator.chance(0.1) { machine.restartOnFailure = false }
        if generator.chance(situation.dirtyShare) { machine.dirty = dirtyRate(of: machine, using: &generator) }
        if generator.chance(situation.recentlyMovedShare) {
            let seconds = 60 * generator.number(from: 5, to: 6 * 24 * 60).rounded()
            machine.lastMigratedAt = options.takenAt.adding(seconds: -seconds)
        }
        addMigration(to: &machine, using: &generator)
    }

    private func addRequirements(
        to machine: inout VirtualMachine, on host: Host?, using generator: inout some RandomNumberGenerator
    ) {
        machine.architecture = "x86_64"
        let stores = host?.datastores ?? ["metro"]
        if generator.chance(0.8) {
            // The first store is the site's: most VMs are on it. A store of one host alone is for `evacuate` to use.
            let shared = stores.filter { !$0.hasPrefix("local-") }
            machine.datastores = [generator.chance(0.5) ? shared[0] : generator.pick(shared)]
        }
        if generator.chance(0.8) { machine.networks = [generator.pick(host?.networks ?? ["vlan10"])] }
        let features = host?.cpuFeatures ?? []
        switch generator.unit() {
        case ..<0.25: if features.contains("avx2") { machine.cpuFeatures = ["avx2"] }
        case ..<0.30: if features.contains("avx512f") { machine.cpuFeatures = ["avx2", "avx512f"] }
        case ..<0.34: machine.cpuModel = host?.cpuModel
        default: break
        }
    }

    /// A working set of 1 to 25 % of what the VM uses, rewritten at up to 250 MB/s.
    private func dirtyRate(
        of machine: VirtualMachine, using generator: inout some RandomNumberGenerator
    ) -> DirtyRate? {
        guard machine.state == .running else { return nil }
        let draw = generator.unit()
        return DirtyRate(
            hotBytes: (machine.demand.memoryBytes * generator.number(from: 0.01, to: 0.25)).rounded(),
            bytesPerSecond: (1e6 + 2.5e8 * draw * draw).rounded())
    }

    private func addMigration(to machine: inout VirtualMachine, using generator: inout some RandomNumberGenerator) {
        let draw = generator.unit()
        if draw < situation.fixedShare {
            machine.migration = .none
            machine.migrationReason = "passthrough"
        } else if draw < situation.fixedShare + situation.coldShare {
            machine.migration = .cold
            machine.migrationReason = generator.pick(["guest without a migratable clock", "old machine type"])
        } else if draw < situation.fixedShare + situation.coldShare + situation.localDiskShare {
            machine.localDiskBytes = Int64(generator.number(from: 20, to: 200)) * 1_000_000_000
        }
    }

    /// Gives the situation's restless VMs hot sets that are rewritten faster than 25 Gbit/s (the first) or than
    /// 10 Gbit/s only (the second): of 3.1 and 1.25 GB/s on the wire.
    func addRestless(to machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator) {
        guard situation.restlessVMs > 0 else { return }
        let running = generator.shuffled(machines.indices.filter { machines[$0].state == .running })
        for (position, index) in running.prefix(2 * situation.restlessVMs).enumerated() {
            let rate = position < situation.restlessVMs ? 4e9 : 1.8e9
            machines[index].migration = .live
            machines[index].migrationReason = nil
            machines[index].dirty = DirtyRate(
                hotBytes: (machines[index].demand.memoryBytes * 0.4).rounded(),
                bytesPerSecond: (rate * generator.number(from: 1, to: 1.2)).rounded())
        }
    }

    /// On the first host of the maintenance window one VM is passed through and one stands on a store of this host.
    func addBlockers(to machines: inout [VirtualMachine], hosts: [Host]) {
        guard let host = hosts.first(where: { $0.labels["window"] != nil }) else { return }
        let residents = machines.indices.filter { machines[$0].host == host.id && machines[$0].state == .running }
        if let first = residents.first {
            machines[first].migration = .none
            machines[first].migrationReason = "passthrough"
        }
        if residents.count > 1 {
            machines[residents[1]].migration = .live
            machines[residents[1]].migrationReason = nil
            machines[residents[1]].datastores = ["local-\(host.id)"]
        }
    }
}
