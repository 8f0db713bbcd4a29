import Randomness

/// Simulated annealing over placements: fewer moves and less imbalance, on one scale.
///
/// The energy is the imbalance, in hosts (times the number of hosts on), plus a price for every VM that is not at home:
/// a move stays only while it buys more than it costs. The best state seen is kept.
package struct BalanceSearch {
    private let hostsOn: Double
    /// Price of one moved VM, in hosts of imbalance.
    private let price: Double
    /// Price of one broken soft rule.
    private static let softRulePrice = 0.5
    private let maxMoves: Int
    private var meter: ImbalanceMeter
    private var random: SplitMix64
    private let movable: [Int]
    private let openHosts: [Int]
    private var displaced: [Int] = []
    private var positionInDisplaced: [Int]
    private var movedVMs = 0
    /// Where units were before they changed since the best state: the way back to it.
    private var sinceBest: [(unit: Int32, from: Int32)] = []
    /// Hosts looked at for each unit when the result is polished; in larger clusters they are drawn.
    private static let polishedHosts = 256

    package init(
        state: PlacementState, meter: ImbalanceMeter, frozen: [Bool], price: Double, maxMoves: Int, seed: UInt64
    ) {
        self.meter = meter
        self.price = price
        self.maxMoves = maxMoves
        random = SplitMix64(seed: seed)
        let pool = state.pool
        openHosts = (0..<pool.packed.hostCount).filter { state.isOpen[$0] }
        hostsOn = Double(max(openHosts.count, 1))
        movable = (0..<pool.count).filter { unit in
            pool.pin[unit] == nil && !frozen[unit] && state.isOpen[Int(pool.home[unit])]
        }
        positionInDisplaced = [Int](repeating: -1, count: pool.count)
        self.meter.reset(to: state.hostOf)
        for unit in 0..<pool.count where !state.isAtHome(unit) {
            if frozen[unit] { movedVMs += pool.members[unit].count } else { markDisplaced(unit, in: pool) }
        }
    }

    /// The energy of the state as it is: what `run` lowers.
    package func energy(of state: PlacementState) -> Double {
        meter.imbalance * hostsOn + Double(movedVMs) * price
    }

    /// Anneals for `steps` tried moves and leaves the state at the best placement found.
    package mutating func run(on state: inout PlacementState, steps: Int) {
        guard !movable.isEmpty, openHosts.count > 1, steps > 0 else { return }
        var energy = energy(of: state)
        var best = energy
        sinceBest.removeAll()
        let (hot, cold) = (0.2, 0.0005)
        let cooling = (cold / hot).squareRoot()
        var temperature = hot
        let stage = max(1, steps / 200)
        for step in 0..<steps {
            if step % stage == 0 {
                // A geometric descent from hot to cold, recomputed so that it does not drift.
                let progress = Double(step) / Double(steps)
                temperature = hot * power(cooling * cooling, progress)
                meter.reset(to: state.hostOf)
                energy = self.energy(of: state)
            }
            let before = energy
            tryOne(on: &state, energy: &energy, temperature: temperature)
            if energy < before, energy < best - 1e-12 {
                best = energy
                sinceBest.removeAll(keepingCapacity: true)
            }
        }
        returnToBest(&state)
        polish(&state)
    }

    /// `base` to the power of `exponent` in 0...1, by repeated square roots: the same bits on every machine, which the
    /// C library's `pow` does not promise.
    private func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, root, rest) = (1.0, base, exponent)
        for _ in 0..<24 {
            root = root.squareRoot()
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return result
    }

    private mutating func tryOne(on state: inout PlacementState, energy: inout Double, temperature: Double) {
        // With the budget spent, only what keeps the number of moves or lowers it is worth a try.
        let roll = random.below(movedVMs < maxMoves ? 8 : 4)
        let other = movable[random.below(movable.count)]
        guard roll < 4, !displaced.isEmpty else {
            if roll == 4 {
                trySwap(
                    movable[random.below(movable.count)], other, on: &state, energy: &energy, temperature: temperature)
            } else {
                let host = openHosts[random.below(openHosts.count)]
                tryMove(other, to: host, on: &state, energy: &energy, temperature: temperature)
            }
            return
        }
        let unit = displaced[random.below(displaced.count)]
        switch roll {
        case 0:
            tryMove(unit, to: Int(state.pool.home[unit]), on: &state, energy: &energy, temperature: temperature)
        case 1:
            let host = openHosts[random.below(openHosts.count)]
            tryMove(unit, to: host, on: &state, energy: &energy, temperature: temperature)
        case 2:
            tryReplacing(unit, with: other, on: &state, energy: &energy, temperature: temperature)
        default:
            trySwap(unit, other, on: &state, energy: &energy, temperature: temperature)
        }
    }

    private mutating func tryMove(
        _ unit: Int, to host: Int, on state: inout PlacementState, energy: inout Double, temperature: Double
    ) {
        let source = Int(state.hostOf[unit])
        guard source != host else { return }
        let goesHome = host == Int(state.pool.home[unit])
        let leavesHome = state.isAtHome(unit)
        let size = state.pool.members[unit].count
        guard !leavesHome || movedVMs + size <= maxMoves else { return }
        let moves = movedVMs + (leavesHome ? size : goesHome ? -size : 0)
        let after = meter.imbalance(moving: unit, from: source, to: host) * hostsOn + Double(moves) * price
        let soft = Double(state.softCost(unit, on: host) - state.softCost(unit, on: source)) * Self.softRulePrice
        guard accepts(after + soft - energy, temperature) else { return }
        guard goesHome ? state.allowsReturn(unit) : state.allows(unit, on: host) else { return }
        apply(unit, to: host, on: &state)
        energy = after
    }

    /// Sends a moved unit home and moves another one instead: the number of moves stays.
    private mutating func tryReplacing(
        _ unit: Int, with other: Int, on state: inout PlacementState, energy: inout Double, temperature: Double
    ) {
        guard unit != other, state.isAtHome(other) else { return }
        let (away, home) = (Int(state.hostOf[unit]), Int(state.pool.home[unit]))
        let source = Int(state.hostOf[other])
        let host = random.below(2) == 0 ? away : openHosts[random.below(openHosts.count)]
        let moves = movedVMs + state.pool.members[other].count - state.pool.members[unit].count
        guard host != source, moves <= maxMoves else { return }
        meter.move(unit, from: away, to: home)
        let after = meter.imbalance(moving: other, from: source, to: host) * hostsOn + Double(moves) * price
        guard accepts(after - energy, temperature), state.allowsReturn(unit) else {
            meter.move(unit, from: home, to: away)
            return
        }
        state.place(unit, on: home)
        guard state.allows(other, on: host) else {
            state.place(unit, on: away)
            meter.move(unit, from: home, to: away)
            return
        }
        sinceBest.append((Int32(unit), Int32(away)))
        mark(unit, in: state)
        apply(other, to: host, on: &state)
        energy = after
    }

    private mutating func trySwap(
        _ first: Int, _ second: Int, on state: inout PlacementState, energy: inout Double, temperature: Double
    ) {
        let (a, b) = (Int(state.hostOf[first]), Int(state.hostOf[second]))
        guard a != b, state.isOpen[a], state.isOpen[b] else { return }
        let moves = movedVMs + change(first, to: b, in: state) + change(second, to: a, in: state)
        guard moves <= maxMoves || moves <= movedVMs else { return }
        let after = meter.imbalance(swapping: first, on: a, with: second, on: b) * hostsOn + Double(moves) * price
        guard accepts(after - energy, temperature) else { return }
        guard state.pool.mayMove(first, to: b), state.pool.mayMove(second, to: a) else { return }
        state.remove(first)
        state.remove(second)
        guard fitsOrReturns(first, b, state), placeFirst(first, b, then: second, a, on: &state) else {
            state.place(first, on: a)
            state.place(second, on: b)
            return
        }
        meter.move(first, from: a, to: b)
        meter.move(second, from: b, to: a)
        sinceBest.append((Int32(first), Int32(a)))
        sinceBest.append((Int32(second), Int32(b)))
        mark(first, in: state)
        mark(second, in: state)
        energy = after
    }

    /// Puts the first unit down and then the second, if both may be there; the caller undoes a refusal.
    private func placeFirst(_ first: Int, _ b: Int, then second: Int, _ a: Int, on state: inout PlacementState) -> Bool
    {
        state.place(first, on: b)
        guard fitsOrReturns(second, a, state) else { return false }
        state.place(second, on: a)
        return true
    }

    private func fitsOrReturns(_ unit: Int, _ host: Int, _ state: PlacementState) -> Bool {
        host == Int(state.pool.home[unit])
            ? state.allowsReturn(unit) : state.fits(unit, on: host) && state.groupsAllow(unit, on: host)
    }

    private func change(_ unit: Int, to host: Int, in state: PlacementState) -> Int {
        let size = state.pool.members[unit].count
        if state.isAtHome(unit) { return size }
        return host == Int(state.pool.home[unit]) ? -size : 0
    }

    private mutating func accepts(_ rise: Double, _ temperature: Double) -> Bool {
        if rise <= 0 { return true }
        let exponent = rise / temperature
        guard exponent < 20 else { return false }
        // exp(-x) as 1 / (1 + x/1024)^1024: the same bits everywhere, and close enough for a coin toss.
        var base = 1 + exponent / 1024
        for _ in 0..<10 { base *= base }
        return random.fraction() * base < 1
    }

    private mutating func apply(_ unit: Int, to host: Int, on state: inout PlacementState) {
        sinceBest.append((Int32(unit), state.hostOf[unit]))
        meter.move(unit, from: Int(state.hostOf[unit]), to: host)
        state.place(unit, on: host)
        mark(unit, in: state)
    }

    private mutating func mark(_ unit: Int, in state: PlacementState) {
        let isMarked = positionInDisplaced[unit] >= 0
        if state.isAtHome(unit) == isMarked {
            if isMarked { unmarkDisplaced(unit, in: state.pool) } else { markDisplaced(unit, in: state.pool) }
        }
    }

    private mutating func markDisplaced(_ unit: Int, in pool: UnitPool) {
        positionInDisplaced[unit] = displaced.count
        displaced.append(unit)
        movedVMs += pool.members[unit].count
    }

    private mutating func unmarkDisplaced(_ unit: Int, in pool: UnitPool) {
        let position = positionInDisplaced[unit]
        let last = displaced[displaced.count - 1]
        displaced[position] = last
        positionInDisplaced[last] = position
        displaced.removeLast()
        positionInDisplaced[unit] = -1
        movedVMs -= pool.members[unit].count
    }

    private mutating func returnToBest(_ state: inout PlacementState) {
        for change in sinceBest.reversed() { state.place(Int(change.unit), on: Int(change.from)) }
        for change in sinceBest { mark(Int(change.unit), in: state) }
        sinceBest.removeAll()
        meter.reset(to: state.hostOf)
    }

    /// Sends home every VM whose move is not worth its price, and puts the others where they do most.
    private mutating func polish(_ state: inout PlacementState) {
        for _ in 0..<4 {
            var improved = false
            for unit in displaced.sorted() {
                let current = energy(of: state)
                let (source, home) = (Int(state.hostOf[unit]), Int(state.pool.home[unit]))
                let size = Double(state.pool.members[unit].count)
                let atHome =
                    meter.imbalance(moving: unit, from: source, to: home) * hostsOn
                    + (Double(movedVMs) - size) * price
                if atHome <= current, state.allowsReturn(unit) {
                    apply(unit, to: home, on: &state)
                    improved = true
                    continue
                }
                if let host = betterHost(for: unit, in: state) {
                    apply(unit, to: host, on: &state)
                    improved = true
                }
            }
            if !improved { return }
        }
    }

    private mutating func betterHost(for unit: Int, in state: PlacementState) -> Int? {
        let source = Int(state.hostOf[unit])
        var best = (imbalance: meter.imbalance - 1e-9, host: -1)
        let drawn = openHosts.count > Self.polishedHosts
        for index in 0..<min(openHosts.count, Self.polishedHosts) {
            let host = openHosts[drawn ? random.below(openHosts.count) : index]
            guard host != source, host != Int(state.pool.home[unit]) else { continue }
            let imbalance = meter.imbalance(moving: unit, from: source, to: host)
            if imbalance < best.imbalance, state.softCost(unit, on: host) <= state.softCost(unit, on: source),
                state.allows(unit, on: host)
            {
                best = (imbalance, host)
            }
        }
        return best.host >= 0 ? best.host : nil
    }
}
