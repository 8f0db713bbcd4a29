import ClusterModel

/// Makes the VMs of a cluster: their sizes, loads and profiles, which decide where they can stand.
struct MachineFactory {
    let options: ClusterOptions
    let situation: Situation

    /// GiB and how many VMs in 40 have them: many small, few large, as in the public traces of clouds.
    private static let memorySizes: [(element: Double, weight: Int)] = [
        (1, 5), (2, 8), (4, 10), (8, 8), (16, 5), (32, 3), (64, 1),
    ]
    private static let vcpuCounts: [(element: Int, weight: Int)] = [(1, 5), (2, 12), (4, 12), (8, 7), (12, 2), (16, 2)]

    /// VMs without a host whose memory and CPU fill the given capacity to the situation's shares.
    func machines(
        capacityBytes: Double, capacityCores: Double, largestHostBytes: Double, largestHostCores: Double,
        using generator: inout some RandomNumberGenerator
    ) -> [VirtualMachine] {
        var sizes: [Double] = []
        var vcpus: [Int] = []
        var loads: [Double] = []
        for _ in 0..<options.vms {
            sizes.append(generator.pick(weighted: Self.memorySizes))
            vcpus.append(generator.pick(weighted: Self.vcpuCounts))
            // The cube makes most VMs nearly idle and some busy.
            let draw = generator.unit()
            loads.append(Double(vcpus[vcpus.count - 1]) * (0.02 + 0.98 * draw * draw * draw))
        }
        let memoryScale = scale(sizes, to: capacityBytes * situation.memoryFill, most: largestHostBytes * 0.4)
        let cpuScale = scale(loads, to: capacityCores * situation.cpuFill, most: largestHostCores * 0.4)
        return (0..<options.vms).map { index in
            let bytes = min(sizes[index] * memoryScale, largestHostBytes * 0.4)
            let cores = min(loads[index] * cpuScale, largestHostCores * 0.4)
            let count = max(vcpus[index], Int(cores.rounded(.up)))
            return machine(index: index, bytes: bytes, cores: cores, vcpus: count, using: &generator)
        }
    }

    /// The factor by which the sizes add up to `total`, none beyond `most`.
    private func scale(_ sizes: [Double], to total: Double, most: Double) -> Double {
        let sum = sizes.reduce(0, +)
        guard sum > 0 else { return 0 }
        var factor = total / sum
        // Cutting the large ones lowers the sum; three rounds bring it back as far as it can be.
        for _ in 0..<3 {
            let reached = sizes.reduce(0) { $0 + min($1 * factor, most) }
            if reached > 0 { factor *= min(total / reached, 4) }
        }
        return factor
    }

    private func machine(
        index: Int, bytes: Double, cores: Double, vcpus: Int, using generator: inout some RandomNumberGenerator
    ) -> VirtualMachine {
        // Down to 256 MiB, as operators size guests, so that a sum never exceeds what was planned.
        let step = 256 * mebibyte
        let memory = max(Int64(bytes) / step * step, step)
        let state = state(using: &generator)
        let used = situation.hasTopology ? generator.number(from: 0.4, to: 0.98) : 1
        let demand: Demand
        switch state {
        case .running:
            demand = Demand(
                cpuCores: cores.thousandths, memoryBytes: (Double(memory) * used).rounded(),
                diskBytesPerSecond: (50_000 + 1e7 * Self.cubed(generator.unit())).rounded(),
                networkBitsPerSecond: (100_000 + 6e7 * Self.cubed(generator.unit())).rounded())
        case .paused: demand = Demand(cpuCores: 0, memoryBytes: (Double(memory) * used).rounded())
        case .stopped: demand = Demand(cpuCores: 0, memoryBytes: 0)
        }
        return VirtualMachine(
            id: identifier("v", index + 1, of: options.vms), host: nil, state: state, vcpus: vcpus,
            memoryBytes: memory, demand: demand)
    }

    private func state(using generator: inout some RandomNumberGenerator) -> VirtualMachine.State {
        let draw = generator.unit()
        if draw < situation.pausedShare { return .paused }
        return draw < situation.pausedShare + situation.stoppedShare ? .stopped : .running
    }

    private static func cubed(_ number: Double) -> Double { number * number * number }

    // MARK: - Profiles

    /// Gives some running VMs a profile of 24 hours of which `demand` was the peak; `demand` becomes the load at the
    /// cluster's moment.
    func addProfiles(to machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator) {
        guard situation.profileShare > 0 else { return }
        let shapes: [(element: DayShape, weight: Int)] = [(.day, 5), (.night, 3), (.flat, 2)]
        let second = options.takenAt.secondsSinceEpoch
        let midnight = second - ((second % 86400) + 86400) % 86400
        let now = Int((second - midnight) / 3600)
        for index in machines.indices
        where machines[index].state == .running && generator.chance(situation.profileShare) {
            let levels = generator.pick(weighted: shapes).table(stepSeconds: 3600, isWeekend: false)
            let peak = machines[index].demand
            let cores = levels.map { (peak.cpuCores * $0 * generator.number(from: 0.92, to: 1)).thousandths }
            let bytes = levels.map { (peak.memoryBytes * (0.7 + 0.3 * $0)).rounded() }
            machines[index].profile = DemandProfile(
                slotSeconds: 3600, start: Timestamp(secondsSinceEpoch: midnight), cpuCores: cores, memoryBytes: bytes)
            machines[index].demand.cpuCores = cores[now]
            machines[index].demand.memoryBytes = bytes[now]
        }
    }
}
