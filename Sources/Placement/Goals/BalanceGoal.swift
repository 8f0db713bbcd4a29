import ClusterModel

/// Even load: mends what is broken, then moves VMs as long as a move lowers the imbalance by more than its price.
public struct BalanceGoal: PlacementGoal {
    /// A plan must lower the imbalance by this share of what it is, or nothing moves: small changes of demand do not
    /// make a cluster flap.
    private static let minimumShareOfGain = 0.1

    public init() {}

    public func place(_ packed: PackedCluster) -> PlacementResult {
        let policy = packed.policy
        let pool = UnitPool(packed: packed, honoursCoolDown: true)
        var state = PlacementState(pool: pool)
        var repair = Repair(state: state, effort: policy.balance.effort * 100)
        let fixed = repair.run(on: &state)
        let repaired = state
        let shortfall = SpareJudge.shortfall(of: PlacementState(pool: pool))

        var meter = ImbalanceMeter(pool: pool, weights: policy.balance.weights)
        meter.reset(to: state.hostOf)
        let before = meter.imbalance
        let hostsOn = Double(max(packed.takesVMs.count { $0 }, 1))
        var frozen = [Bool](repeating: false, count: pool.count)
        for unit in fixed { frozen[unit] = true }
        var notes: [String] = []
        var front: [BalancePoint] = []
        let searching = BalanceFront(policy: policy, meter: meter, frozen: frozen)
        if before / weightSum(policy.balance.weights) >= policy.balance.minimumImbalance {
            let spare = SpareReturn(allowedShortfall: shortfall, frozen: frozen)
            let best = searching.search(from: repaired) { spare.run(on: &$0) }
            front = best.points
            if best.gain >= Self.minimumShareOfGain * before * hostsOn {
                state = best.state
            } else {
                notes.append(
                    "no set of moves that keeps spare capacity lowers the imbalance of \(figure(before)) by a tenth of it "
                        + "and its own price")
            }
        } else {
            notes.append("the imbalance of \(figure(before)) is below the policy's minimum")
        }
        var result = PlacementResult(target: state.targets())
        result.notes = notes
        result.front = front
        result.mending = Set(fixed.flatMap { pool.members[$0].map { Int($0) } })
        for vm in 0..<packed.vmCount where result.target[vm] != packed.home[vm] {
            let repairs = fixed.contains(Int(pool.unitOfVM[vm]))
            result.reasons[vm] = repairs ? "mends a broken rule" : "evens out load"
        }
        return result
    }

    private func weightSum(_ weights: BalanceWeights) -> Double {
        max(weights.cpu + weights.memory + weights.disk + weights.network + weights.vcpus, 1e-9)
    }
}

/// Three digits are enough for a note.
func figure(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
