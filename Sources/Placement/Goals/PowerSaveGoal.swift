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

        var end = search.state
        let needed = Set(waking.wakeAgain(search.closed, in: &end))
        var result = PlacementResult(target: end.targets())
        result.powerOn = (0..<packed.hostCount).filter { end.isOpen[$0] && !start.isOpen[$0] }
        result.powerOff = search.closed.filter { !needed.contains($0) }
        let bound = HostBound(pool: pool, needsSpareRoom: waking.shortfallBefore == 0)
        result.lowerBoundHostsOn = bound.hostsNeeded()
        result.lowerBoundWatts = bound.watts()
        result.notes = waking.notes + search.notes
        result.notes += result.powerOn.filter { needed.contains($0) && !woken.contains($0) }.map(waking.note(ofWaking:))
        result.mending = Set(fixed.flatMap { pool.members[$0].map { Int($0) } })
        for vm in 0..<packed.vmCount where result.target[vm] != packed.home[vm] {
            let home = Int(packed.home[vm])
            let name = packed.host(home).id
            if search.closed.contains(home) {
                result.reasons[vm] = "host \(name) is to be switched off"
            } else {
                result.reasons[vm] =
                    fixed.contains(Int(pool.unitOfVM[vm]))
                    ? "mends a broken rule" : "relieves host \(name) or makes room there"
            }
        }
        return result
    }
}
