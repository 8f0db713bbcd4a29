/// Something an agent measures, with a number that stands for it on the wire for ever.
public protocol Metric: RawRepresentable<Int>, CaseIterable, Hashable, Sendable {
    /// The largest raw value in use. Numbers start at 1.
    static var highestNumber: Int { get }
}

extension Metric {
    /// The name with its unit, `cpuBusyCores`: also the column's name in the agent's own SQLite file.
    public var name: String { String(describing: self) }
}

/// What is measured of a host. Rates are means over the sample's interval; sizes are those at its end.
public enum HostMetric: Int, Metric {
    /// CPUs online.
    case cpuCores = 1
    /// Cores kept busy by anything, guests included; neither idle nor waiting for I/O nor stolen.
    case cpuBusyCores = 2
    /// The part of `cpuBusyCores` that ran guests' own instructions.
    case cpuGuestCores = 3
    /// Cores idle while I/O was under way.
    case cpuIOWaitCores = 4
    /// Cores that a hypervisor beneath this host kept from it.
    case cpuStealCores = 5
    case memoryTotalBytes = 6
    /// Total less available: what could not be handed out without swapping.
    case memoryUsedBytes = 7
    case memoryAvailableBytes = 8
    case swapUsedBytes = 9
    case diskReadBytesPerSecond = 10
    case diskWriteBytesPerSecond = 11
    case networkReceivedBitsPerSecond = 12
    case networkSentBitsPerSecond = 13
    /// Share of the interval in which at least one task waited for a CPU (pressure stall information).
    case cpuPressureSomeFraction = 14
    /// Share of the interval in which all tasks waited.
    case cpuPressureFullFraction = 15
    case memoryPressureSomeFraction = 16
    case memoryPressureFullFraction = 17
    case ioPressureSomeFraction = 18
    case ioPressureFullFraction = 19
    /// All CPU packages together, by RAPL.
    case packageWatts = 20
    /// All memory that RAPL measures apart from the packages.
    case dramWatts = 21
    /// What the control group that holds all guests (`machine.slice`, `qemu.slice`) used.
    case guestGroupCPUCores = 22
    case guestGroupMemoryBytes = 23

    public static let highestNumber = 23
}

/// What is measured of a virtual machine, from outside it.
public enum VirtualMachineMetric: Int, Metric {
    /// Cores used by the machine's process, guest and emulation together.
    case cpuCores = 1
    /// Host memory that backs the machine's process.
    case residentBytes = 2
    /// What the process was started with.
    case configuredMemoryBytes = 3
    case configuredVCPUs = 4
    case diskReadBytesPerSecond = 5
    case diskWriteBytesPerSecond = 6
    /// Seen from the guest: what arrived in it.
    case networkReceivedBitsPerSecond = 7
    case networkSentBitsPerSecond = 8
    /// Working set that the guest rewrites; only where something measured it.
    case dirtyHotBytes = 9
    /// Rate at which the guest writes into its working set; only where something measured it.
    case dirtyBytesPerSecond = 10
    /// What the machine's own control group used: with kernel threads that work for it, which its process does not
    /// count.
    case groupCPUCores = 11
    case groupMemoryBytes = 12
    /// What the balloon leaves the guest of its configured memory.
    case balloonBytes = 13
    /// What the guest itself says it could not give up without swapping; needs its balloon driver.
    case guestUsedBytes = 14

    public static let highestNumber = 14
}
