internal import ClusterModel

/// What a VM takes, per resource; CPU and memory per slot that must fit.
struct Need: Sendable {
    var cpuCores: [Double]
    var memoryBytes: [Double]
    var diskBytesPerSecond: Double
    var networkBitsPerSecond: Double
    var localDiskBytes: Double

    /// Nothing, in as many slots as count in `view`.
    static func none(in view: ClusterView) -> Need {
        let count = view.slots?.count ?? 1
        return Need(
            cpuCores: Array(repeating: 0, count: count), memoryBytes: Array(repeating: 0, count: count),
            diskBytesPerSecond: 0, networkBitsPerSecond: 0, localDiskBytes: 0)
    }

    init(
        cpuCores: [Double], memoryBytes: [Double], diskBytesPerSecond: Double, networkBitsPerSecond: Double,
        localDiskBytes: Double
    ) {
        self.cpuCores = cpuCores
        self.memoryBytes = memoryBytes
        self.diskBytesPerSecond = diskBytesPerSecond
        self.networkBitsPerSecond = networkBitsPerSecond
        self.localDiskBytes = localDiskBytes
    }

    /// A running VM holds everything, a paused one memory, a stopped one its local disk only.
    init(of vm: VirtualMachine, in view: ClusterView) {
        self = .none(in: view)
        localDiskBytes = Double(vm.localDiskBytes)
        guard vm.state != .stopped else { return }
        let runs = vm.state == .running
        for position in cpuCores.indices {
            let slot = view.slots?[position]
            if runs { cpuCores[position] = Self.value(slot, vm.profile?.cpuCores, else: vm.demand.cpuCores) }
            switch view.policy.memory {
            case .configured: memoryBytes[position] = Double(vm.memoryBytes)
            case .demand:
                memoryBytes[position] = Self.value(slot, vm.profile?.memoryBytes, else: vm.demand.memoryBytes)
            }
        }
        guard runs else { return }
        diskBytesPerSecond = vm.demand.diskBytesPerSecond
        networkBitsPerSecond = vm.demand.networkBitsPerSecond
    }

    private static func value(_ slot: Int?, _ profile: [Double]?, else demand: Double) -> Double {
        guard let slot, let profile, slot < profile.count else { return demand }
        return profile[slot]
    }

    static func += (left: inout Need, right: Need) {
        for slot in left.cpuCores.indices where slot < right.cpuCores.count {
            left.cpuCores[slot] += right.cpuCores[slot]
            left.memoryBytes[slot] += right.memoryBytes[slot]
        }
        left.diskBytesPerSecond += right.diskBytesPerSecond
        left.networkBitsPerSecond += right.networkBitsPerSecond
        left.localDiskBytes += right.localDiskBytes
    }
}

extension ClusterView {
    /// Sums of decimal fractions may exceed a limit that they meet exactly by this share of it.
    static let tolerance = 1e-9

    /// The resource that a host lacks for one more VM, `nil` when it fits within the policy's limits.
    ///
    /// A VM that adds nothing of a resource fits however full the host is.
    func lackingResource(for vm: VirtualMachine, on host: Host) -> String? {
        let need = Need(of: vm, in: self)
        var used = Need.none(in: self)
        for resident in residents[host.id] ?? [] where resident != vm.id {
            if let machine = vms[resident] { used += Need(of: machine, in: self) }
        }
        let limits = policy.limits
        let cores = host.capacityCores * limits.cpu
        let bytes = Double(host.capacityMemoryBytes) * limits.memory
        for slot in need.cpuCores.indices {
            if exceeds(need.cpuCores[slot], used.cpuCores[slot], cores) { return "cpu" }
            if exceeds(need.memoryBytes[slot], used.memoryBytes[slot], bytes) { return "memory" }
        }
        let disk = host.diskBytesPerSecond.map { $0 * limits.disk }
        let network = host.networkBitsPerSecond.map { $0 * limits.network }
        if exceeds(need.diskBytesPerSecond, used.diskBytesPerSecond, disk) { return "disk" }
        if exceeds(need.networkBitsPerSecond, used.networkBitsPerSecond, network) { return "network" }
        if exceeds(need.localDiskBytes, used.localDiskBytes, host.localDiskBytes.map(Double.init)) {
            return "localDisk"
        }
        return nil
    }

    private func exceeds(_ need: Double, _ used: Double, _ limit: Double?) -> Bool {
        guard let limit, need > 0 else { return false }
        return used + need > limit * (1 + Self.tolerance)
    }
}
