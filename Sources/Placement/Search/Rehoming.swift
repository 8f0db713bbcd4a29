/// Finds hosts for units that have none: first where they fit as things stand, then by pushing others aside.
///
/// Pushing aside follows the ejection pool of Nagata and Bräysy ("A powerful route minimization heuristic for the
/// vehicle routing problem with time windows", Operations Research Letters 37, 2009): a unit that found no place takes
/// one by ejecting the units that have been hardest to place least often, and those look for a place in turn.
package struct Rehoming {
    /// Where a unit goes when it has a choice.
    package enum Preference: Sendable {
        /// Onto the fullest host that has room: for switching hosts off.
        case pack
        /// Onto the host that it loads least: for keeping load even.
        case spread
    }

    private var preference: Preference = .pack
    /// Units that may be pushed aside.
    private let mayEject: [Bool]
    /// Times each unit found no place; a measure of how hard it is to place.
    private var hardness: [Int]
    private var hardened: [Int] = []
    /// Tried placements that are left.
    private var effort = 0

    package init(mayEject: [Bool]) {
        self.mayEject = mayEject
        hardness = [Int](repeating: 1, count: mayEject.count)
    }

    /// Places the homeless units. The state is left with those that found no host nowhere.
    ///
    /// - Parameter effort: tried placements; 0 pushes nobody aside.
    /// - Returns: the units that found no host, and the effort that is left.
    package mutating func place(
        _ homeless: [Int], in state: inout PlacementState, preference: Preference, effort budget: Int
    ) -> (stuck: [Int], effortLeft: Int) {
        self.preference = preference
        effort = budget
        for unit in hardened { hardness[unit] = 1 }
        hardened.removeAll(keepingCapacity: true)
        let size = homeless.map { Self.size(of: $0, in: state) }
        let order = homeless.indices.sorted { size[$0] == size[$1] ? homeless[$0] < homeless[$1] : size[$0] > size[$1] }
        var pending: [Int] = []
        for index in order {
            let unit = homeless[index]
            if let host = bestHost(for: unit, in: state) { state.place(unit, on: host) } else { pending.append(unit) }
        }
        var stuck: [Int] = []
        while let unit = pending.popLast() {
            if let host = bestHost(for: unit, in: state) {
                state.place(unit, on: host)
            } else if effort > 0, let (host, ejected) = cheapestEjection(for: unit, in: state) {
                hardness[unit] += 1
                hardened.append(unit)
                for other in ejected { state.remove(other) }
                state.place(unit, on: host)
                pending += ejected
            } else {
                stuck.append(unit)
            }
        }
        return (stuck.sorted(), max(effort, 0))
    }

    /// The share of an average host that a unit takes in its scarcest dimension.
    private static func size(of unit: Int, in state: PlacementState) -> Double {
        let columns = state.columns
        var size = 0.0
        for column in 0..<columns {
            let load = state.pool.load[unit * columns + column]
            let limit = state.packed.limit[Int(state.pool.home[unit]) * columns + column]
            size = max(size, Double(load) / Double(max(limit, 1)))
        }
        return size
    }

    private mutating func bestHost(for unit: Int, in state: PlacementState) -> Int? {
        let home = Int(state.pool.home[unit])
        if state.isOpen[home], state.allowsReturn(unit) { return home }
        var best: (score: Double, host: Int)?
        let share = largestShare(of: unit, in: state)
        let (eligibility, first) = (state.packed.eligibility, Int(state.pool.members[unit][0]))
        for block in 0..<eligibility.blockCount {
            var open = eligibility.hosts(openTo: first, inBlock: block) & state.openBits[block]
            while open != 0 {
                let host = 64 * block + open.trailingZeroBitCount
                open &= open - 1
                if let best, best.score <= leastScore(on: host, share: share, in: state) { continue }
                guard state.fits(unit, on: host) else { continue }
                let score = self.score(of: unit, on: host, in: state)
                if let best, best.score <= score { continue }
                guard state.pool.mayMove(unit, to: host), state.groupsAllow(unit, on: host) else { continue }
                best = (score, host)
            }
        }
        effort -= 1
        return best?.host
    }

    /// The most of any host that the unit fills in any dimension.
    private func largestShare(of unit: Int, in state: PlacementState) -> Double {
        var share = 0.0
        for column in 0..<state.columns {
            share = max(
                share, Double(state.pool.load[unit * state.columns + column]) * state.packed.mostPerLimit[column])
        }
        return share
    }

    /// What `score` cannot undercut, without a look at the dimensions.
    private func leastScore(on host: Int, share: Double, in state: PlacementState) -> Double {
        switch preference {
        case .pack: -1.1 * min(state.fill[host] + share, 1)
        case .spread: state.fill[host]
        }
    }

    /// Lower is better.
    private func score(of unit: Int, on host: Int, in state: PlacementState) -> Double {
        let columns = state.columns
        var fullest = 0.0
        var sum = 0.0
        for column in 0..<columns {
            let load = state.load[host * columns + column] + state.pool.load[unit * columns + column]
            let fill = Double(load) * state.packed.perLimit[host * columns + column]
            fullest = max(fullest, fill)
            sum += fill
        }
        let soft = Double(state.softCost(unit, on: host))
        switch preference {
        case .pack: return soft - fullest - 0.1 * sum / Double(columns)
        case .spread: return soft + fullest + 0.1 * sum / Double(columns)
        }
    }

    private mutating func cheapestEjection(for unit: Int, in state: PlacementState) -> (host: Int, ejected: [Int])? {
        var best: (cost: Int, host: Int, ejected: [Int])?
        for host in 0..<state.packed.hostCount where state.isOpen[host] {
            guard state.pool.mayMove(unit, to: host), state.groupsAllow(unit, on: host) else { continue }
            let bound = best?.cost ?? .max
            guard let (cost, ejected) = ejection(for: unit, on: host, in: state, below: bound) else { continue }
            best = (cost, host, ejected)
        }
        return best.map { ($0.host, $0.ejected) }
    }

    /// The least hard unit, or pair of units, whose leaving lets `unit` onto the host.
    private mutating func ejection(
        for unit: Int, on host: Int, in state: PlacementState, below bound: Int
    ) -> (cost: Int, ejected: [Int])? {
        let candidates = state.unitsOn[host].map { Int($0) }.filter { mayEject[$0] && $0 != unit }
        let missing = shortage(of: unit, on: host, in: state)
        var best: (cost: Int, ejected: [Int])?
        var limit = bound
        for (index, first) in candidates.enumerated() {
            let cost = ejectionCost(of: first, in: state)
            guard cost < limit else { continue }
            effort -= 1
            if covers(missing, by: [first], in: state) {
                best = (cost, [first])
                limit = cost
                continue
            }
            for second in candidates[(index + 1)...] {
                let both = cost + ejectionCost(of: second, in: state)
                guard both < limit else { continue }
                effort -= 1
                guard covers(missing, by: [first, second], in: state) else { continue }
                best = (both, [first, second])
                limit = both
            }
        }
        return best
    }

    /// A unit at home costs more: pushing it aside makes one move more.
    private func ejectionCost(of unit: Int, in state: PlacementState) -> Int {
        hardness[unit] * (state.isAtHome(unit) ? 3 : 1)
    }

    private func shortage(of unit: Int, on host: Int, in state: PlacementState) -> [Int64] {
        let columns = state.columns
        return (0..<columns).map { column in
            let load = state.load[host * columns + column] + state.pool.load[unit * columns + column]
            return load - state.packed.limit[host * columns + column]
        }
    }

    private func covers(_ missing: [Int64], by units: [Int], in state: PlacementState) -> Bool {
        for (column, amount) in missing.enumerated() where amount > 0 {
            var freed: Int64 = 0
            for unit in units { freed += state.pool.load[unit * state.columns + column] }
            if freed < amount { return false }
        }
        return true
    }
}
