package import ClusterModel
import Parallel

/// Searches one budget of moves after the other: what imbalance does each number of moves buy?
///
/// A search with a small budget finds better small sets of moves than one that may move everything and is then cut
/// back. The ladder ends where more moves no longer pay.
package struct BalanceFront: Sendable {
    private let policy: Policy
    private let meter: ImbalanceMeter
    private let frozen: [Bool]
    /// What a move must gain, in hosts of imbalance. Who names a budget of moves wants it used: a hundredth of the
    /// policy's.
    private let price: Double

    /// Budgets as shares of the VMs.
    private static let shares = [0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.18, 0.22, 0.28, 0.35, 0.45, 0.6, 1]

    package init(policy: Policy, meter: ImbalanceMeter, frozen: [Bool]) {
        self.policy = policy
        self.meter = meter
        self.frozen = frozen
        price = policy.balance.minimumGainPerMove * (policy.maxMoves == nil ? 1 : 0.01)
    }

    /// The placement with the least energy (imbalance plus the price of its moves), how much less that is, and what
    /// imbalance each budget of moves would have bought.
    package struct Result {
        package var state: PlacementState
        package var gain = 0.0
        package var points: [BalancePoint] = []
    }

    /// - Parameter spareCapacity: gives back moves of a placement that cost spare capacity; `false` when that is not enough.
    package func search(
        from start: PlacementState, keepingSpareCapacity spareCapacity: (inout PlacementState) -> Bool
    ) -> Result {
        var best = Result(state: start)
        var worse = 0
        var attempts = attempts(vms: start.packed.vmCount)[...]
        var ahead: [Attempted] = []
        while worse < 2 || policy.maxMoves != nil {
            if ahead.isEmpty {
                // Two at a time; the second is thrown away when the first turns out to have been the last.
                guard !attempts.isEmpty, !start.packed.isOutOfTime else { break }
                ahead = Parallel.map(Array(attempts.prefix(2))) { anneal($0, from: start) }
                attempts = attempts.dropFirst(2)
            }
            var (budget, state, energy, gain) = ahead.removeFirst()
            guard gain > 0, spareCapacity(&state) else {
                worse += 1
                continue
            }
            let point = point(of: state)
            let kept = point.imbalance * Double(max(1, start.isOpen.count { $0 }))
            let keptGain = energy - kept - Double(point.moves) * price
            best.points.append(point)
            // Who names a budget wants it used: the smaller ones are for the front.
            if keptGain > best.gain, policy.maxMoves == nil || budget == policy.maxMoves {
                (best.state, best.gain) = (state, keptGain)
                worse = 0
            } else {
                worse += 1
            }
        }
        best.points = Self.front(of: best.points)
        return best
    }

    /// A placement that a search ended with, the energy at its start, and how much less it is at its end.
    private typealias Attempted = (budget: Int, state: PlacementState, energy: Double, gain: Double)

    private func anneal(_ attempt: Attempt, from start: PlacementState) -> Attempted {
        var state = start
        var search = BalanceSearch(
            state: state, meter: meter, frozen: frozen, price: price,
            maxMoves: attempt.budget, seed: attempt.seed)
        let energy = search.energy(of: state)
        let steps = max(policy.balance.effort * attempt.share, start.pool.count * policy.balance.effort / 10)
        search.run(on: &state, steps: steps)
        return (attempt.budget, state, energy, energy - search.energy(of: state))
    }

    private func point(of state: PlacementState) -> BalancePoint {
        var meter = meter
        meter.reset(to: state.hostOf)
        let moved = (0..<state.pool.count).filter { !state.isAtHome($0) }.flatMap { state.pool.members[$0] }
        let bytes = moved.reduce(Int64(0)) { $0 + state.packed.vm(Int($1)).memoryBytes }
        return BalancePoint(moves: moved.count, memoryBytes: bytes, imbalance: meter.imbalance)
    }

    /// Points that none with fewer moves matches, by moves.
    private static func front(of points: [BalancePoint]) -> [BalancePoint] {
        var kept: [BalancePoint] = []
        for point in points.sorted(by: { ($0.moves, $0.imbalance) < ($1.moves, $1.imbalance) })
        where point.imbalance < kept.last?.imbalance ?? .infinity { kept.append(point) }
        return kept
    }

    /// One search: how many VMs may move, and how many moves are tried for each unit of the policy's effort.
    private struct Attempt {
        let budget: Int
        let seed: UInt64
        let share: Int
    }

    /// A ladder of budgets; with a budget given, several searches for that one, since each may end in another valley.
    private func attempts(vms: Int) -> [Attempt] {
        let budgets = Set(Self.shares.map { max(1, Int(($0 * Double(vms)).rounded(.up))) }).sorted()
        let most = policy.maxMoves ?? .max
        let ladder = budgets.filter { $0 < most }.map {
            Attempt(budget: $0, seed: UInt64($0), share: policy.maxMoves == nil ? 400 : 25)
        }
        guard policy.maxMoves != nil, most > 0 else { return ladder }
        return ladder + (0..<4).map { Attempt(budget: most, seed: UInt64(most * 8 + $0), share: 1500) }
    }
}
