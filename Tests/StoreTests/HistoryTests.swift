import ClusterModel
import Forecasting
import Randomness
import Store
import TestSupport
import Testing

/// The store's history against the exact one in memory.
struct HistoryTests {
    private let scratch: Scratch
    private static let metrics: [SeriesMetric] = [.cpuCores, .memoryBytes, .networkBitsPerSecond]

    init() throws { scratch = try Scratch() }

    /// The same values in a store and in memory: some VMs over some days, with gaps.
    private func both(seed: UInt64, days: Int) throws -> (store: ClusterStore, memory: InMemoryHistory) {
        var generator = SplitMix64(seed: seed)
        let lab = try scratch.store("h\(seed).db")
        var writer = try HistoryWriter(cluster: lab)
        var memory = InMemoryHistory()
        for machine in 0..<5 {
            let scale = Double.random(in: 0.01...20, using: &generator)
            var series: [SeriesMetric: [InMemoryHistory.Value]] = [:]
            for step in 0..<days * 288 where Int.random(in: 0..<10, using: &generator) > 0 {
                let at = Timestamp.midnight(plus: Double(step) * 300)
                var values = SampleValues()
                for (place, metric) in Self.metrics.enumerated() {
                    // Mostly a smooth load, now and then nothing or a peak.
                    let draw = Double.random(in: 0...1, using: &generator)
                    let shape = draw < 0.05 ? 0 : draw > 0.98 ? 5 : 0.5 + draw
                    values[metric] = scale * shape * [1, 1e9, 1e7][place]
                    series[metric, default: []].append(InMemoryHistory.Value(at: at, mean: values[metric] ?? 0))
                }
                try writer.add(.vm, "v\(machine)", at: at, values)
            }
            memory.vms["v\(machine)"] = series
        }
        _ = try writer.finish()
        return (lab, memory)
    }

    private func query(
        _ days: Double, upTo: Double, _ percentile: Double, _ profile: DemandPolicy.Profile,
        series: SeriesRequest? = nil
    ) -> HistoryQuery {
        let end = Timestamp.midnight(plus: upTo)
        return HistoryQuery(
            after: end.adding(seconds: -days * 86400), upTo: end, metrics: Self.metrics, percentile: percentile,
            slots: ProfileSlots(profile: profile, at: end), series: series)
    }

    @Test(arguments: UInt64(0)..<8)
    func percentilesAreExactUpToTheQuantisation(seed: UInt64) throws {
        let (store, memory) = try both(seed: seed, days: 9)
        for query in [
            query(7, upTo: 9 * 86400 - 300, 95, .day), query(2, upTo: 5 * 86400 + 17, 50, .none),
            query(3, upTo: 10 * 86400, 95, .none, series: SeriesRequest(metrics: [.cpuCores])),
            query(
                2, upTo: 4 * 86400 + 99, 95, .history,
                series: SeriesRequest(metrics: [.memoryBytes], bucketsPerValue: 7)),
            query(9, upTo: 9 * 86400, 100, .week), query(1, upTo: 86400 * 3 + 4321, 0, .day),
        ] {
            let found = try store.history.histories(of: .vm, query)
            let wanted = memory.histories(of: .vm, query)
            #expect(found.keys.sorted() == wanted.keys.sorted())
            for (name, history) in wanted {
                for metric in Self.metrics { compare(metric, found[name]?[metric], history[metric]) }
            }
            // In five passes, one VM each, the same.
            #expect(Self.isEqual(try store.history(budgetBytes: 1).histories(of: .vm, query), found))
            #expect(try store.history.histories(of: .host, query).isEmpty)
        }
    }

    /// Equal, also where nothing was recorded, which is not equal to itself.
    private static func isEqual(_ left: [String: EntityHistory], _ right: [String: EntityHistory]) -> Bool {
        func written(_ histories: [String: EntityHistory]) -> [String] {
            histories.keys.sorted().flatMap { name in
                metrics.map { metric in "\(name) \(histories[name]?[metric].map { "\($0)" } ?? "")" }
            }
        }
        return written(left) == written(right)
    }

    private func compare(_ metric: SeriesMetric, _ found: MetricHistory?, _ wanted: MetricHistory?) {
        guard let found, let wanted else {
            #expect(found == wanted)
            return
        }
        #expect(found.count == wanted.count)
        #expect(found.latestAt == wanted.latestAt)
        #expect(RollUpTests.isNear(found.percentile, wanted.percentile, metric))
        #expect(RollUpTests.isNear(found.mean, wanted.mean, metric))
        #expect(RollUpTests.isNear(found.max, wanted.max, metric))
        #expect(RollUpTests.isNear(found.latest, wanted.latest, metric))
        #expect(found.slotPercentiles.count == wanted.slotPercentiles.count)
        #expect(found.series.count == wanted.series.count)
        for (left, right) in zip(found.series, wanted.series) {
            #expect(left.isNaN == right.isNaN)
            if !left.isNaN { #expect(RollUpTests.isNear(Double(left), Double(right), metric)) }
        }
        for (left, right) in zip(found.slotPercentiles, wanted.slotPercentiles) {
            #expect((left == nil) == (right == nil))
            if let left, let right { #expect(RollUpTests.isNear(left, right, metric)) }
        }
    }

    @Test func histogramsTakeOverWhereFiveMinuteValuesHaveGone() throws {
        let (store, memory) = try both(seed: 99, days: 9)
        var policy = RetentionPolicy()
        (policy.rawDays, policy.fiveMinuteDays) = (1, 2)
        let removed = try store.applyRetention(policy, at: .midnight(plus: 9 * 86400 - 300))
        #expect(removed.fiveMinuteChunks == 5 * 24 * 6)
        let query = query(9, upTo: 9 * 86400 - 300, 90, .none)
        let found = try store.history.histories(of: .vm, query)
        for (name, history) in memory.histories(of: .vm, query) {
            for metric in Self.metrics {
                let left = try #require(found[name]?[metric])
                let right = try #require(history[metric])
                #expect(left.count == right.count)
                // Eight bins an octave: 4.5 %, and the rank may fall on the edge of a bin.
                #expect(abs(left.percentile - right.percentile) <= 0.1 * right.percentile)
                #expect(abs(left.mean - right.mean) <= 0.05 * right.mean)
                #expect(RollUpTests.isNear(left.max, right.max, metric))
            }
        }
    }

    @Test func whatWasJustIngestedCounts() throws {
        let lab = try scratch.store()
        let query = HistoryQuery(
            after: .midnight(plus: -1), upTo: .midnight(plus: 299), metrics: [.cpuCores], percentile: 95)
        _ = try lab.ingest([.vm("v", at: 10, cpu: 1)])
        #expect(try lab.history.histories(of: .vm, query)["v"]?[.cpuCores]?.percentile.rounded() == 1)
        _ = try lab.ingest([.vm("v", at: 20, cpu: 3)])
        #expect(try lab.history.histories(of: .vm, query)["v"]?[.cpuCores]?.percentile.rounded() == 2)
        #expect(try lab.history.histories(of: .vm, query)["v"]?[.cpuCores]?.max.rounded() == 3)
    }

    @Test func usageAddsUpTheVMs() throws {
        let (store, memory) = try both(seed: 3, days: 2)
        let usage = try store.usage(from: .midnight, before: .midnight(plus: 2 * 86400))
        #expect(usage.count == 48)
        #expect(usage.allSatisfy { $0.vms == 5 })
        let hour = memory.vms.values.map { series in
            let values = (series[.cpuCores] ?? []).filter { $0.at < .midnight(plus: 3600) }.map(\.mean)
            return values.reduce(0, +) / Double(values.count)
        }
        #expect(RollUpTests.isNear(usage[0].cpuCores, hour.reduce(0, +), .cpuCores, steps: 6))
    }
}
