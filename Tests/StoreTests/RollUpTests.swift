import ClusterModel
import Forecasting
import Randomness
import Store
import TestSupport
import Testing

/// Rollups against the same worked out the plain way from the rows.
struct RollUpTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Rows of some VMs and hosts over some hours, with gaps, in the order in which batches might come.
    static func rows(seed: UInt64) -> [SampleRow] {
        var generator = SplitMix64(seed: seed)
        let metrics = SeriesMetric.allCases.shuffled(using: &generator).prefix(4)
        var rows: [SampleRow] = []
        for entity in 0..<4 {
            let kind: EntityKind = entity == 0 ? .host : .vm
            var second = 0.0
            while second < 3 * 3600 {
                second += Double(Int.random(in: 7...400, using: &generator))
                var values = SampleValues()
                for metric in metrics where Bool.random(using: &generator) {
                    let size = pow10(Double.random(in: -1...9, using: &generator))
                    values[metric] = Quantisation.unit(of: metric) * size
                }
                if metrics.allSatisfy({ values[$0] == nil }) { values[metrics[metrics.startIndex]] = 0 }
                let at = Timestamp.midnight(plus: second + Double(seed % 7) * 3600)
                rows.append(SampleRow(kind: kind, name: "e\(entity)", at: at, values: values))
            }
        }
        return rows.shuffled(using: &generator)
    }

    private static func pow10(_ exponent: Double) -> Double {
        (0..<Int(exponent.magnitude)).reduce(1) { value, _ in exponent < 0 ? value / 10 : value * 10 }
            * (1 + exponent.magnitude - exponent.magnitude.rounded(.down))
    }

    /// Within half a step of the metric's logarithmic scale, so many times.
    static func isNear(_ found: Double, _ expected: Double, _ metric: SeriesMetric, steps: Double = 1) -> Bool {
        abs(found - expected) <= steps * Quantisation.relativeError * (expected + Quantisation.unit(of: metric))
    }

    private struct Expected {
        var count = 0
        var sum = 0.0
        var max = 0.0
    }

    private func expected(
        _ rows: [SampleRow], _ name: String, _ metric: SeriesMetric, slotMilliseconds: Int64
    ) -> [Int64: Expected] {
        var slots: [Int64: Expected] = [:]
        for row in rows where row.name == name {
            guard let value = row.values[metric] else { continue }
            let slot = row.at.millisecondsSinceEpoch / slotMilliseconds * slotMilliseconds
            slots[slot, default: Expected()].count += 1
            slots[slot, default: Expected()].sum += value
            slots[slot, default: Expected()].max = max(slots[slot]?.max ?? 0, value)
        }
        return slots
    }

    @Test(arguments: UInt64(0)..<20)
    func rollUpsAreThoseOfTheRows(seed: UInt64) throws {
        let lab = try scratch.store("s\(seed).db")
        var seen: [SampleRow] = []
        let rows = Self.rows(seed: seed)
        // Rolled up in between: later rows of the same five minutes must still count.
        for part in [rows.prefix(rows.count / 3), rows.dropFirst(rows.count / 3)] {
            _ = try lab.ingest(Array(part))
            seen += part
            try lab.rollUp()
        }
        for entity in 0..<4 {
            let kind: EntityKind = entity == 0 ? .host : .vm
            for metric in SeriesMetric.allCases {
                let name = "e\(entity)"
                let (from, before) = (Timestamp.midnight, Timestamp.midnight(plus: 2 * 86400))
                let fine = try lab.fiveMinuteSeries(of: kind, name, metric, from: from, before: before)
                compare(fine, metric, expected(seen, name, metric, slotMilliseconds: 300_000), steps: 1)
                let coarse = try lab.hourlySeries(of: kind, name, metric, from: from, before: before)
                compare(coarse, metric, expected(seen, name, metric, slotMilliseconds: 3_600_000), steps: 2)
            }
        }
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    private func compare(
        _ points: [SeriesPoint], _ metric: SeriesMetric, _ expected: [Int64: Expected], steps: Double
    ) {
        #expect(points.map(\.at.millisecondsSinceEpoch) == expected.keys.sorted())
        for point in points {
            guard let wanted = expected[point.at.millisecondsSinceEpoch] else { continue }
            #expect(point.count == wanted.count)
            #expect(Self.isNear(point.mean, wanted.sum / Double(wanted.count), metric, steps: steps))
            #expect(Self.isNear(point.max, wanted.max, metric))
        }
    }

    /// What goes in through the importers' way gives the same rollups as single samples do.
    @Test(arguments: UInt64(0)..<10)
    func importedHistoryGivesTheSame(seed: UInt64) throws {
        let rows = Self.rows(seed: seed)
        let lab = try scratch.store("s\(seed).db")
        _ = try lab.ingest(rows)
        let other = try lab.file.cluster(named: "other", creating: true)
        // A budget of a few chunks: most are written, and found again, in parts. Twice: the second time changes
        // nothing.
        for budget in [2000, 1 << 20] {
            var writer = try HistoryWriter(cluster: other, budgetBytes: budget)
            for row in rows { try writer.add(row.kind, row.name, at: row.at, row.values) }
            let result = try writer.finish()
            #expect(result.rows == rows.count)
            #expect(result.entities == 4)
            #expect(try other.newestSampleTime() == rows.map(\.at).max())
            for entity in 0..<4 {
                for metric in SeriesMetric.allCases {
                    let kind: EntityKind = entity == 0 ? .host : .vm
                    let (from, before) = (Timestamp.midnight, Timestamp.midnight(plus: 2 * 86400))
                    let wanted = try lab.fiveMinuteSeries(of: kind, "e\(entity)", metric, from: from, before: before)
                    let found = try other.fiveMinuteSeries(of: kind, "e\(entity)", metric, from: from, before: before)
                    #expect(found.map(\.at) == wanted.map(\.at))
                    #expect(found.map(\.count) == wanted.map(\.count))
                    for (left, right) in zip(found, wanted) {
                        // Parts are added up after rounding: as many roundings as rows at worst.
                        #expect(Self.isNear(left.mean, right.mean, metric, steps: Double(right.count) * 2))
                        #expect(Self.isNear(left.max, right.max, metric))
                    }
                }
            }
        }
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    @Test func aCheckFindsARollUpThatIsNotThatOfItsSamples() throws {
        let lab = try scratch.store()
        _ = try lab.ingest([.vm("v", at: 10, cpu: 1), .vm("w", at: 10, cpu: 1)])
        try lab.rollUp()
        try lab.file.execute("UPDATE sample SET m0 = 5 WHERE entity = 1")
        let problems = try StoreFile.check(path: lab.file.path).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("cpuCores") == true)
        try lab.file.execute("DELETE FROM entity WHERE id = 2")
        #expect(try StoreFile.check(path: lab.file.path).problems.contains { $0.contains("table sample: 1 rows") })
    }
}
