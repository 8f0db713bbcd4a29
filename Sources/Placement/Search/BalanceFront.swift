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
        for budget in budgets(vms: start.packed.vmCount) {
            var state = start
            var search = BalanceSearch(
                state: state, meter: meter, frozen: frozen, price: policy.balance.minimumGainPerMove, maxMoves: budget,
                seed: UInt64(budget))
            let energy = search.energy(of: state)
            search.run(on: &state, steps: steps(units: start.pool.count))
            let gain = energy - search.energy(of: state)
            if gain > best.gain, isAcceptable(state) {
                best = (state, gain)
                worse = 0
            } else {
                worse += 1
                if worse == 2 { break }
            }
        }
        return best
    }

    /// Tried moves for one budget: a single given budget gets what the ladder would have spent on several.
    private func steps(units: Int) -> Int {
        let once = max(policy.balance.effort * 1000, units * policy.balance.effort / 4)
        return policy.maxMoves == nil ? once : once * 5
    }

    private func budgets(vms: Int) -> [Int] {
        let most = policy.maxMoves ?? vms
        guard policy.maxMoves == nil else { return most > 0 ? [most] : [] }
        return Set(Self.shares.map { max(1, Int(($0 * Double(vms)).rounded(.up))) }).sorted()
    }
}
