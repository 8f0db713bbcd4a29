import ClusterModel

/// Empties hosts one after another, the cheapest to empty first, and keeps what stays feasible.
package struct ConsolidationSearch {
    package private(set) var state: PlacementState
    /// Hosts that are empty at the end and may be switched off, ascending.
    package private(set) var closed: [Int] = []
    package private(set) var notes: [String] = []
    private let packed: PackedCluster
    private let pool: UnitPool
    private let fixed: Set<Int>
    private let spare: SpareCapacity
    private let shortfallAllowed: Int
    private var effort: Int

    package init(state: PlacementState, fixed: Set<Int>, woken: [Int], shortfallBefore: Int) {
        self.state = state
        self.fixed = fixed
        packed = state.packed
        pool = state.pool
        spare = SpareCapacity(packed: packed)
        shortfallAllowed = min(shortfallBefore, spare.shortfall(of: state, staysOn: state.isOpen))
        effort = packed.policy.powerSave.effort * 1000
    }

    package mutating func run() {
        if packed.policy.maxMoves == nil || movedVMs <= packed.policy.maxMoves ?? .max {
            closeEasily()
            closeHard()
            swapRoles()
            sendHome()
        }
        closed.sort()
    }

    private var movedVMs: Int {
        (0..<pool.count).reduce(0) { $0 + (state.isAtHome($1) ? 0 : pool.members[$1].count) }
    }

    private var openHosts: [Int] { (0..<packed.hostCount).filter { state.isOpen[$0] } }

    /// Whether the policy and the units on it let a host be emptied and switched off.
    private func mayClose(_ host: Int) -> Bool {
        packed.canSwitchOff[host] && state.isOpen[host]
            && state.unitsOn[host].allSatisfy { pool.pin[Int($0)] == nil && !fixed.contains(Int($0)) }
    }

    /// VMs at home on the host: those that would be moved only for closing it.
    private func price(_ host: Int) -> (moves: Int, bytes: Int64) {
        let columns = packed.dimensionCount
        let memory = packed.dimensions.firstIndex { $0.resource == .memory } ?? 0
        var bytes: Int64 = 0
        for vm in packed.residents[host] { bytes += packed.load[Int(vm) * columns + memory] }
        return (packed.residents[host].count, bytes)
    }

    /// Hosts in the order in which they are worth closing: many watts for few moves.
    private func closingOrder() -> [Int] {
        let keys = Dictionary(
            uniqueKeysWithValues: openHosts.filter(mayClose).map { host in
                let power = packed.host(host).power
                let saved = max((power?.watts(atCPUFraction: 0) ?? 1) - (power?.offWatts ?? 0), 1e-3)
                let (moves, bytes) = price(host)
                return (host, (Double(moves) / saved, Double(bytes) / saved))
            })
        return keys.keys.sorted { left, right in
            let (a, b) = (keys[left] ?? (0, 0), keys[right] ?? (0, 0))
            return (a.0, a.1, Double(left)) < (b.0, b.1, Double(right))
        }
    }

    // MARK: Closing

    private mutating func closeEasily() {
        for host in closingOrder() {
            guard openHosts.count > packed.policy.powerSave.minimumHostsOn else { return }
            _ = close(host, effort: 0)
        }
    }

    /// Tries again with others pushed aside, as long as the bound says that it may be possible: the hosts with the fewest
    /// units in turn, and from the first again after each success.
    private mutating func closeHard() {
        let fewest = max(HostBound(packed: packed).hostsNeeded(), packed.policy.powerSave.minimumHostsOn)
        var failures = 0
        while openHosts.count > fewest, effort > 0, failures < 12 {
            let order = openHosts.filter(mayClose).sorted { (state.unitsOn[$0].count, $0) < (state.unitsOn[$1].count, $1) }
            guard failures < order.count else { return }
            failures = close(order[failures], effort: effort / 4) ? 0 : failures + 1
        }
    }

    /// Empties a host, or leaves everything as it was. Packing tightly leaves the most room for the next host; when that
    /// would cost spare capacity, spreading may not.
    private mutating func close(_ host: Int, effort budget: Int) -> Bool {
        guard mayClose(host), hasRoom(without: host) else { return false }
        let before = state
        for preference in [Rehoming.Preference.pack, .spread] {
            switch empty(host, preference: preference, effort: budget) {
            case .kept:
                closed.append(host)
                return true
            case .noRoom:
                state = before
                return false
            case .notWorthwhile: state = before
            }
        }
        return false
    }

    private enum Emptying { case kept, noRoom, notWorthwhile }

    private mutating func empty(_ host: Int, preference: Rehoming.Preference, effort budget: Int) -> Emptying {
        let wattsBefore = watts(of: state)
        let units = state.unitsOn[host].map { Int($0) }
        for unit in units { state.remove(unit) }
        state.isOpen[host] = false
        let mayEject = (0..<pool.count).map { unit in
            pool.pin[unit] == nil && !fixed.contains(unit) && packed.takesVMs[Int(pool.home[unit])]
        }
        var rehoming = Rehoming(preference: preference, mayEject: mayEject, effort: budget)
        let stuck = rehoming.place(units, in: &state)
        effort -= max(budget - rehoming.effort, 0)
        guard stuck.isEmpty else { return .noRoom }
        return isWorthwhile(wattsBefore: wattsBefore) ? .kept : .notWorthwhile
    }

    /// Whether the other open hosts have as much room as the host holds, in every dimension: a quick no.
    private func hasRoom(without host: Int) -> Bool {
        let columns = state.columns
        for column in 0..<columns {
            var free: Int64 = 0
            for other in openHosts where other != host {
                free += max(0, min(packed.limit[other * columns + column], Resource.unlimited / 4096) - state.load[other * columns + column])
            }
            if free < state.load[host * columns + column] { return false }
        }
        return true
    }

    private func isWorthwhile(wattsBefore: Double) -> Bool {
        if let most = packed.policy.maxMoves, movedVMs > most { return false }
        guard wattsBefore - watts(of: state) >= max(packed.policy.powerSave.minimumSavedWatts, 0) else { return false }
        return spare.shortfall(of: state, staysOn: state.isOpen, stoppingAt: shortfallAllowed + 1) <= shortfallAllowed
    }

    /// Watts of the hosts in the search, at their CPU load now.
    private func watts(of state: PlacementState) -> Double {
        var total = 0.0
        for host in 0..<packed.hostCount where packed.takesVMs[host] || state.isOpen[host] {
            guard let power = packed.host(host).power else { continue }
            guard state.isOpen[host] else {
                total += power.offWatts
                continue
            }
            var cores = 0.0
            for unit in state.unitsOn[host] {
                for vm in pool.members[Int(unit)] { cores += packed.coresNow[Int(vm)] }
            }
            total += power.watts(atCPUFraction: cores / max(packed.host(host).capacityCores, 1e-9))
        }
        return total
    }

    // MARK: Fewer moves

    /// Lets a closed host and an open one change roles when that leaves more VMs at home.
    private mutating func swapRoles() {
        var budget = 64
        for host in closed.sorted(by: { (price($1).moves, $0) < (price($0).moves, $1) }) {
            guard packed.takesVMs[host] else { continue }
            for other in openHosts.sorted(by: { (price($0).moves, $0) < (price($1).moves, $1) }) {
                guard budget > 0, price(other).moves < price(host).moves, mayClose(other) else { break }
                budget -= 1
                if exchange(opening: host, closing: other) { break }
            }
        }
    }

    private mutating func exchange(opening host: Int, closing other: Int) -> Bool {
        let before = state
        let (closedBefore, movesBefore) = (closed, movedVMs)
        state.isOpen[host] = true
        for vm in packed.residents[host] {
            let unit = Int(pool.unitOfVM[Int(vm)])
            if !state.isAtHome(unit), state.allowsReturn(unit) { state.place(unit, on: host) }
        }
        closed.removeAll { $0 == host }
        if close(other, effort: 0) {
            sendHome()
            if movedVMs < movesBefore { return true }
        }
        state = before
        closed = closedBefore
        return false
    }

    /// Every VM that can go back home does.
    private mutating func sendHome() {
        for unit in 0..<pool.count where !state.isAtHome(unit) && !fixed.contains(unit) {
            let home = Int(pool.home[unit])
            if state.isOpen[home], state.allowsReturn(unit) { state.place(unit, on: home) }
        }
    }
}
