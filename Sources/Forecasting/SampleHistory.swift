public import ClusterModel

/// Where the samples of a cluster come from: the store, or values in memory.
///
/// A history consists of five-minute values: the mean of what was sampled in each five minutes, counted from the epoch.
public protocol SampleHistory: Sendable {
    /// What is known of each host or VM that has at least one value in the query's window, by name.
    ///
    /// Entities and metrics without values are absent.
    func histories(of kind: EntityKind, _ query: HistoryQuery) throws -> [String: EntityHistory]

    /// When the agent of each host was first and last heard of, by host. Hosts that never had one are absent.
    func agents() throws -> [String: AgentPresence]
}

/// Which values are asked for, and how they are summed up.
public struct HistoryQuery: Sendable, Hashable {
    /// A five-minute value counts when its five minutes begin after `after` and not after `upTo`.
    public var after: Timestamp
    public var upTo: Timestamp
    public var metrics: [SeriesMetric]
    /// In per cent, by nearest rank (`Percentile`).
    public var percentile: Double
    /// Also a percentile for each slot of a repeating day or week.
    public var slots: ProfileSlots?

    public init(
        after: Timestamp, upTo: Timestamp, metrics: [SeriesMetric], percentile: Double, slots: ProfileSlots? = nil
    ) {
        self.after = after
        self.upTo = upTo
        self.metrics = metrics
        self.percentile = percentile
        self.slots = slots
    }

    /// The window of a policy that ends at a moment.
    public init(policy: DemandPolicy, at moment: Timestamp, metrics: [SeriesMetric]) {
        self.init(
            after: moment.adding(seconds: -policy.windowSeconds), upTo: moment, metrics: metrics,
            percentile: policy.percentile, slots: ProfileSlots(profile: policy.profile, at: moment))
    }
}

/// What the samples say of one host or VM.
public struct EntityHistory: Sendable, Hashable {
    public var metrics: [SeriesMetric: MetricHistory]

    public init(metrics: [SeriesMetric: MetricHistory]) {
        self.metrics = metrics
    }

    public subscript(metric: SeriesMetric) -> MetricHistory? { metrics[metric] }
}

/// What the samples say of one metric of one host or VM in the window.
public struct MetricHistory: Sendable, Hashable {
    /// Five-minute values in the window.
    public var count: Int
    public var percentile: Double
    /// Mean of the five-minute values; each counts the same, however many samples it has.
    public var mean: Double
    /// The greatest single sample.
    public var max: Double
    /// The newest five-minute value, and the begin of its five minutes.
    public var latest: Double
    public var latestAt: Timestamp
    /// The percentile within each slot; `nil` where the slot has no value. Empty when no slots were asked for.
    public var slotPercentiles: [Double?]

    public init(
        count: Int, percentile: Double, mean: Double, max: Double, latest: Double, latestAt: Timestamp,
        slotPercentiles: [Double?] = []
    ) {
        self.count = count
        self.percentile = percentile
        self.mean = mean
        self.max = max
        self.latest = latest
        self.latestAt = latestAt
        self.slotPercentiles = slotPercentiles
    }
}

/// When a host's agent was heard of, by the times of its samples.
public struct AgentPresence: Sendable, Hashable {
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp

    public init(firstSeen: Timestamp, lastSeen: Timestamp) {
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }
}
