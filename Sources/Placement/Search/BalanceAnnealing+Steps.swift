import Randomness

extension BalanceAnnealing {
    /// Blocks of four hosts, and units of one host, that one step looks at.
    private static let (mostBlocks, mostUnits) = (2, 8)
    /// Refused candidates of a choice before it is given up.
    private static let mostRefusals = 4

    /// Tries one change, and makes it when the heat bath draws it.
    mutating func takeStep(on state: inout PlacementState) {
        let roll = random.below(32)
        guard !displaced.isEmpty, movedVMs >= mostMoves || roll >= 8 else {
            return relocate(random.below(board.unitCount), on: &state)
        }
        let unit = Int(displaced[random.below(displaced.count)])
        switch roll & 7 {
        case 0: relocate(unit, on: &state)
        case 1, 2: replace(unit, with: random.below(board.unitCount), on: &state)
        case 3: succeed(unit, from: random.below(board.hostCount), on: &state)
        case 4: swap(unit, withOneOf: Int(home[unit]), on: &state)
        case 5: swap(unit, withOneOf: random.below(board.hostCount), on: &state)
        case 6: sendHome(unit, on: &state)
        default: exchange(unit, Int(displaced[random.below(displaced.count)]), on: &state)
        }
    }

    // MARK: One unit

    private mutating func relocate(_ unit: Int, on state: inout PlacementState) {
        let (source, home) = (Int(hostOf[unit]), Int(home[unit]))
        let away = movedVMs + (source == home ? Int(size[unit]) : 0)
        guard away <= mostMoves || source != home else { return }
        var totals = board.current
        board.add(unit, sign: -1, to: source, in: &totals)
        let atHome = charge(away - Int(size[unit])) - charge(away)
        choose(
            unit, after: totals, apart: (source, source, source), home: home, discount: atHome, charge: charge(away),
            on: &state
        ) {
            $0.put(unit, on: $1, $2, &$3)
        }
    }

    private mutating func sendHome(_ unit: Int, on state: inout PlacementState) {
        var totals = board.current
        board.add(unit, sign: -1, to: Int(hostOf[unit]), in: &totals)
        board.add(unit, to: Int(home[unit]), in: &totals)
        let score = board.energy(of: totals) + charge(movedVMs - Int(size[unit]))
        if score < threshold() { _ = put(unit, on: Int(home[unit]), score, &state) }
    }

    /// Sends a moved unit home and moves another one instead, to a host apart from both: the number of moves stays.
    private mutating func replace(_ unit: Int, with other: Int, on state: inout PlacementState) {
        let (away, home, source) = (Int(hostOf[unit]), Int(home[unit]), Int(hostOf[other]))
        let moves = movedVMs + Int(size[other]) - Int(size[unit])
        guard unit != other, source == Int(self.home[other]), moves <= mostMoves else { return }
        var totals = board.current
        board.add(unit, sign: -1, to: away, in: &totals)
        if source == home {
            board.exchange(at: home, unit, for: other, in: &totals)
        } else {
            board.add(unit, to: home, in: &totals)
            board.add(other, sign: -1, to: source, in: &totals)
        }
        choose(
            other, after: totals, apart: (away, home, source), home: -1, discount: 0, charge: charge(moves), on: &state
        ) { $0.put(unit, on: home, other, on: $1, $2, &$3) }
    }

    /// Draws a host for a unit.
    private mutating func choose(
        _ unit: Int, after totals: AnnealingBoard.Totals<AnnealingBoard.Resources>, apart: (Int, Int, Int), home: Int,
        discount: Float, charge: Float, on state: inout PlacementState,
        _ put: (inout BalanceAnnealing, Int, Float, inout PlacementState) -> Bool
    ) {
        let blocks = min(board.hostBlocks, Self.mostBlocks)
        let first = blocks < board.hostBlocks ? random.below(board.hostBlocks) : 0
        let place = random.below(GumbelNoise.places)
        board.scoreHosts(for: unit, after: totals, first: first, blocks: blocks, noise: place, temperature: temperature)
        let limit = threshold() - charge
        var refused = 0
        while refused < Self.mostRefusals {
            var (best, chosen, place) = (limit, -1, -1)
            for position in 0..<4 * blocks {
                let block = first &+ position / 4
                let host = 4 &* (block >= board.hostBlocks ? block &- board.hostBlocks : block) &+ position % 4
                let score = board.score(position) + (host == home ? discount : 0)
                guard score < best, host < board.hostCount, host != apart.0, host != apart.1, host != apart.2 else {
                    continue
                }
                (best, chosen, place) = (score, host, position)
            }
            guard chosen >= 0, !put(&self, chosen, best + charge, &state) else { return }
            board.refuse(place)
            refused += 1
        }
    }

    // MARK: Two units

    /// Sends a moved unit home, and moves one of a host's own units to where it was.
    private mutating func succeed(_ unit: Int, from source: Int, on state: inout PlacementState) {
        let (away, home) = (Int(hostOf[unit]), Int(home[unit]))
        guard source != away, source != home else { return }
        var totals = board.current
        board.add(unit, to: home, in: &totals)
        chooseUnit(unit, of: source, joins: false, after: totals, moves: movedVMs - Int(size[unit]), on: &state) {
            $0.put(unit, on: home, $1, on: away, $2, &$3)
        }
    }

    /// Lets a moved unit and one of a host's own change places.
    private mutating func swap(_ unit: Int, withOneOf host: Int, on state: inout PlacementState) {
        let away = Int(hostOf[unit])
        guard host != away else { return }
        let moves = movedVMs - (host == Int(home[unit]) ? Int(size[unit]) : 0)
        guard moves < mostMoves else { return }
        chooseUnit(unit, of: host, joins: true, after: board.current, moves: moves, on: &state) {
            $0.put(unit, on: host, $1, on: away, $2, &$3)
        }
    }

    /// Draws a unit that is at home on `source` and comes to where another one was.
    ///
    /// - Parameter moves: moved VMs without the drawn unit.
    private mutating func chooseUnit(
        _ unit: Int, of source: Int, joins: Bool, after totals: AnnealingBoard.Totals<AnnealingBoard.Resources>,
        moves: Int,
        on state: inout PlacementState, _ put: (inout BalanceAnnealing, Int, Float, inout PlacementState) -> Bool
    ) {
        var units = board.firstUnit[source]..<board.firstUnit[source + 1]
        if units.count > Self.mostUnits {
            let first = units.lowerBound + random.below(units.count - Self.mostUnits + 1)
            units = first..<first + Self.mostUnits
        }
        guard !units.isEmpty else { return }
        let place = random.below(GumbelNoise.places)
        board.scoreUnits(
            units, from: source, to: Int(hostOf[unit]), replacing: unit, joins: joins, after: totals, noise: place,
            temperature: temperature)
        let limit = threshold()
        for _ in 0..<Self.mostRefusals {
            var (best, chosen) = (limit, -1)
            for position in 0..<units.count {
                let other = units.lowerBound + position
                guard hostOf[other] == Int32(source), other != unit else { continue }
                let score = board.score(position) + charge(moves + Int(size[other]))
                if score < best, moves + Int(size[other]) <= mostMoves { (best, chosen) = (score, other) }
            }
            guard chosen >= 0, !put(&self, chosen, best, &state) else { return }
            board.refuse(chosen - units.lowerBound)
        }
    }

    /// Lets two moved units change places.
    private mutating func exchange(_ unit: Int, _ other: Int, on state: inout PlacementState) {
        let (a, b) = (Int(hostOf[unit]), Int(hostOf[other]))
        let moves =
            movedVMs - (b == Int(home[unit]) ? Int(size[unit]) : 0) - (a == Int(home[other]) ? Int(size[other]) : 0)
        guard a != b else { return }
        var totals = board.current
        board.exchange(at: a, other, for: unit, in: &totals)
        board.exchange(at: b, unit, for: other, in: &totals)
        let score = board.energy(of: totals) + charge(moves)
        if score < threshold() { _ = put(unit, on: b, other, on: a, score, &state) }
    }

    // MARK: Putting down

    /// What a candidate has to undercut: the energy as it is, with its own noise.
    private mutating func threshold() -> Float {
        energy - temperature * board.noise[random.below(GumbelNoise.places)]
    }

    /// - Returns: whether the unit may be there, and is.
    private mutating func put(_ unit: Int, on host: Int, _ score: Float, _ state: inout PlacementState) -> Bool {
        let (number, there) = (board.units[unit], board.hosts[host])
        guard mayGo(unit, to: host, state) else { return false }
        if hasSoftRules {
            let rise = state.softCost(number, on: there) - state.softCost(number, on: Int(state.hostOf[number]))
            guard rise <= 0 || score + Float(rise) * Self.softRulePrice < energy else { return false }
        }
        state.place(number, on: there)
        settle(unit, on: host)
        energy = board.energy + charge(movedVMs)
        return true
    }

    /// - Returns: whether both units may be there, and are.
    private mutating func put(
        _ first: Int, on a: Int, _ second: Int, on b: Int, _ score: Float, _ state: inout PlacementState
    ) -> Bool {
        let (one, other) = (board.units[first], board.units[second])
        let (before, after) = (state.hostOf[one], state.hostOf[other])
        let soft = hasSoftRules ? state.softCost(one, on: Int(before)) + state.softCost(other, on: Int(after)) : 0
        state.remove(one)
        state.remove(other)
        if mayGo(first, to: a, state) {
            state.place(one, on: board.hosts[a])
            if mayGo(second, to: b, state) {
                state.place(other, on: board.hosts[b])
                if !hasSoftRules || isWorthSoftRules(one, other, soft, score, state) {
                    settle(first, on: a)
                    settle(second, on: b)
                    energy = board.energy + charge(movedVMs)
                    return true
                }
            }
        }
        state.place(one, on: Int(before))
        state.place(other, on: Int(after))
        return false
    }

    private func isWorthSoftRules(_ one: Int, _ other: Int, _ before: Int, _ score: Float, _ state: PlacementState)
        -> Bool
    {
        let after =
            state.softCost(one, on: Int(state.hostOf[one])) + state.softCost(other, on: Int(state.hostOf[other]))
        return after <= before || score + Float(after - before) * Self.softRulePrice < energy
    }

    private func mayGo(_ unit: Int, to host: Int, _ state: PlacementState) -> Bool {
        let (number, there) = (board.units[unit], board.hosts[host])
        return host == Int(home[unit]) ? state.allowsReturn(number) : state.allows(number, on: there)
    }
}
