public import ClusterModel
public import Forecasting

/// One sample of one host or VM, as it goes into the store.
public struct SampleRow: Sendable {
    public var kind: EntityKind
    public var name: String
    public var at: Timestamp
    /// CPU in reference cores.
    public var values: SampleValues

    public init(kind: EntityKind, name: String, at: Timestamp, values: SampleValues) {
        self.kind = kind
        self.name = name
        self.at = at
        self.values = values
    }
}

/// What became of a batch.
public struct IngestResult: Sendable, Hashable {
    /// Rows that are new in the store.
    public var stored = 0
    /// Rows of an entity and a time that were there already; the first stays.
    public var repeated = 0
    /// Rows older than the store keeps.
    public var tooOld = 0
    /// Rows of a time that is yet to come by the receiver's clock: the sender's clock is wrong.
    public var ahead = 0
    /// The batch had been stored before; nothing was written.
    public var wasKnown = false

    public init() {}
}
