import ClusterModel

/// Empties hosts one after another, the cheapest to empty first, and keeps what stays feasible.
package struct ConsolidationSearch {
    package internal(set) var state: PlacementState
    /// Hosts that are empty at the end and may be switched off, ascending.
    package internal(set) var closed: [Int] = []
    package private(set) var notes: [String] = []
    /// Everything as it was given.
    let start: PlacementState
    let packed: PackedCluster
    let pool: UnitPool
    /// Units that were placed to mend a rule: they stay.
    let isFixed: [Bool]
    private var spare: SpareJudge
    let shortfallAllowed: Int
    /// Whether hosts are switched on where VMs find no room after a failure: none is closed that would be.
    let wakesForSpareCapacity: Bool
    /// Everybody at home: before anything has moved, the hosts that stay on must be able to take over.
    var beginning: PlacementState
    var beginningSpare: SpareJudge
    private let beginningShortfall: Int
    /// For small clusters.
    var packing: PackingSearch?
    var effort: Int
    private var rehoming: Rehoming
    var openCount: Int
    /// Watts of each host as things stand in `state`.
    var hostWatts: [Double]

    package init(state: PlacementState, fixed: Set<Int>, woken: [Int], shortfallBefore: Int) {
        self.state = state
        start = state
        packed = state.packed
        pool = state.pool
        let (packed, pool) = (packed, pool)
        var isFixed = [Bool](repeating: false, count: pool.count)
        for unit in fixed { isFixed[unit] = true }
        self.isFixed = isFixed
        spare = SpareJudge(state: state)
        shortfallAllowed = min(shortfallBefore, spare.shortfall(of: state, changed: []))
        wakesForSpareCapacity = packed.policy.powerSave.wake && shortfallBefore > 0
        beginning = PlacementState(pool: pool)
        beginningSpare = SpareJudge(state: beginning)
        beginningShortfall = beginningSpare.shortfall(of: beginning, changed: [])
        packing = PackingSearch(state: state, fixed: isFixed)
        effort = packed.policy.powerSave.effort * 1000
        let mayEject = (0..<pool.count).map { unit in
            pool.pin[unit] == nil && !isFixed[unit] && packed.takesVMs[Int(pool.home[unit])]
        }
        rehoming = Rehoming(mayEject: mayEject)
        openCount = state.isOpen.count { $0 }
        hostWatts = []
        hostWatts = (0..<packed.hostCount).map { watts(of: $0) }
    }

    package mutating func run() {
        if packed.policy.maxMoves == nil || movedVMs <= packed.policy.maxMoves ?? .max {
            closeEasily()
            closeTogether()
            closeHard()
            swapRoles()
            sendHome()
        }
        closed.sort()
    }

    var movedVMs: Int {
        (0..<pool.count).reduce(0) { $0 + (state.isAtHome($1) ? 0 : pool.members[$1].count) }
    }

    private var openHosts: [Int] { (0..<packed.hostCount).filter { state.isOpen[$0] } }

    /// Whether the policy and the units on it let a host be emptied and switched off.
    private func mayClose(_ host: Int) -> Bool {
        packed.canSwitchOff[host] && state.isOpen[host]
            && state.unitsOn[host].allSatisfy { pool.pin[Int($0)] == nil && !isFixed[Int($0)] }
    }

    /// VMs at home on the host: those that would be moved only for closing it.
    private func moves(toClose host: Int) -> Int { packed.residents[host].count }

    /// Hosts in the order in which they are worth closing: many watts for few moves.
    private func closingOrder() -> [Int] {
        let columns = packed.dimensionCount
        let candidates = openHosts.filter(mayClose).map { host -> (host: Int, moves: Double, bytes: Double) in
            let saved = packed.idleSaving(of: host)
            let bytes = packed.residents[host].reduce(Int64(0)) {
                $0 + packed.load[Int($1) * columns + packed.memoryColumn]
            }
            return (host, Double(moves(toClose: host)) / saved, Double(bytes) / saved)
        }
        return candidates.sorted { ($0.moves, $0.bytes, $0.host) < ($1.moves, $1.bytes, $1.host) }.map(\.host)
    }

    // MARK: Closing

    private mutating func closeEasily() {
        for host in closingOrder() {
            guard openCount > packed.policy.powerSave.minimumHostsOn, !packed.isOutOfTime else { return }
            _ = close(host, effort: 0)
        }
    }

    /// Tries again with others pushed aside, as long as the bound says that it may be possible: the hosts with the
    /// fewest units in turn, and from the first again after each success.
    private mutating func closeHard() {
        let fewest = max(
            HostBound(pool: pool, needsSpareRoom: false).hostsNeeded(), packed.policy.powerSave.minimumHostsOn)
        var failures = 0
        while openCount > fewest, effort > 0, failures < 12, !packed.isOutOfTime {
            let units = state.unitsOn.map(\.count)
            let order = openHosts.filter(mayClose).sorted { (units[$0], $0) < (units[$1], $1) }
            guard failures < order.count else { return }
            failures = close(order[failures], effort: effort / 4) ? 0 : failures + 1
        }
    }

    /// Empties a host, or leaves everything as it was. Packing tightly leaves the most room for the next host; when
    /// that would cost spare capacity, spreading may not.
    private mutating func close(_ host: Int, effort budget: Int) -> Bool {
        guard mayClose(host), hasRoom(without: host), canBegin(closing: host) else { return false }
        for preference in [Rehoming.Preference.pack, .spread] {
            state.beginTracking()
            state.isOpen[host] = false
            let outcome = empty(host, preference: preference, effort: budget)
            if outcome == .kept {
                closed.append(host)
                openCount -= 1
                return true
            }
            let touched = state.touchedHosts
            state.rollBack()
            state.isOpen[host] = true
            if outcome == .noRoom { break }
            _ = spare.shortfall(of: state, changed: touched + [host])
        }
        open(host)
        return false
    }

    /// Whether the other hosts that stay open could take over before anything has moved: from the plan's start on, a
    /// host that is to be switched off is no refuge. If so, it is noted as closed.
    private mutating func canBegin(closing host: Int) -> Bool {
        beginning.isOpen[host] = false
        let limit = beginningShortfall + 1
        if beginningSpare.shortfall(of: beginning, changed: [host], stoppingAt: limit) < limit { return true }
        open(host)
        return false
    }

    /// Takes back what `canBegin` noted.
    private mutating func open(_ host: Int) {
        beginning.isOpen[host] = packed.takesVMs[host]
        _ = beginningSpare.shortfall(of: beginning, changed: [host], stoppingAt: 1)
    }

    private enum Emptying { case kept, noRoom, notWorthwhile }

    private mutating func empty(_ host: Int, preference: Rehoming.Preference, effort budget: Int) -> Emptying {
        let units = state.unitsOn[host].map { Int($0) }
        for unit in units { state.remove(unit) }
        let (stuck, left) = rehoming.place(units, in: &state, preference: preference, effort: budget)
        effort -= budget - left
        guard stuck.isEmpty else { return .noRoom }
        return isWorthwhile(closing: host) ? .kept : .notWorthwhile
    }

    /// Whether the other open hosts have as much room as the host holds, in every dimension: a quick no.
    private func hasRoom(without host: Int) -> Bool {
        let columns = state.columns
        var missing = (0..<columns).map { state.load[host * columns + $0] }
        var short = missing.count { $0 > 0 }
        for other in 0..<packed.hostCount where state.isOpen[other] && other != host {
            guard short > 0 else { return true }
            for column in 0..<columns where missing[column] > 0 {
                missing[column] -= max(0, packed.limit[other * columns + column] - state.load[other * columns + column])
                if missing[column] <= 0 { short -= 1 }
            }
        }
        return short == 0
    }

    /// Whether what has been done since tracking began saves enough watts and keeps spare capacity. If so, the watts of
    /// the hosts are noted.
    private mutating func isWorthwhile(closing host: Int) -> Bool {
        if let most = packed.policy.maxMoves, movedVMs > most { return false }
        var touched = state.touchedHosts
        if !touched.contains(host) { touched.append(host) }
        let after = touched.map(watts)
        let saved = zip(touched, after).reduce(0) { $0 + hostWatts[$1.0] - $1.1 }
        guard saved >= max(packed.policy.powerSave.minimumSavedWatts, 0), pays(closing: host, savedWatts: saved) else {
            return false
        }
        guard isSafe(changed: touched, closing: [host]) else { return false }
        for (host, watts) in zip(touched, after) { hostWatts[host] = watts }
        return true
    }

    /// Whether spare capacity is kept, and a way leads there.
    ///
    /// - Parameter closing: hosts that are newly closed: no other could take over from them. In a small cluster all are
    ///   asked that sleep.
    private mutating func isSafe(changed: [Int], closing: [Int]) -> Bool {
        let limit = shortfallAllowed + 1
        let shortfall = spare.shortfall(of: state, changed: changed, stoppingAt: limit)
        guard shortfall < limit else { return false }
        let asleep = wakesForSpareCapacity ? packing?.sleepers ?? closing : []
        return spare.maySleep(asleep, in: &state, shortfall: shortfall) && packing?.isReachable(state) ?? true
    }

    /// Whether what a host saves until the next decision pays for emptying it, for its shutdown and for its next boot.
    private func pays(closing host: Int, savedWatts: Double) -> Bool {
        let migrating = packed.residents[host].reduce(0.0) { $0 + packed.joulesOfMigrating(Int($1)) }
        let joules = migrating + packed.power.joulesOfSwitching(host)
        return pays(savedWatts: savedWatts, joules: joules, closing: [host])
    }

    /// Whether watts saved until the next decision pay for some joules; always where the power of a host is not known.
    func pays(savedWatts: Double, joules: Double, closing hosts: [Int]) -> Bool {
        let policy = packed.policy.powerSave
        guard policy.nextDecisionSeconds >= policy.minimumOffSeconds else { return false }
        return savedWatts * policy.nextDecisionSeconds >= joules || hosts.contains { !packed.power.isKnown($0) }
    }

    /// Watts of a host in the search, at its CPU load now.
    func watts(of host: Int) -> Double {
        guard packed.takesVMs[host] || state.isOpen[host] else { return 0 }
        guard state.isOpen[host] else { return packed.power.wattsWhenOff(host) }
        return packed.power.watts(of: host, cores: Double(state.coresNow[host]) / 1e9)
    }

    // MARK: Fewer moves

    /// Lets a closed host and an open one change roles when that leaves more VMs at home.
    private mutating func swapRoles() {
        var budget = 64
        let moves = (0..<packed.hostCount).map(moves)
        for host in closed.sorted(by: { (moves[$1], $0) < (moves[$0], $1) }) where packed.takesVMs[host] {
            for other in openHosts.sorted(by: { (moves[$0], $0) < (moves[$1], $1) }) {
                guard budget > 0, !packed.isOutOfTime, moves[other] < moves[host], mayClose(other) else { break }
                budget -= 1
                if exchange(opening: host, closing: other) { break }
            }
            if budget == 0 { return }
        }
    }

    private mutating func exchange(opening host: Int, closing other: Int) -> Bool {
        let before = self
        let movesBefore = movedVMs
        state.isOpen[host] = true
        for vm in packed.residents[host] {
            let unit = Int(pool.unitOfVM[Int(vm)])
            if !state.isAtHome(unit), state.allowsReturn(unit) { state.place(unit, on: host) }
        }
        closed.removeAll { $0 == host }
        openCount += 1
        open(host)
        refreshAll()
        if close(other, effort: 0) {
            sendHome()
            if movedVMs < movesBefore { return true }
        }
        self = before
        return false
    }

    /// Every VM that can go back home does: all together if spare capacity lasts, otherwise as many as it allows.
    private mutating func sendHome() {
        sendHome((0..<pool.count).filter { !state.isAtHome($0) && !isFixed[$0] }[...])
    }

    private mutating func sendHome(_ units: ArraySlice<Int>) {
        if goHome(units) || units.count < 2 || packed.isOutOfTime { return }
        let middle = units.startIndex + units.count / 2
        sendHome(units[..<middle])
        sendHome(units[middle...])
    }

    /// - Returns: `false`, and nothing changed, when spare capacity or a way there would be lacking.
    private mutating func goHome(_ units: ArraySlice<Int>) -> Bool {
        state.beginTracking()
        for unit in units {
            let home = Int(pool.home[unit])
            if state.isOpen[home], state.allowsReturn(unit) { state.place(unit, on: home) }
        }
        let touched = state.touchedHosts
        if touched.isEmpty { return true }
        if isSafe(changed: touched, closing: []) {
            for host in touched { hostWatts[host] = watts(of: host) }
            return true
        }
        state.rollBack()
        _ = spare.shortfall(of: state, changed: touched, stoppingAt: 1)
        return false
    }

    /// Takes in changes that no closing has made.
    mutating func refreshAll() {
        let hosts = Array(0..<packed.hostCount)
        hostWatts = hosts.map(watts)
        _ = spare.shortfall(of: state, changed: hosts, stoppingAt: 1)
    }
}
