/// What is sampled of a host or a VM. The raw value is the column in which the store keeps it, so it never changes.
public enum SeriesMetric: Int, Sendable, Hashable, CaseIterable {
    /// CPU used, in reference cores.
    case cpuCores = 0
    /// Memory used, in bytes.
    case memoryBytes = 1
    /// Reads and writes together.
    case diskBytesPerSecond = 2
    /// Received and sent together.
    case networkBitsPerSecond = 3
    /// Working set that a VM rewrites.
    case hotBytes = 4
    /// Rate at which a VM rewrites its memory.
    case dirtyBytesPerSecond = 5
    /// CPU that a host used beside its VMs, in reference cores.
    case overheadCores = 6
    /// What a host drew.
    case powerWatts = 7
    /// Cores that a hypervisor beneath a host kept from it.
    case cpuStealCores = 8
    /// Cores of a host that were idle while I/O was under way.
    case cpuIOWaitCores = 9
    /// Share of the time in which some task of a host waited for CPU, memory, I/O.
    case cpuPressureFraction = 10
    case memoryPressureFraction = 11
    case ioPressureFraction = 12
    case swapUsedBytes = 13

    /// The name in CSV files and messages, which is that of the case.
    public var name: String { String(describing: self) }

    public init?(name: some StringProtocol) {
        guard let metric = SeriesMetric.allCases.first(where: { $0.name == name }) else { return nil }
        self = metric
    }
}

/// What a series of samples is about.
public enum EntityKind: Int, Sendable, Hashable, CaseIterable {
    case host = 1
    case vm = 2

    /// The name in CSV files and messages.
    public var name: String {
        switch self {
        case .host: "host"
        case .vm: "vm"
        }
    }

    public init?(name: some StringProtocol) {
        guard let kind = EntityKind.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}
