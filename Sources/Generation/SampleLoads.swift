import ClusterModel
import Randomness

/// What a host uses with nothing on it.
struct HostLoad: Sendable {
    let cpuCores: Double
    let memoryBytes: Double

    init(_ host: Host) {
        cpuCores = (host.capacityCores * 0.01).thousandths
        memoryBytes = Double(host.reservedMemoryBytes)
    }

    func idleSample(entity: Int) -> GeneratedSample {
        GeneratedSample(
            entity: entity, cpuCores: cpuCores, memoryBytes: memoryBytes, diskBytesPerSecond: 20_000,
            networkBitsPerSecond: 50_000)
    }
}

/// How one VM behaves through the days.
struct MachineLoad: Sendable {
    let host: Int?
    let seed: UInt64
    /// Index into `DayShape.allCases`.
    let shape: Int
    /// By how many steps of a five-minute day it is earlier or later than others of its shape, as a share of the day.
    let phase: Double
    let peakCores: Double
    let mostCores: Double
    let usedBytes: Double
    let mostBytes: Double
    let diskBytesPerSecond: Double
    let networkBitsPerSecond: Double
    let isRunning: Bool

    private static let bursty = DayShape.allCases.firstIndex(of: .bursty) ?? 0

    init(_ machine: VirtualMachine, host: Int?, using generator: inout some RandomNumberGenerator) {
        self.host = host
        seed = generator.next()
        let shapes: [(element: DayShape, weight: Int)] = [(.day, 9), (.night, 4), (.flat, 4), (.bursty, 3)]
        let shape = generator.pick(weighted: shapes)
        self.shape = DayShape.allCases.firstIndex(of: shape) ?? 0
        // Up to an hour and a half either way.
        phase = generator.number(from: -1.5, to: 1.5) / 24
        isRunning = machine.state == .running
        mostCores = Double(machine.vcpus)
        // With the noise the 95th percentile of such a load lies near 0.95 of its peak.
        peakCores = min(max(machine.demand.cpuCores, machine.profile?.cpuCores.max() ?? 0), mostCores)
        usedBytes = max(machine.demand.memoryBytes, machine.profile?.memoryBytes.max() ?? 0)
        mostBytes = Double(machine.memoryBytes)
        diskBytesPerSecond = machine.demand.diskBytesPerSecond
        networkBitsPerSecond = machine.demand.networkBitsPerSecond
    }

    /// The next sample. `drift` is what the load remembers of its noise, `burst` how many steps a burst still lasts.
    func sample(
        entity: Int, at moment: Moment, tables: ShapeTables, stream: inout SplitMix64, drift: inout Double,
        burst: inout Int32
    ) -> GeneratedSample {
        guard isRunning else {
            return GeneratedSample(
                entity: entity, cpuCores: 0, memoryBytes: usedBytes, diskBytesPerSecond: 0, networkBitsPerSecond: 0)
        }
        var level = shapeLevel(at: moment, tables: tables)
        if shape == Self.bursty { level = bursting(level: level, stream: &stream, burst: &burst) }
        // Noise of the first order: 0.7 of it lasts to the next step.
        drift = 0.7 * drift + 0.04 * stream.noise()
        let share = max(0.01, level * (1 + drift)) * moment.growth
        let cores = min(peakCores * share, mostCores).thousandths
        let bytes = min(usedBytes * (0.75 + 0.25 * share) * (0.9 + 0.1 * moment.growth), mostBytes)
        return GeneratedSample(
            entity: entity, cpuCores: cores, memoryBytes: bytes.rounded(),
            diskBytesPerSecond: (diskBytesPerSecond * share).rounded(),
            networkBitsPerSecond: (networkBitsPerSecond * share).rounded())
    }

    private func shapeLevel(at moment: Moment, tables: ShapeTables) -> Double {
        let table = moment.isWeekend ? tables.weekend[shape] : tables.working[shape]
        let shifted = moment.slot + Int(phase * Double(table.count))
        let wrapped = shifted < 0 ? shifted + table.count : shifted >= table.count ? shifted - table.count : shifted
        return table[wrapped]
    }

    /// A burst begins once in 60 steps on average and lasts up to 12.
    private func bursting(level: Double, stream: inout SplitMix64, burst: inout Int32) -> Double {
        if burst > 0 {
            burst -= 1
            return 1
        }
        if stream.index(below: 60) == 0 { burst = Int32(1 + stream.index(below: 12)) }
        return level
    }
}
