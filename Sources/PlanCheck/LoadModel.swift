import ClusterModel

/// What each VM adds to its host, and what each host has: worked out here from the cluster alone.
///
/// A load is a row of numbers: CPU per slot, memory per slot, disk, network, local disk. A cluster without profiles
/// has one slot. Rows are added up from the profiles where they stand, so that a month of history is not copied per
/// VM.
struct LoadModel: Sendable {
    /// Relative slack of every comparison with a limit: rounding of sums, and nothing else.
    static let slack = 1e-9

    let cpuSlots: Int
    let memorySlots: Int
    private let vms: [VirtualMachine]
    private let memory: MemoryCounting
    private let window: SlotWindow.Grid

    init(cluster: Cluster, plan: Plan) {
        vms = cluster.vms
        memory = plan.policy.memory
        let counting = cluster.vms.filter { $0.state != .stopped }
        let profiles = counting.compactMap(\.profile)
        let running = counting.filter { $0.state == .running }.compactMap(\.profile)
        cpuSlots = max(1, running.map(\.cpuCores.count).max() ?? 1)
        memorySlots = memory == .configured ? 1 : max(1, profiles.map(\.memoryBytes.count).max() ?? 1)
        let grid = profiles.first { $0.slotCount > 0 }
        window = SlotWindow.Grid(
            startsAt: plan.startsAt, profileStart: grid?.start ?? plan.startsAt, slotSeconds: grid?.slotSeconds ?? 1,
            horizonSeconds: plan.policy.horizonSeconds)
    }

    /// Whether a load is more than its limit; so is one that is not a number.
    static func exceeds(_ load: Double, _ limit: Double) -> Bool { !(load <= limit + abs(limit) * slack) }

    /// Numbers in a row.
    var width: Int { cpuSlots + memorySlots + 3 }

    func resource(of index: Int) -> Violation.Resource {
        switch index {
        case ..<cpuSlots: .cpu
        case ..<(cpuSlots + memorySlots): .memory
        case cpuSlots + memorySlots: .disk
        case cpuSlots + memorySlots + 1: .network
        default: .localDisk
        }
    }

    /// The slot that a number of a row is for; `nil` when its resource has only one.
    func slot(of index: Int) -> Int? {
        if index < cpuSlots { return cpuSlots > 1 ? index : nil }
        return index < cpuSlots + memorySlots && memorySlots > 1 ? index - cpuSlots : nil
    }

    // MARK: Loads

    /// Adds `sign` times what a VM counts with, in every slot.
    func add(_ vm: Int, sign: Double = 1, to row: inout [Double]) {
        let machine = vms[vm]
        guard machine.state != .stopped else { return }
        let tail = cpuSlots + memorySlots
        if machine.state == .running {
            Self.add(
                machine.profile?.cpuCores ?? [], else: machine.demand.cpuCores, sign: sign, to: &row, from: 0,
                count: cpuSlots)
            row[tail] += sign * machine.demand.diskBytesPerSecond
            row[tail + 1] += sign * machine.demand.networkBitsPerSecond
        }
        switch memory {
        case .configured: row[cpuSlots] += sign * Double(machine.memoryBytes)
        case .demand:
            Self.add(
                machine.profile?.memoryBytes ?? [], else: machine.demand.memoryBytes, sign: sign, to: &row,
                from: cpuSlots, count: memorySlots)
        }
        row[tail + 2] += sign * Double(machine.localDiskBytes)
    }

    private static func add(
        _ profile: [Double], else demand: Double, sign: Double, to row: inout [Double], from first: Int, count: Int
    ) {
        if profile.count == count {
            for slot in 0..<count { row[first + slot] += sign * profile[slot] }
        } else {
            // Without a profile the demand holds in each slot; a profile on another grid, which no valid document has,
            // counts with its maximum.
            let value = profile.max() ?? demand
            for slot in 0..<count { row[first + slot] += sign * value }
        }
    }

    /// One number of a VM's row.
    func load(of vm: Int, at index: Int) -> Double {
        let machine = vms[vm]
        guard machine.state != .stopped else { return 0 }
        let runs = machine.state == .running
        func pick(_ profile: [Double]?, _ demand: Double, _ slot: Int, _ count: Int) -> Double {
            guard let profile, !profile.isEmpty else { return demand }
            return profile.count == count ? profile[slot] : profile.max() ?? demand
        }
        switch resource(of: index) {
        case .cpu: return runs ? pick(machine.profile?.cpuCores, machine.demand.cpuCores, index, cpuSlots) : 0
        case .memory:
            if memory == .configured { return Double(machine.memoryBytes) }
            let slot = index - cpuSlots
            return pick(machine.profile?.memoryBytes, machine.demand.memoryBytes, slot, memorySlots)
        case .disk: return runs ? machine.demand.diskBytesPerSecond : 0
        case .network: return runs ? machine.demand.networkBitsPerSecond : 0
        case .localDisk: return Double(machine.localDiskBytes)
        }
    }

    /// The sum over VMs.
    func total(of vms: [Int]) -> [Double] {
        var row = [Double](repeating: 0, count: width)
        for vm in vms { add(vm, to: &row) }
        return row
    }

    // MARK: What a host has

    /// The most of each resource that may be used, at the given fractions of capacity; infinite where nothing is
    /// said.
    func room(of host: Host, limits: ResourceLimits) -> [Violation.Resource: Double] {
        [
            .cpu: host.capacityCores * limits.cpu,
            .memory: (Double(host.memoryBytes) - Double(host.reservedMemoryBytes)) * limits.memory,
            .disk: host.diskBytesPerSecond.map { $0 * limits.disk } ?? .infinity,
            .network: host.networkBitsPerSecond.map { $0 * limits.network } ?? .infinity,
            .localDisk: host.localDiskBytes.map { Double($0) } ?? .infinity,
        ]
    }

    /// The same as a row.
    func roomRow(of host: Host, limits: ResourceLimits) -> [Double] {
        let room = room(of: host, limits: limits)
        return (0..<width).map { room[resource(of: $0)] ?? .infinity }
    }

    /// The numbers of a row that must fit for something that starts so many seconds after the plan.
    func mustFit(from startSeconds: Double) -> [Int] {
        let cpu = window.slots(from: startSeconds, of: cpuSlots)
        let bytes = window.slots(from: startSeconds, of: memorySlots).map { $0 + cpuSlots }
        return cpu + bytes + [width - 3, width - 2, width - 1]
    }
}
