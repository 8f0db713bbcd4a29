/// A running virtual machine as the hypervisor's management tells of it: libvirt's bulk statistics, as values.
public struct DomainRecord: Sendable, Hashable {
    public let name: String
    public let uuid: String
    /// Changes whenever the machine starts here, also by an incoming migration: its counters begin anew then.
    public let runID: UInt32
    /// Whole numbers by libvirt's names (`cpu.time`, `balloon.current`, `net.0.rx.bytes`).
    public let values: [String: UInt64]

    public init(name: String, uuid: String, runID: UInt32, values: [String: UInt64]) {
        self.name = name
        self.uuid = uuid
        self.runID = runID
        self.values = values
    }

    /// Whether it stands still here because it runs on another host, or will: it is counted where it runs.
    ///
    /// `VIR_DOMAIN_PAUSED` for the reason `MIGRATION` (coming, or at its last pages), `STARTING_UP`, or `POSTCOPY`.
    var isElsewhere: Bool {
        values["state.state"] == 3 && [2, 11, 12].contains(values["state.reason"])
    }

    /// A size that libvirt gives in KiB.
    func bytes(_ name: String) -> Double? { values[name].map { Double($0) * 1024 } }

    /// A counter summed over devices (`block.0.rd.bytes`, `block.1.rd.bytes`); `nil` without devices, or when one of
    /// them does not tell.
    func sum(_ device: String, _ counter: String) -> UInt64? {
        guard let count = values["\(device).count"], count > 0, count <= 1000 else { return nil }
        var sum: UInt64 = 0
        for number in 0..<count {
            guard let value = values["\(device).\(number).\(counter)"] else { return nil }
            sum = sum.addingClamped(value)
        }
        return sum
    }
}

/// What libvirt had to say when a round began.
public enum DomainsAnswer: Sendable, Hashable {
    /// Nobody asked it: virtual machines are those of /proc.
    case notAsked
    /// It did not answer. Virtual machines are those of /proc that it told of before; all of them if it never answered
    /// and was not named by the operator.
    case silent(known: Set<String>?)
    /// All running virtual machines, read at this moment of the monotonic clock; and what was found of how they dirty
    /// their memory since the last round, by uuid.
    case answered(records: [DomainRecord], nanoseconds: UInt64, dirtyMemory: [String: DirtyMemory])
}

/// How a guest dirties its memory.
public struct DirtyMemory: Sendable, Hashable {
    public let hotBytes: Double
    public let bytesPerSecond: Double

    public init(hotBytes: Double, bytesPerSecond: Double) {
        self.hotBytes = hotBytes
        self.bytesPerSecond = bytesPerSecond
    }
}
