public import ClusterModel

/// Steps in time, and what could not be put among them.
public struct Schedule: Sendable {
    /// Sorted by start; identifiers `s1`, `s2` ... in that order.
    public var steps: [PlanStep]
    public var dropped: [DroppedMove]
    public var droppedSwitches: [DroppedSwitch]
    /// Host index of each packed VM when all steps are done.
    public var final: [Int32]
    public var makespanSeconds: Double
    /// No schedule of these moves at their paths' full bandwidth is shorter.
    public var lowerBoundSeconds: Double
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
