import ClusterModel

/// What a number of moves buys: a point of the front between moves and imbalance.
public struct BalancePoint: Sendable, Hashable {
    /// VMs that move.
    public let moves: Int
    /// Their configured memory, the least that is copied.
    public let memoryBytes: Int64
    /// The weighted imbalance that remains, in the policy's weights.
    public let imbalance: Double

    init(moves: Int, memoryBytes: Int64, imbalance: Double) {
        self.moves = moves
        self.memoryBytes = memoryBytes
        self.imbalance = imbalance
    }

    /// The point of a placement: a host for each packed VM.
    init(of target: [Int32], in packed: PackedCluster) {
        let pool = UnitPool(packed: packed, honoursCoolDown: true)
        var meter = ImbalanceMeter(pool: pool, weights: packed.policy.balance.weights)
        meter.reset(to: pool.members.map { target[Int($0[0])] })
        let moved = (0..<packed.vmCount).filter { target[$0] != packed.home[$0] }
        moves = moved.count
        memoryBytes = moved.reduce(0) { $0 + packed.vm($1).memoryBytes }
        imbalance = meter.imbalance
    }
}
