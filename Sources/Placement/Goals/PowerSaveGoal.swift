import ClusterModel

/// The fewest watts within the limits: hosts are emptied and switched off, and woken where load or spare capacity needs
/// them.
public struct PowerSaveGoal: PlacementGoal {
    public init() {}

    public func place(_ packed: PackedCluster) -> PlacementResult {
        let pool = UnitPool(packed: packed, honoursCoolDown: true)
        let start = PlacementState(pool: pool)
        var waking = WakeSearch(packed: packed)
        let (repaired, woken, fixed) = waking.run(from: start)
        var search = ConsolidationSearch(
            state: repaired, fixed: fixed, woken: woken, shortfallBefore: waking.shortfallBefore)
        search.run()

        var result = PlacementResult(target: search.state.targets())
        result.powerOn = woken.filter { search.state.isOpen[$0] }
        result.powerOff = search.closed
        let bound = HostBound(pool: pool, needsSpareRoom: waking.shortfallBefore == 0)
        result.lowerBoundHostsOn = bound.hostsNeeded()
        result.lowerBoundWatts = bound.watts()
        result.notes = waking.notes + search.notes
        result.mending = Set(fixed.flatMap { pool.members[$0].map { Int($0) } })
        for vm in 0..<packed.vmCount where result.target[vm] != packed.home[vm] {
            let home = Int(packed.home[vm])
            let name = packed.host(home).id
            if search.closed.contains(home) {
                result.reasons[vm] = "host \(name) is to be switched off"
            } else {
                result.reasons[vm] = fixed.contains(Int(pool.unitOfVM[vm]))
                    ? "mends a broken rule" : "relieves host \(name) or makes room there"
            }
        }
        return result
    }
}
