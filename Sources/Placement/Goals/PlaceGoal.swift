import ClusterModel

/// A given placement reached, for example the one before a maintenance.
public struct PlaceGoal: PlacementGoal {
    private let target: [String: String]

    public init(target: [String: String]) { self.target = target }

    public func place(_ packed: PackedCluster) -> PlacementResult {
        let pool = UnitPool(packed: packed, honoursCoolDown: false)
        var state = PlacementState(pool: pool)
        var result = PlacementResult(target: [])
        let wanted = wantedHosts(packed)
        // All leave before any arrives: VMs may change places.
        let movers = (0..<pool.count).filter { unit in
            pool.members[unit].contains { vm in wanted[Int(vm)].map { $0 != packed.home[Int(vm)] } ?? false }
        }
        let violations = packed.groups.indices.map { state.violations(of: $0) }
        for unit in movers where pool.pin[unit] == nil { state.remove(unit) }
        for unit in movers {
            let hosts = Set(pool.members[unit].compactMap { wanted[Int($0)] })
            guard pool.pin[unit] == nil, hosts.count == 1, let host = hosts.first, mayStand(unit, on: Int(host), state)
            else {
                refuse(unit, hosts: hosts.sorted(), state: state, result: &result)
                if pool.pin[unit] == nil { state.place(unit, on: Int(pool.home[unit])) }
                continue
            }
            state.place(unit, on: Int(host))
        }
        for group in packed.groups.indices where packed.groups[group].required {
            keep(group, within: violations[group], of: movers, in: &state, &result)
        }
        result.target = state.targets()
        for vm in 0..<packed.vmCount where result.target[vm] != packed.home[vm] {
            result.reasons[vm] = "the target places it on \(packed.host(Int(result.target[vm])).id)"
        }
        return result
    }

    /// Whether the host may and can hold the unit, whatever the groups say: these are asked when all have arrived.
    private func mayStand(_ unit: Int, on host: Int, _ state: PlacementState) -> Bool {
        state.isOpen[host] && state.pool.mayMove(unit, to: host) && state.fits(unit, on: host)
    }

    /// Sends members of a group back until it has no more violations than at the start: a rule that is broken there may
    /// stay so.
    private func keep(
        _ group: Int, within allowed: Int, of movers: [Int], in state: inout PlacementState,
        _ result: inout PlacementResult
    ) {
        let members = Set(state.packed.groups[group].members.map { Int(state.pool.unitOfVM[Int($0)]) })
        for unit in movers
        where members.contains(unit) && !state.isAtHome(unit) && state.violations(of: group) > allowed {
            let (host, before) = (state.hostOf[unit], state.violations(of: group))
            state.place(unit, on: Int(state.pool.home[unit]))
            if state.violations(of: group) < before {
                refuse(unit, hosts: [host], state: state, result: &result)
            } else {
                state.place(unit, on: Int(host))
            }
        }
    }

    private func wantedHosts(_ packed: PackedCluster) -> [Int32?] {
        var wanted = [Int32?](repeating: nil, count: packed.vmCount)
        for (vm, host) in target {
            guard let index = packed.vmIndex[vm], let hostIndex = packed.hostIndex[host] else { continue }
            wanted[index] = Int32(hostIndex)
        }
        return wanted
    }

    private func refuse(_ unit: Int, hosts: [Int32], state: PlacementState, result: inout PlacementResult) {
        let pool = state.pool
        var reasons: [Unreached.Reason] = []
        if let pin = pool.pin[unit] {
            reasons = [Unreached.Reason(constraint: pin.constraint, hosts: [], detail: pin.detail)]
        } else if hosts.count > 1 {
            reasons = [
                Unreached.Reason(
                    constraint: "affinity", hosts: hosts.map { Int($0) },
                    detail: "the target separates VMs that a required rule keeps on one host")
            ]
        } else if let host = hosts.first,
            let (constraint, detail) = RefusalFinder(state: state).refusal(of: unit, on: Int(host))
        {
            reasons = [Unreached.Reason(constraint: constraint, hosts: [Int(host)], detail: detail)]
        }
        for vm in pool.members[unit] { result.unreached.append(Unreached(vm: Int(vm), reasons: reasons)) }
    }
}
