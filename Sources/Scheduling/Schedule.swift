public import ClusterModel

/// Steps in time, and what could not be put among them.
public struct Schedule: Sendable {
    /// Sorted by start; identifiers `s1`, `s2` ... in that order.
    public var steps: [PlanStep]
    public var dropped: [DroppedMove]
    public var droppedSwitches: [DroppedSwitch]
    /// What became of the deadlines that were asked for, by host index.
    public var deadlines: [HostDeadline]
    /// Host index of each packed VM when all steps are done.
    public var final: [Int32]
    public var makespanSeconds: Double
    /// No schedule is shorter that takes the VMs that go straight here straight, at their paths' full bandwidth.
    public var lowerBoundSeconds: Double
}

/// A deadline that was asked for, and when the host will be empty.
public struct HostDeadline: Sendable, Hashable {
    /// Index of the host.
    public var host: Int
    public var deadlineSeconds: Double
    /// When the last VM that is to leave has left; `nil` when one of them never does.
    public var emptyAtSeconds: Double?

    public var isMissed: Bool { emptyAtSeconds.map { $0 > deadlineSeconds } ?? true }
}

/// A move that was asked for and is not in the schedule; the VM stays where it was.
public struct DroppedMove: Sendable, Hashable {
    /// Packed VM.
    public var vm: Int
    /// Index of the host that it was to reach.
    public var host: Int
    /// Where it is at the end: at home, or on the way-station where it is stuck.
    public var staysOn: Int
    public var reasons: [Refusal.Reason]
}

/// A host that was to be switched and keeps its state.
public struct DroppedSwitch: Sendable, Hashable {
    /// Index of the host.
    public var host: Int
    public var reasons: [Refusal.Reason]
}
