import ClusterModel
import Generation
import Planning
import TestSupport
import Testing

/// The search overdraws its budget on the way; no plan may, but for what mends rules and overload.
@Suite struct BalanceBudgetTests {
    @Test("a budget of moves holds, and a larger one buys no less", arguments: UInt64(0)..<20)
    func budget(seed: UInt64) throws {
        let options = ClusterOptions(kind: .balance, hosts: 6 + Int(seed % 7), vms: 40 + 3 * Int(seed))
        let cluster = ClusterGenerator(options: options).cluster(seed: seed)
        var bought: [Double] = []
        var mended = 0
        for moves in [0, 1, 4, 16] {
            let policy = try Policy.with(
                "maxMoves=\(moves)", "balance.effort=20", "spareHosts=0", "balance.minimumGainPerMove=0")
            let plan = try Planner(policy: policy).plan(cluster: cluster, goal: .balance)
            let imbalance = plan.summary.imbalance
            if moves == 0 { mended = plan.summary.migrations }
            #expect(plan.summary.migrations <= max(moves, mended))
            bought.append(imbalance.before - imbalance.after)
        }
        #expect(zip(bought, bought.dropFirst()).allSatisfy { $0 <= $1 + 1e-9 }, "\(bought)")
    }
}
