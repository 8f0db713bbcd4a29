import ClusterModel

/// Decides the dimensions of a cluster and fills in loads and capacities.
///
/// A resource that no VM uses or no host limits has no column: fewer columns make every inner loop shorter.
struct LoadColumns {
    let dimensions: [Dimension]
    private let memoryCounting: MemoryCounting
    /// Profile slots that matter, ascending; empty when no VM has a profile.
    private let slots: [Int]

    init(cluster: Cluster, vms: [VirtualMachine], policy: Policy, startsAt: Timestamp) {
        memoryCounting = policy.memory
        let profile = vms.lazy.compactMap(\.profile).first { $0.slotCount > 0 }
        slots = profile.map { Self.slots(of: $0, startsAt: startsAt, horizonSeconds: policy.horizonSeconds) } ?? []
        let hasCPUProfile = vms.contains { !($0.profile?.cpuCores.isEmpty ?? true) }
        let hasMemoryProfile = policy.memory == .demand && vms.contains { !($0.profile?.memoryBytes.isEmpty ?? true) }
        var dimensions = (hasCPUProfile ? slots : [0]).map { Dimension(resource: .cpu, slot: $0) }
        dimensions += (hasMemoryProfile ? slots : [0]).map { Dimension(resource: .memory, slot: $0) }
        let hosts = cluster.hosts
        if hosts.contains(where: { $0.diskBytesPerSecond != nil }),
            vms.contains(where: { $0.demand.diskBytesPerSecond > 0 })
        {
            dimensions.append(Dimension(resource: .disk, slot: 0))
        }
        if hosts.contains(where: { $0.networkBitsPerSecond != nil }),
            vms.contains(where: { $0.demand.networkBitsPerSecond > 0 })
        {
            dimensions.append(Dimension(resource: .network, slot: 0))
        }
        if hosts.contains(where: { $0.localDiskBytes != nil }), vms.contains(where: { $0.localDiskBytes > 0 }) {
            dimensions.append(Dimension(resource: .localDisk, slot: 0))
        }
        self.dimensions = dimensions
    }

    /// The slots that a plan from `startsAt` to its horizon touches: all of them without a horizon.
    private static func slots(of profile: DemandProfile, startsAt: Timestamp, horizonSeconds: Double?) -> [Int] {
        let count = profile.slotCount
        guard let horizonSeconds, profile.slotSeconds > 0 else { return Array(0..<count) }
        let first = Int((startsAt.seconds(since: profile.start) / profile.slotSeconds).rounded(.down))
        let last = Int(
            ((startsAt.seconds(since: profile.start) + horizonSeconds) / profile.slotSeconds).rounded(.down))
        guard last - first + 1 < count else { return Array(0..<count) }
        return (first...last).map { (($0 % count) + count) % count }.sorted()
    }

    func loads(of vms: [VirtualMachine]) -> [Int64] {
        var loads: [Int64] = []
        loads.reserveCapacity(vms.count * dimensions.count)
        for vm in vms {
            for dimension in dimensions { loads.append(load(of: vm, in: dimension)) }
        }
        return loads
    }

    private func load(of vm: VirtualMachine, in dimension: Dimension) -> Int64 {
        let resource = dimension.resource
        if resource == .localDisk { return vm.localDiskBytes }
        if resource == .memory {
            if memoryCounting == .configured { return vm.memoryBytes }
            return resource.need(Self.value(vm.profile?.memoryBytes, dimension.slot) ?? vm.demand.memoryBytes)
        }
        guard vm.state == .running else { return 0 }
        switch resource {
        case .cpu: return resource.need(Self.value(vm.profile?.cpuCores, dimension.slot) ?? vm.demand.cpuCores)
        case .disk: return resource.need(vm.demand.diskBytesPerSecond)
        case .network: return resource.need(vm.demand.networkBitsPerSecond)
        case .memory, .localDisk: return 0
        }
    }

    private static func value(_ profile: [Double]?, _ slot: Int) -> Double? {
        guard let profile, slot < profile.count else { return nil }
        return profile[slot]
    }

    func capacities(of hosts: [Host], limits: ResourceLimits) -> [Int64] {
        var capacities: [Int64] = []
        capacities.reserveCapacity(hosts.count * dimensions.count)
        for host in hosts {
            for dimension in dimensions {
                let resource = dimension.resource
                switch resource {
                case .cpu: capacities.append(resource.limit(host.capacityCores * limits.cpu))
                case .memory: capacities.append(resource.limit(Double(host.capacityMemoryBytes) * limits.memory))
                case .disk:
                    capacities.append(
                        host.diskBytesPerSecond.map { resource.limit($0 * limits.disk) } ?? Resource.unlimited)
                case .network:
                    capacities.append(
                        host.networkBitsPerSecond.map { resource.limit($0 * limits.network) } ?? Resource.unlimited)
                case .localDisk: capacities.append(host.localDiskBytes ?? Resource.unlimited)
                }
            }
        }
        return capacities
    }
}
