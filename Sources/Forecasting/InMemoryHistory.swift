public import ClusterModel

/// A history of values in memory, exact and without any shortcut: for tests, and for what is too small for a store.
public struct InMemoryHistory: SampleHistory {
    /// One five-minute value.
    public struct Value: Sendable, Hashable {
        /// Begin of the five minutes.
        public var at: Timestamp
        public var mean: Double
        public var max: Double

        public init(at: Timestamp, mean: Double, max: Double? = nil) {
            self.at = at
            self.mean = mean
            self.max = max ?? mean
        }
    }

    public var hosts: [String: [SeriesMetric: [Value]]]
    public var vms: [String: [SeriesMetric: [Value]]]
    public var presence: [String: AgentPresence]

    public init(
        hosts: [String: [SeriesMetric: [Value]]] = [:], vms: [String: [SeriesMetric: [Value]]] = [:],
        presence: [String: AgentPresence] = [:]
    ) {
        self.hosts = hosts
        self.vms = vms
        self.presence = presence
    }

    public func agents() -> [String: AgentPresence] { presence }

    public func histories(of kind: EntityKind, _ query: HistoryQuery) -> [String: EntityHistory] {
        let all = kind == .host ? hosts : vms
        return all.compactMapValues { series in
            var metrics: [SeriesMetric: MetricHistory] = [:]
            for metric in query.metrics {
                metrics[metric] = series[metric].flatMap { Self.summary(of: $0, metric, query) }
            }
            return metrics.isEmpty ? nil : EntityHistory(metrics: metrics)
        }
    }

    private static func summary(of series: [Value], _ metric: SeriesMetric, _ query: HistoryQuery) -> MetricHistory? {
        let values = series.filter { $0.at > query.after && $0.at <= query.upTo }
        guard let latest = values.max(by: { $0.at < $1.at }),
            let percentile = Percentile.value(of: values.map(\.mean), percentile: query.percentile)
        else { return nil }
        return MetricHistory(
            count: values.count, percentile: percentile,
            mean: values.reduce(0) { $0 + $1.mean } / Double(values.count),
            max: values.reduce(0) { Swift.max($0, $1.max) }, latest: latest.mean, latestAt: latest.at,
            slotPercentiles: slotPercentiles(of: values, metric, query), series: wanted(values, metric, query))
    }

    private static func wanted(_ values: [Value], _ metric: SeriesMetric, _ query: HistoryQuery) -> [Float] {
        guard let request = query.series, request.metrics.contains(metric) else { return [] }
        var series = request.empty(buckets: query.bucketCount)
        for value in values { request.enter(value.mean, bucket: query.place(of: value.at), into: &series) }
        return series
    }

    private static func slotPercentiles(
        of values: [Value], _ metric: SeriesMetric, _ query: HistoryQuery
    ) -> [Double?] {
        guard let slots = query.slots(of: metric) else { return [] }
        var groups = [[Double]](repeating: [], count: slots.count)
        for value in values { groups[slots.slot(of: value.at)].append(value.mean) }
        return groups.map { Percentile.value(of: $0, percentile: query.percentile) }
    }
}
