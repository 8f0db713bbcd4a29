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
        result.lowerBoundHostsOn = HostBound(packed: packed).hostsNeeded()
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

/// A lower bound on the hosts that must stay on: however the VMs are packed, the hosts on must hold their sum.
package struct HostBound {
    private let packed: PackedCluster

    package init(packed: PackedCluster) { self.packed = packed }

    /// The fewest hosts whose limits, largest first, add up to the load, over all dimensions.
    ///
    /// Hosts that cannot be switched off count as on. VMs on hosts in maintenance stay there and are left out.
    package func hostsNeeded() -> Int {
        let columns = packed.dimensionCount
        let counted = (0..<packed.hostCount).filter { packed.takesVMs[$0] || packed.canWake[$0] }
        let forced = counted.filter { packed.takesVMs[$0] && !packed.canSwitchOff[$0] }
        var needed = max(forced.count, packed.policy.powerSave.minimumHostsOn)
        for column in 0..<columns {
            var load: Int64 = 0
            for vm in 0..<packed.vmCount where packed.takesVMs[Int(packed.home[vm])] { load += packed.load[vm * columns + column] }
            for host in forced { load -= min(load, room(host, column)) }
            let others = counted.filter { packed.canWake[$0] || packed.canSwitchOff[$0] }
            var hosts = forced.count
            for room in others.map({ room($0, column) }).sorted(by: >) {
                if load <= 0 { break }
                load -= min(load, room)
                hosts += 1
            }
            needed = max(needed, hosts)
        }
        return needed + (packed.cluster.hosts.indices.count { packed.cluster.hosts[$0].state == .on && !packed.takesVMs[$0] })
    }

    /// What a host can hold at the end: its limit, or what it holds already when that is more.
    private func room(_ host: Int, _ column: Int) -> Int64 {
        let columns = packed.dimensionCount
        var held: Int64 = 0
        for vm in packed.residents[host] { held += packed.load[Int(vm) * columns + column] }
        return max(packed.limit[host * columns + column], held)
    }
}
