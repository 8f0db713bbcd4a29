/// What a number of moves buys: a point of the front between moves and imbalance.
public struct BalancePoint: Sendable, Hashable {
    /// VMs that move.
    public let moves: Int
    /// Their configured memory, the least that is copied.
    public let memoryBytes: Int64
    /// The weighted imbalance that remains, in the policy's weights.
    public let imbalance: Double
}
