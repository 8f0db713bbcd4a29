package import ClusterModel

/// Searches one budget of moves after the other: what imbalance does each number of moves buy?
///
/// A search with a small budget finds better small sets of moves than one that may move everything and is then cut back.
/// The ladder ends where more moves no longer pay.
package struct BalanceFront {
    private let policy: Policy
    private let meter: ImbalanceMeter
    private let frozen: [Bool]

    /// Budgets as shares of the VMs.
    private static let shares = [0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.18, 0.22, 0.28, 0.35, 0.45, 0.6, 1]

    package init(policy: Policy, meter: ImbalanceMeter, frozen: [Bool]) {
        self.policy = policy
        self.meter = meter
        self.frozen = frozen
    }

    /// The placement with the least energy (imbalance plus the price of its moves) that is acceptable, and how much less
    /// that is.
    package func best(
        from start: PlacementState, where isAcceptable: (PlacementState) -> Bool
    ) -> (state: PlacementState, gain: Double) {
        var best = (state: start, gain: 0.0)
        var worse = 0
        for attempt in attempts(vms: start.packed.vmCount) {
            var state = start
            var search = BalanceSearch(
                state: state, meter: meter, frozen: frozen, price: policy.balance.minimumGainPerMove,
                maxMoves: attempt.budget, seed: attempt.seed)
            let energy = search.energy(of: state)
            search.run(on: &state, steps: max(policy.balance.effort * attempt.share, start.pool.count * policy.balance.effort / 4))
            let gain = energy - search.energy(of: state)
            if gain > best.gain, isAcceptable(state) {
                best = (state, gain)
                worse = 0
            } else {
                worse += 1
                if worse == 2, policy.maxMoves == nil { break }
            }
        }
        return best
    }

    /// One search: how many VMs may move, and how many moves are tried for each unit of the policy's effort.
    private struct Attempt {
        let budget: Int
        let seed: UInt64
        let share: Int
    }

    /// A ladder of budgets; with a budget given, several searches for that one, since each may end in another valley.
    private func attempts(vms: Int) -> [Attempt] {
        guard let most = policy.maxMoves else {
            return Set(Self.shares.map { max(1, Int(($0 * Double(vms)).rounded(.up))) }).sorted().map { budget in
                Attempt(budget: budget, seed: UInt64(budget), share: 1000)
            }
        }
        return most == 0 ? [] : (0..<5).map { Attempt(budget: most, seed: UInt64(most * 8 + $0), share: 3500) }
    }
}
