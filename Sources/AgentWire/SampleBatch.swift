/// Names one batch for ever: the receiver stores each identity once, however often the batch arrives.
public struct BatchIdentity: Sendable, Hashable {
    /// 16 random bytes as 32 lower-case hexadecimal digits, drawn anew by every start of an agent.
    public let agentInstance: String
    /// 1, 2, 3 ... within the instance.
    public let sequence: UInt64

    public init(agentInstance: String, sequence: UInt64) {
        self.agentInstance = agentInstance
        self.sequence = sequence
    }
}

extension BatchIdentity: CustomStringConvertible {
    public var description: String { "\(agentInstance)-\(sequence)" }
}

/// What one agent sends at a time.
public struct SampleBatch: Sendable, Hashable {
    public let identity: BatchIdentity
    /// The host's id in the inventory. The receiver checks it against the sender's token.
    public let host: String
    /// The cluster's name when the agent was told one.
    public let cluster: String?
    /// The kernel's boot id when it is known: tells a restart of the host from a gap.
    public let bootID: String?
    public let hostSamples: [HostSample]
    public let virtualMachineSamples: [VirtualMachineSample]

    public init(
        identity: BatchIdentity, host: String, cluster: String? = nil, bootID: String? = nil,
        hostSamples: [HostSample], virtualMachineSamples: [VirtualMachineSample]
    ) {
        self.identity = identity
        self.host = host
        self.cluster = cluster
        self.bootID = bootID
        self.hostSamples = hostSamples
        self.virtualMachineSamples = virtualMachineSamples
    }
}

/// One look at a host.
public struct HostSample: Sendable, Hashable {
    /// The end of the interval, UTC, since 1970.
    public let timestampMilliseconds: Int64
    /// What the rates are means over, by the monotonic clock; 0 in a first sample, which has no rates.
    public let intervalMilliseconds: UInt32
    public let readings: Readings<HostMetric>
    /// Busy share of each CPU that is online, in the kernel's order; empty in a first sample.
    public let cpuBusyFractions: [Double]

    public init(
        timestampMilliseconds: Int64, intervalMilliseconds: UInt32, readings: Readings<HostMetric>,
        cpuBusyFractions: [Double] = []
    ) {
        self.timestampMilliseconds = timestampMilliseconds
        self.intervalMilliseconds = intervalMilliseconds
        self.readings = readings
        self.cpuBusyFractions = cpuBusyFractions
    }
}

/// One look at a virtual machine from its host.
public struct VirtualMachineSample: Sendable, Hashable {
    public let timestampMilliseconds: Int64
    public let intervalMilliseconds: UInt32
    /// What the platform calls the machine; its id in the inventory.
    public let name: String
    /// 8-4-4-4-12 lower-case hexadecimal digits, when the machine's process says it.
    public let uuid: String?
    public let readings: Readings<VirtualMachineMetric>

    public init(
        timestampMilliseconds: Int64, intervalMilliseconds: UInt32, name: String, uuid: String? = nil,
        readings: Readings<VirtualMachineMetric>
    ) {
        self.timestampMilliseconds = timestampMilliseconds
        self.intervalMilliseconds = intervalMilliseconds
        self.name = name
        self.uuid = uuid
        self.readings = readings
    }
}
