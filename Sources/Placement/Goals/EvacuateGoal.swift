import ClusterModel

/// Named hosts empty for maintenance, with as few other VMs moved as possible.
public struct EvacuateGoal: PlacementGoal {
    private let hosts: [String]
    private let lastResort: [String]
    private let packs: Bool

    /// - Parameters:
    ///   - lastResort: hosts that take VMs only where no other does, since they are to be emptied later.
    ///   - packs: whether VMs go to the fullest host with room, which keeps large gaps, instead of the emptiest.
    public init(hosts: [String], lastResort: [String] = [], packs: Bool = false) {
        self.hosts = hosts
        self.lastResort = lastResort
        self.packs = packs
    }

    public func place(_ packed: PackedCluster) -> PlacementResult {
        var evacuation = Evacuation(hosts: hosts, packed: packed)
        let stuck = evacuation.rehome(lastResort: lastResort, preference: packs ? .pack : .spread)
        return evacuation.result(stuck: stuck)
    }

    /// The goal's answer for a placement that was found elsewhere, in which none stays behind that could leave.
    public func placed(at target: [Int32], in packed: PackedCluster) -> PlacementResult {
        var evacuation = Evacuation(hosts: hosts, packed: packed)
        evacuation.settle(at: target)
        return evacuation.result(stuck: [])
    }
}
