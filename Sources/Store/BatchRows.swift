import AgentWire
import ClusterModel
import Forecasting

/// An agent's batch as rows of the store's own metrics.
struct BatchRows {
    let samples: [SampleRow]

    init(_ batch: SampleBatch, cpuSpeed: Double) {
        var guestCores: [Int64: Double] = [:]
        var rows: [SampleRow] = []
        rows.reserveCapacity(batch.hostSamples.count + batch.virtualMachineSamples.count)
        for sample in batch.virtualMachineSamples {
            let values = Self.values(of: sample.readings, cpuSpeed: cpuSpeed)
            if let cores = values[.cpuCores] { guestCores[sample.timestampMilliseconds, default: 0] += cores }
            Self.add(.vm, sample.name, sample.timestampMilliseconds, values, to: &rows)
        }
        for sample in batch.hostSamples {
            let values = Self.values(
                of: sample.readings, guestCores: guestCores[sample.timestampMilliseconds], cpuSpeed: cpuSpeed)
            Self.add(.host, batch.host, sample.timestampMilliseconds, values, to: &rows)
        }
        samples = rows
    }

    /// A first sample has no rates, and may have nothing that is kept here.
    private static func add(
        _ kind: EntityKind, _ name: String, _ at: Int64, _ values: SampleValues, to rows: inout [SampleRow]
    ) {
        guard values.isSound else { return }
        rows.append(SampleRow(kind: kind, name: name, at: Timestamp(millisecondsSinceEpoch: at), values: values))
    }

    private static func values(
        of readings: Readings<VirtualMachineMetric>, cpuSpeed: Double
    ) -> SampleValues {
        var values = SampleValues()
        // The control group also counts the kernel's threads that work for the VM.
        values[.cpuCores] = (readings[.groupCPUCores] ?? readings[.cpuCores]).map { $0 * cpuSpeed }
        values[.memoryBytes] = readings[.residentBytes] ?? readings[.groupMemoryBytes]
        values[.diskBytesPerSecond] = sum(readings[.diskReadBytesPerSecond], readings[.diskWriteBytesPerSecond])
        values[.networkBitsPerSecond] = sum(
            readings[.networkReceivedBitsPerSecond], readings[.networkSentBitsPerSecond])
        values[.hotBytes] = readings[.dirtyHotBytes]
        values[.dirtyBytesPerSecond] = readings[.dirtyBytesPerSecond]
        return values
    }

    /// What a host uses beside its guests is what is busy less what the guests' samples of the same moment add up to;
    /// without such samples, less what the kernel counts as guests'.
    private static func values(
        of readings: Readings<HostMetric>, guestCores: Double?, cpuSpeed: Double
    ) -> SampleValues {
        var values = SampleValues()
        let busy = readings[.cpuBusyCores].map { $0 * cpuSpeed }
        let guests = guestCores ?? (readings[.cpuGuestCores] ?? 0) * cpuSpeed
        values[.cpuCores] = busy
        values[.overheadCores] = busy.map { max(0, $0 - guests) }
        values[.memoryBytes] = readings[.memoryUsedBytes]
        values[.diskBytesPerSecond] = sum(readings[.diskReadBytesPerSecond], readings[.diskWriteBytesPerSecond])
        values[.networkBitsPerSecond] = sum(
            readings[.networkReceivedBitsPerSecond], readings[.networkSentBitsPerSecond])
        values[.powerWatts] = sum(readings[.packageWatts], readings[.dramWatts])
        values[.cpuStealCores] = readings[.cpuStealCores].map { $0 * cpuSpeed }
        values[.cpuIOWaitCores] = readings[.cpuIOWaitCores].map { $0 * cpuSpeed }
        values[.cpuPressureFraction] = readings[.cpuPressureSomeFraction]
        values[.memoryPressureFraction] = readings[.memoryPressureSomeFraction]
        values[.ioPressureFraction] = readings[.ioPressureSomeFraction]
        values[.swapUsedBytes] = readings[.swapUsedBytes]
        return values
    }

    /// The sum of what is known; `nil` when neither is.
    private static func sum(_ first: Double?, _ second: Double?) -> Double? {
        first == nil && second == nil ? nil : (first ?? 0) + (second ?? 0)
    }
}
