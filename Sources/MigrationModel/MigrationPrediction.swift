public import ClusterModel

/// How a VM will move, and what that is predicted to cost.
public struct MigrationPrediction: Sendable, Hashable {
    public var mode: MigrationMode
    public var durationSeconds: Double
    /// 95 of 100 such moves are over by then.
    public var durationP95Seconds: Double
    /// From the stop at the source to the first instruction at the destination.
    public var downtimeMilliseconds: Double
    /// Memory and local disk that cross the link.
    public var transferBytes: Double
    /// Passes over the memory before the guest is stopped or switched over.
    public var rounds: Int
    /// Why it moves this way, in words for the operator.
    public var reason: String

    public init(
        mode: MigrationMode, durationSeconds: Double, durationP95Seconds: Double, downtimeMilliseconds: Double,
        transferBytes: Double, rounds: Int, reason: String
    ) {
        self.mode = mode
        self.durationSeconds = durationSeconds
        self.durationP95Seconds = durationP95Seconds
        self.downtimeMilliseconds = downtimeMilliseconds
        self.transferBytes = transferBytes
        self.rounds = rounds
        self.reason = reason
    }
}

/// The best allowed way for a VM over a path, or why there is none.
public enum MigrationChoice: Sendable, Hashable {
    case migrate(prediction: MigrationPrediction)
    /// `constraint` is `migratability`, `downtime`, `convergence` or `bandwidth`.
    case refused(constraint: String, detail: String)

    public var prediction: MigrationPrediction? {
        guard case .migrate(let prediction) = self else { return nil }
        return prediction
    }
}
