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
    /// Five minutes.
    static let bucketSeconds: Double = 300

    /// A five-minute value counts when its five minutes begin after `after` and not after `upTo`.
    public var after: Timestamp
    public var upTo: Timestamp
    public var metrics: [SeriesMetric]
    /// In per cent, by nearest rank (`Percentile`).
    public var percentile: Double
    /// Also a percentile for each slot of a repeating day or week.
    public var slots: ProfileSlots?
    /// Metrics that get them; `nil`: all.
    public var slotMetrics: Set<SeriesMetric>?
    /// Also the values themselves.
    public var series: SeriesRequest?

    public init(
        after: Timestamp, upTo: Timestamp, metrics: [SeriesMetric], percentile: Double, slots: ProfileSlots? = nil,
        series: SeriesRequest? = nil
    ) {
        self.after = after
        self.upTo = upTo
        self.metrics = metrics
        self.percentile = percentile
        self.slots = slots
        self.series = series
    }

    /// The slots in which a metric is summed up.
    package func slots(of metric: SeriesMetric) -> ProfileSlots? {
        slotMetrics?.contains(metric) ?? true ? slots : nil
    }

    /// Five-minute values from the window's begin to its end, whether something was recorded or not.
    public var bucketCount: Int { max(0, Int(buckets.upperBound - buckets.lowerBound)) }

    /// Their numbers, counted from the epoch.
    private var buckets: Range<Int64> {
        let first = Self.bucket(of: after) + 1
        return first..<max(first, Self.bucket(of: upTo) + 1)
    }

    /// The place in a series of the value whose five minutes begin at a moment.
    func place(of moment: Timestamp) -> Int { Int(Self.bucket(of: moment) - buckets.lowerBound) }

    private static func bucket(of moment: Timestamp) -> Int64 {
        let size = Int64(bucketSeconds) * 1000
        let milliseconds = moment.millisecondsSinceEpoch
        return milliseconds >= 0 ? milliseconds / size : (milliseconds - (size - 1)) / size
    }

    /// The window of a policy that ends at a moment.
    public init(policy: DemandPolicy, at moment: Timestamp, metrics: [SeriesMetric]) {
        self.init(
            after: moment.adding(seconds: -policy.windowSeconds), upTo: moment, metrics: metrics,
            percentile: policy.percentile, slots: ProfileSlots(profile: policy.profile, at: moment))
    }
}

/// Which metrics' values are wanted one by one, and how closely.
public struct SeriesRequest: Sendable, Hashable {
    public var metrics: Set<SeriesMetric>
    /// So many five-minute values are handed over as one, their greatest; the last one of a series may be of fewer.
    public var bucketsPerValue: Int

    public init(metrics: Set<SeriesMetric>, bucketsPerValue: Int = 1) {
        self.metrics = metrics
        self.bucketsPerValue = max(bucketsPerValue, 1)
    }

    /// Values of a series over so many five minutes.
    public func valueCount(buckets: Int) -> Int { (buckets + bucketsPerValue - 1) / bucketsPerValue }

    /// A series with nothing in it.
    package func empty(buckets: Int) -> [Float] { [Float](repeating: .nan, count: valueCount(buckets: buckets)) }

    /// Enters the value of one five minutes: rounded up, so that a series never says less than was recorded.
    package func enter(_ value: Double, bucket: Int, into series: inout [Float]) {
        let place = bucket / bucketsPerValue
        var rounded = Float(value)
        if Double(rounded) < value { rounded = rounded.nextUp }
        if !(series[place] >= rounded) { series[place] = rounded }
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
    /// The values in the order of time, NaN where nothing was recorded. Empty when they were not asked for.
    public var series: [Float]

    public init(
        count: Int, percentile: Double, mean: Double, max: Double, latest: Double, latestAt: Timestamp,
        slotPercentiles: [Double?] = [], series: [Float] = []
    ) {
        self.count = count
        self.percentile = percentile
        self.mean = mean
        self.max = max
        self.latest = latest
        self.latestAt = latestAt
        self.slotPercentiles = slotPercentiles
        self.series = series
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
