public import ClusterModel
public import Placement

/// What is to be put into an order and on a clock: where every VM is to be, and which hosts are switched.
public struct ScheduleRequest: Sendable {
    public var packed: PackedCluster
    /// Host index of each packed VM at the end; the home of those that stay.
    public var target: [Int32]
    /// Hosts to switch on before anything moves there.
    public var powerOn: [Int]
    /// Hosts to switch off once they are empty.
    public var powerOff: [Int]
    /// Hosts to put into maintenance once they are empty.
    public var enterMaintenance: [Int]
    /// Hosts to take out of maintenance before anything moves there.
    public var exitMaintenance: [Int]
    /// What the order is to be good at; the policy's by default. Deadlines come before it.
    public var objective: SchedulePolicy.Objective
    /// For `firstEmpty`: indices of the hosts to empty, the most urgent first. When empty, the hosts that close: the
    /// one with the least to move first.
    public var emptyFirst: [Int] = []
    /// By host index: until when the last VM that moves away is to have left, in seconds of the plan's clock.
    public var deadlineSeconds: [Int: Double] = [:]
    /// By packed VM: before which its move does not start, in seconds of the plan's clock.
    public var earliestStartSeconds: [Int: Double] = [:]
    /// Whether a VM that is to stay may make room for a while, and come back, when nothing else can break a circle.
    public var movesOthers = false
    /// About how many orders are tried for a plan of ten moves, and fewer for larger ones; counted, so that the answer
    /// does not depend on the machine.
    public var effort: Int
    /// Packed VMs in the order in which they are to move; those left out come last. Empty: the order is searched. A
    /// move that cannot start keeps its links free of those behind it.
    public var order: [Int] = []
    /// A row of moves that leads to `target`, each of them safe when those before it have ended; empty: the schedule
    /// finds its own order. A VM may move more than once.
    public var route: [PlacementResult.Move] = []
    /// Whether spare capacity is looked at for every moment to come also in a cluster of more than 64 hosts, where
    /// that takes long.
    public var looksAhead = false

    public init(
        packed: PackedCluster, target: [Int32], powerOn: [Int] = [], powerOff: [Int] = [],
        enterMaintenance: [Int] = [], exitMaintenance: [Int] = [], effort: Int = 2000
    ) {
        self.packed = packed
        self.target = target
        self.powerOn = powerOn
        self.powerOff = powerOff
        self.enterMaintenance = enterMaintenance
        self.exitMaintenance = exitMaintenance
        self.effort = effort
        objective = packed.policy.schedule.objective
    }

    /// The same, with every VM that is to stay left alone.
    var leavingOthers: ScheduleRequest {
        var request = self
        request.movesOthers = false
        return request
    }
}
