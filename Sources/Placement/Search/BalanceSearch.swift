import Randomness

/// Simulated annealing over placements: fewer moves and less imbalance, on one scale.
///
/// The energy is the imbalance, in hosts (times the number of hosts on), plus a price for every VM that is not at home:
/// a move stays only while it buys more than it costs. The best state seen is kept.
package struct BalanceSearch {
    private let hostsOn: Double
    /// Price of one moved VM, in hosts of imbalance.
    private let price: Double
    private let maxMoves: Int
    private var meter: ImbalanceMeter
    private var random: SplitMix64
    private let movable: [Int]
    private let openHosts: [Int]
    /// Units that polishing may send home or elsewhere.
    private let loose: [Int]
    private var movedVMs: Int
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
        loose = (0..<pool.count).filter { !frozen[$0] }
        movedVMs = Self.movedVMs(in: state)
        self.meter.reset(to: state.hostOf)
    }

    private static func movedVMs(in state: PlacementState) -> Int {
        (0..<state.pool.count).reduce(0) { state.isAtHome($1) ? $0 : $0 + state.pool.members[$1].count }
    }

    /// The energy of the state as it is: what `run` lowers.
    package func energy(of state: PlacementState) -> Double {
        meter.imbalance * hostsOn + Double(movedVMs) * price
    }

    /// Anneals for `steps` steps and leaves the state at the best placement found.
    package mutating func run(on state: inout PlacementState, steps: Int) {
        guard !movable.isEmpty, openHosts.count > 1, steps > 0 else { return }
        let board = AnnealingBoard(meter: meter, pool: state.pool, hosts: openHosts, movable: movable, hostsOn: hostsOn)
        var annealing = BalanceAnnealing(
            board: board, state: state, movedVMs: movedVMs, price: price, maxMoves: maxMoves, random: random)
        annealing.run(on: &state, meter: &meter, steps: steps)
        movedVMs = Self.movedVMs(in: state)
        meter.reset(to: state.hostOf)
        polish(&state)
    }

    private mutating func apply(_ unit: Int, to host: Int, on state: inout PlacementState) {
        meter.move(unit, from: Int(state.hostOf[unit]), to: host)
        let size = state.pool.members[unit].count
        if !state.isAtHome(unit) { movedVMs -= size }
        state.place(unit, on: host)
        if !state.isAtHome(unit) { movedVMs += size }
    }

    /// Sends home every VM whose move is not worth its price, and puts the others where they do most.
    private mutating func polish(_ state: inout PlacementState) {
        for _ in 0..<4 {
            var improved = false
            for unit in loose.filter({ !state.isAtHome($0) }) {
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
