import ClusterModel

/// Where every VM is to be, and which hosts are switched: the answer of a goal, before it is scheduled.
public struct PlacementResult: Sendable {
    /// Host index of each packed VM.
    public var target: [Int32]
    /// VMs that move to mend a rule: when not all moves can be scheduled, these come first.
    public var mending: Set<Int> = []
    /// Hosts to switch on before anything moves there.
    public var powerOn: [Int] = []
    /// Hosts to switch off once they are empty.
    public var powerOff: [Int] = []
    /// Hosts to put into maintenance once they are empty.
    public var enterMaintenance: [Int] = []
    /// VMs for which the goal is not reached.
    public var unreached: [Unreached] = []
    /// What the operator should know and what does not make the plan partial.
    public var notes: [String] = []
    /// No placement within the constraints leaves fewer hosts on.
    public var lowerBoundHostsOn: Int?
    /// No placement within the constraints draws less than this, when the goal saves power; in watts at the load now.
    public var lowerBoundWatts: Double?
    /// What each number of moves would buy (`balance`), by moves.
    public var front: [BalancePoint] = []
    /// A row of safe moves that leads to `target`, where one was looked for; empty: the schedule finds its own order.
    public var route: [Move] = []
    /// Why each moved VM moves, by packed VM; the goal's words.
    public var reasons: [Int: String] = [:]

    public init(target: [Int32]) { self.target = target }

    /// One move of a row.
    public struct Move: Sendable, Hashable {
        /// Packed VM.
        public var vm: Int
        /// Index of the host that it goes to.
        public var host: Int

        public init(vm: Int, host: Int) {
            self.vm = vm
            self.host = host
        }
    }

    /// Makes a placement that was found from the end of another one into one from that one's start.
    public mutating func take(over first: PlacementResult, ending target: [Int32], from packed: PackedCluster) {
        self.target = target
        mending.formUnion(first.mending)
        reasons.merge(first.reasons) { later, _ in later }
        notes = first.notes
        (lowerBoundHostsOn, lowerBoundWatts) = (first.lowerBoundHostsOn, first.lowerBoundWatts)
        let point = BalancePoint(of: target, in: packed)
        front = first.front.filter { $0.moves < point.moves && $0.imbalance > point.imbalance }
        if !first.front.isEmpty { front.append(point) }
    }

    /// Switches hosts so that they end as they are in another cluster.
    public mutating func switchHosts(from packed: PackedCluster, to end: PackedCluster) {
        func hosts(_ old: [Host.State], _ new: Host.State) -> [Int] {
            (0..<packed.hostCount).filter { old.contains(packed.host($0).state) && end.host($0).state == new }
        }
        powerOn = hosts([.off, .standby], .on)
        powerOff = hosts([.on, .maintenance], .off)
        enterMaintenance = hosts([.on], .maintenance)
    }

    /// The part of the placement that mends rules: everybody else stays, nothing is switched off.
    public func onlyMending(in packed: PackedCluster) -> PlacementResult {
        var result = self
        for vm in 0..<packed.vmCount where !mending.contains(vm) { result.target[vm] = packed.home[vm] }
        result.powerOff = []
        result.enterMaintenance = []
        result.notes.append(
            "only the moves that mend rules are planned: with the others, not all of these can be scheduled")
        return result
    }
}

/// A VM for which the goal asked something that it did not get.
public struct Unreached: Sendable, Hashable {
    public struct Reason: Sendable, Hashable {
        public let constraint: String
        /// Host indices; empty when the reason does not depend on a host.
        public let hosts: [Int]
        public let detail: String

        public init(constraint: String, hosts: [Int], detail: String) {
            self.constraint = constraint
            self.hosts = hosts
            self.detail = detail
        }
    }

    /// Packed index.
    public let vm: Int
    public let reasons: [Reason]
    /// Whether it could leave its host if there were a place for it.
    public var mayLeave: Bool { !reasons.contains { $0.hosts.isEmpty } }

    public init(vm: Int, reasons: [Reason]) {
        self.vm = vm
        self.reasons = reasons
    }
}
