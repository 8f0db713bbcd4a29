import ClusterModel

/// Named hosts empty for maintenance, with as few other VMs moved as possible.
public struct EvacuateGoal: PlacementGoal {
    private let hosts: [String]

    public init(hosts: [String]) { self.hosts = hosts }

    public func place(_ packed: PackedCluster) -> PlacementResult {
        let leaving = Set(hosts.compactMap { packed.hostIndex[$0] })
        let pool = UnitPool(packed: packed, honoursCoolDown: false)
        var state = PlacementState(pool: pool)
        for host in leaving { state.isOpen[host] = false }
        var repair = Repair(state: state, effort: packed.policy.balance.effort * 100)
        let fixed = packed.policy.repair ? repair.run(on: &state) : []

        let movers = (0..<pool.count).filter { leaving.contains(Int(pool.home[$0])) }
        let pinned = movers.filter { pool.pin[$0] != nil }
        let free = movers.filter { pool.pin[$0] == nil }
        for unit in free { state.remove(unit) }
        let mayEject = (0..<pool.count).map { unit in
            pool.pin[unit] == nil && !fixed.contains(unit) && packed.host(Int(pool.home[unit])).state == .on
        }
        var rehoming = Rehoming(mayEject: mayEject)
        let (stuck, _) = rehoming.place(
            free, in: &state, preference: .spread, effort: packed.policy.balance.effort * 200)
        var result = PlacementResult(target: [])
        let finder = RefusalFinder(state: state)
        for unit in (stuck + pinned).sorted() {
            for vm in pool.members[unit] {
                result.unreached.append(Unreached(vm: Int(vm), reasons: finder.reasons(for: unit)))
            }
        }
        for unit in stuck { state.place(unit, on: Int(pool.home[unit])) }
        result.target = state.targets()
        enterMaintenance(leaving, state: state, packed: packed, result: &result)
        for vm in 0..<packed.vmCount where result.target[vm] != packed.home[vm] {
            let host = packed.host(Int(packed.home[vm])).id
            result.reasons[vm] = leaving.contains(Int(packed.home[vm]))
                ? "host \(host) is to be empty" : "makes room for a VM of a host that is to be empty"
        }
        return result
    }

    /// Hosts that end up empty go into maintenance, unless that would take spare capacity away.
    private func enterMaintenance(
        _ leaving: Set<Int>, state: PlacementState, packed: PackedCluster, result: inout PlacementResult
    ) {
        let before = SpareJudge.shortfall(of: PlacementState(pool: state.pool))
        var state = state
        state.isOpen = packed.takesVMs
        var judge = SpareJudge(state: state)
        for host in leaving.sorted() where packed.host(host).state == .on && state.unitsOn[host].isEmpty {
            state.isOpen[host] = false
            if judge.shortfall(of: state, changed: [host]) > before {
                state.isOpen[host] = true
                _ = judge.shortfall(of: state, changed: [host])
                result.notes.append(
                    "host \(packed.host(host).id) stays on when it is empty: without it spare capacity for "
                        + "\(packed.policy.spareHosts) host failures is missing")
            } else {
                result.enterMaintenance.append(host)
            }
        }
    }
}
