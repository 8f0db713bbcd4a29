/// Gives back moves of a placement that has less spare capacity than allowed, those first that stand in the way.
package struct SpareReturn {
    /// Rounds of returns; each gives back what one lacking VM needs.
    private static let rounds = 200

    private let allowedShortfall: Int
    /// Units that mend a rule: they stay where they are.
    private let frozen: [Bool]

    package init(allowedShortfall: Int, frozen: [Bool]) {
        self.allowedShortfall = allowedShortfall
        self.frozen = frozen
    }

    /// - Returns: whether no more VMs than allowed would be without a place after a failure.
    package func run(on state: inout PlacementState) -> Bool {
        var judge = SpareJudge(state: state)
        var shortfall = judge.shortfall(of: state, changed: [])
        var rounds = Self.rounds
        while shortfall > allowedShortfall, rounds > 0 {
            rounds -= 1
            var touched: [Int] = []
            for (failed, vm) in judge.homeless() where touched.isEmpty {
                touched = sendHome(from: failed, vm: vm, in: &state)
            }
            guard !touched.isEmpty else { return false }
            shortfall = judge.shortfall(of: state, changed: touched)
        }
        return shortfall <= allowedShortfall
    }

    /// Sends home the units that came to the failing host, and to every host where the VM could be started again.
    private func sendHome(from failed: Int, vm: Int, in state: inout PlacementState) -> [Int] {
        var touched: Set<Int> = []
        for host in 0..<state.packed.hostCount
        where host == failed || state.packed.reach.allows(vm: vm, host: host) {
            for unit in state.unitsOn[host].map({ Int($0) })
            where !state.isAtHome(unit) && !frozen[unit] && state.allowsReturn(unit) {
                state.place(unit, on: Int(state.pool.home[unit]))
                touched.formUnion([host, Int(state.pool.home[unit])])
            }
            // One more place may be enough: look again before the whole cluster is back where it was.
            if touched.count >= 16 { break }
        }
        return touched.sorted()
    }
}
