/// Mends what is broken at the start: required rules first, then hosts above a limit.
package struct Repair {
    /// Groups that stay broken, and hosts that stay above a limit.
    package private(set) var brokenGroups: [Int] = []
    package private(set) var overloadedHosts: [Int] = []
    private var rehoming: Rehoming
    /// Tried placements that are left for the whole repair.
    private var effort: Int

    package init(state: PlacementState, effort: Int) {
        let mayEject = state.pool.pin.indices.map {
            state.pool.pin[$0] == nil && state.isOpen[Int(state.pool.home[$0])]
        }
        rehoming = Rehoming(mayEject: mayEject)
        self.effort = effort
    }

    /// - Returns: units that were placed to mend a rule; they stay where they are.
    package mutating func run(on state: inout PlacementState) -> Set<Int> {
        var fixed = misplacedUnits(in: state)
        for unit in fixed.sorted() { relocate([unit], in: &state) }
        for group in state.packed.groups.indices where state.packed.groups[group].required {
            if state.violations(of: group) > 0 { fixed.formUnion(mend(group, in: &state)) }
        }
        brokenGroups = state.packed.groups.indices.filter {
            state.packed.groups[$0].required && state.violations(of: $0) > 0
        }
        for host in 0..<state.packed.hostCount where state.isOpen[host] && state.isOverLimit(host) {
            relieve(host, in: &state)
        }
        overloadedHosts = (0..<state.packed.hostCount).filter { state.isOpen[$0] && state.isOverLimit($0) }
        return fixed.filter { !state.isAtHome($0) }
    }

    /// Units on a host that is on, where a required rule between VMs and hosts forbids them to be.
    private func misplacedUnits(in state: PlacementState) -> Set<Int> {
        Set(
            (0..<state.pool.count).filter { unit in
                let home = Int(state.pool.home[unit])
                guard state.pool.pin[unit] == nil, state.isOpen[home] else { return false }
                return state.pool.members[unit].contains { vm in
                    state.packed.eligibility.refusingConstraint(vm: Int(vm), host: home) == "hostRule"
                }
            })
    }

    /// Moves units to hosts where they may be; puts everything back when one of them finds none.
    @discardableResult
    private mutating func relocate(_ units: [Int], in state: inout PlacementState) -> Bool {
        let before = state
        let home = units.map { Int(state.pool.home[$0]) }
        for unit in units { state.remove(unit) }
        let closed = Set(home.filter { state.isOpen[$0] })
        for host in closed { state.isOpen[host] = false }
        let stuck = place(units, in: &state)
        for host in closed { state.isOpen[host] = true }
        if stuck.isEmpty { return true }
        state = before
        return false
    }

    /// - Returns: the units that found no host.
    private mutating func place(_ units: [Int], in state: inout PlacementState) -> [Int] {
        let (stuck, left) = rehoming.place(units, in: &state, preference: .spread, effort: effort)
        effort = left
        return stuck
    }

    private mutating func mend(_ group: Int, in state: inout PlacementState) -> Set<Int> {
        let rule = state.packed.groups[group]
        switch rule.kind {
        case .apart(let most): return spread(rule, group: group, most: most, in: &state)
        case .together: return gather(rule, group: group, in: &state)
        }
    }

    /// Takes members out of domains that hold too many, smallest first.
    private mutating func spread(
        _ rule: GroupRule, group: Int, most: Int, in state: inout PlacementState
    ) -> Set<Int> {
        var moved: Set<Int> = []
        for domain in 0..<Int32(rule.domainCount) {
            var here = rule.members.map { Int(state.pool.unitOfVM[Int($0)]) }.filter { unit in
                let host = state.hostOf[unit]
                return host >= 0 && rule.domainOfHost[Int(host)] == domain
            }
            here = Array(Set(here)).sorted()
            for unit in here where here.count > most && state.violations(of: group) > 0 {
                guard state.pool.pin[unit] == nil, state.isOpen[Int(state.hostOf[unit])] else { continue }
                let violations = state.violations(of: group)
                if relocate([unit], in: &state), state.violations(of: group) < violations { moved.insert(unit) }
            }
        }
        return moved
    }

    /// Brings all members into the domain that needs the fewest moves.
    private mutating func gather(_ rule: GroupRule, group: Int, in state: inout PlacementState) -> Set<Int> {
        let units = Set(rule.members.map { Int(state.pool.unitOfVM[Int($0)]) }).sorted()
        let open = (0..<state.packed.hostCount).filter { state.isOpen[$0] }
        let domains = Set(open.map { rule.domainOfHost[$0] }).sorted()
        func outsiders(_ domain: Int32) -> [Int] {
            units.filter { state.hostOf[$0] >= 0 && rule.domainOfHost[Int(state.hostOf[$0])] != domain }
        }
        let order = domains.sorted { (outsiders($0).count, $0) < (outsiders($1).count, $1) }
        for domain in order {
            let movers = outsiders(domain)
            guard movers.allSatisfy({ state.pool.pin[$0] == nil && state.isOpen[Int(state.hostOf[$0])] }) else {
                continue
            }
            let before = state
            for unit in movers { state.remove(unit) }
            for host in open where rule.domainOfHost[host] != domain { state.isOpen[host] = false }
            let stuck = place(movers, in: &state)
            for host in open { state.isOpen[host] = true }
            if stuck.isEmpty, state.violations(of: group) == 0 { return Set(units) }
            state = before
        }
        return []
    }

    /// Moves units off a host, those first that relieve it with the least to move, until it is within its limits.
    private mutating func relieve(_ host: Int, in state: inout PlacementState) {
        var candidates = state.unitsOn[host].map { Int($0) }.filter { state.pool.pin[$0] == nil }
        while state.isOverLimit(host), !candidates.isEmpty {
            let excess = (0..<state.columns).map { column in
                max(0, state.load[host * state.columns + column] - state.packed.limit[host * state.columns + column])
            }
            func relief(_ unit: Int) -> Double {
                var share = 0.0
                for (column, amount) in excess.enumerated() where amount > 0 {
                    share += min(1, Double(state.pool.load[unit * state.columns + column]) / Double(amount))
                }
                return share
            }
            guard let unit = candidates.max(by: { (relief($0), -$0) < (relief($1), -$1) }) else { return }
            candidates.removeAll { $0 == unit }
            if relief(unit) > 0 { relocate([unit], in: &state) }
        }
    }
}
