public import ClusterModel

/// The time that a plan has.
public struct TimeWindow: Sendable, Hashable {
    public var from: Timestamp
    public var by: Timestamp

    /// - Parameter by: later than `from`.
    public init(from: Timestamp, by: Timestamp) {
        self.from = from
        self.by = by
    }

    public var seconds: Double { by.seconds(since: from) }
}
