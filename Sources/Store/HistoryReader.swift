import ClusterModel
import Forecasting
import GRDB

/// Reads the codes of some entities and metrics in one pass over the window's chunks, and sums them up.
struct HistoryReader {
    private let window: HistoryWindow
    private let query: HistoryQuery
    private let entities: [(number: Int64, name: String)]
    private let index: EntityIndex
    /// Codes of the means by entity, metric, bucket; `Quantisation.missing` where there is none.
    private var means: [UInt16]
    /// The greatest code of a maximum by entity and metric.
    private var maxima: [UInt16]
    /// Counts by bin before the five-minute rollups begin, by entity and metric.
    private var histograms: [Int: [UInt8: Int]] = [:]

    init(window: HistoryWindow, query: HistoryQuery, entities: [(number: Int64, name: String)]) {
        self.window = window
        self.query = query
        self.entities = entities
        index = EntityIndex(entities.map(\.number))
        let series = entities.count * query.metrics.count
        means = Array(repeating: Quantisation.missing, count: series * window.bucketCount)
        maxima = Array(repeating: 0, count: series)
    }

    mutating func read(_ database: Database, cluster: Int64) throws {
        let from = try Int64.fetchOne(
            database, sql: "SELECT five_minute_from FROM cluster WHERE id = ?", arguments: [cluster])
        try readDays(window.days(before: from ?? 0), database, cluster: cluster)
        let rows = try ChunkCursor(database, cluster: cluster, hours: window.hours)
        while let row = try rows.nextBytes() {
            guard let entity = index[row.entity] else { continue }
            guard let columns = ChunkColumns(bytes: row.bytes, slotCount: TimeGrid.bucketsPerHour) else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT,
                    message: "five-minute rollup of entity \(row.entity), hour \(row.hour)")
            }
            take(columns, hour: row.hour, entity: entity)
        }
    }

    private mutating func take(_ columns: ChunkColumns, hour: Int64, entity: Int) {
        let firstBucket = hour * Int64(TimeGrid.bucketsPerHour)
        let slots =
            Int(
                max(0, window.buckets.lowerBound - firstBucket))..<Int(
                min(Int64(TimeGrid.bucketsPerHour), window.buckets.upperBound - firstBucket))
        let base = Int(firstBucket - window.buckets.lowerBound)
        for (position, metric) in query.metrics.enumerated() {
            guard let meansAt = columns.meansOffset(of: metric), let maximaAt = columns.maximaOffset(of: metric)
            else { continue }
            let series = entity * query.metrics.count + position
            let start = series * window.bucketCount + base
            var greatest = maxima[series]
            for slot in slots {
                let mean = columns.number(at: meansAt + 2 * slot)
                guard mean != Quantisation.missing else { continue }
                means[start + slot] = mean
                greatest = max(greatest, columns.number(at: maximaAt + 2 * slot))
            }
            maxima[series] = greatest
        }
    }

    private mutating func readDays(_ days: Range<Int64>, _ database: Database, cluster: Int64) throws {
        guard !days.isEmpty else { return }
        let statement = try PreparedStatement(
            database, "SELECT entity, chunk FROM hourly WHERE cluster = ? AND day >= ? AND day < ?")
        statement.bind(1, cluster)
        statement.bind(2, days.lowerBound)
        statement.bind(3, days.upperBound)
        while try statement.next() {
            guard let entity = index[statement.integer(0)] else { continue }
            guard let day = DayChunk(bytes: statement.bytes(1)) else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT, message: "hourly rollup of entity \(statement.integer(0))")
            }
            take(day, entity: entity)
        }
    }

    private mutating func take(_ day: DayChunk, entity: Int) {
        for (position, metric) in query.metrics.enumerated() {
            let series = entity * query.metrics.count + position
            for (bin, count) in day.histograms[metric.rawValue] {
                histograms[series, default: [:]][bin, default: 0] += Int(count)
            }
            for hour in day.hours.column(metric) where hour.count > 0 {
                maxima[series] = max(maxima[series], hour.max)
            }
        }
    }

    // MARK: Summing up

    /// What was read of an entity; `nil` when nothing was.
    func history(of entity: Int) -> EntityHistory? {
        var metrics: [SeriesMetric: MetricHistory] = [:]
        for (position, metric) in query.metrics.enumerated() {
            let series = entity * query.metrics.count + position
            metrics[metric] = summary(of: series, metric)
        }
        return metrics.isEmpty ? nil : EntityHistory(metrics: metrics)
    }

    private func summary(of series: Int, _ metric: SeriesMetric) -> MetricHistory? {
        let unit = Quantisation.unit(of: metric)
        return means.withUnsafeBufferPointer { all in
            let codes = UnsafeBufferPointer(
                rebasing: all[series * window.bucketCount..<(series + 1) * window.bucketCount])
            // A series with histograms alone has no newest value: the window ended before its five-minute values began.
            guard let latest = codes.lastIndex(where: { $0 != Quantisation.missing }) else { return nil }
            var select = CodeSelection()
            for code in codes where code != Quantisation.missing { select.add(code) }
            for (bin, count) in histograms[series] ?? [:] { select.add(bin: bin, count: count) }
            let percentile = select.percentile(query.percentile, among: codes)
            let (sum, count) = total(codes, histograms[series] ?? [:], unit: unit)
            let latestBucket = window.buckets.lowerBound + Int64(latest)
            return MetricHistory(
                count: count, percentile: Quantisation.value(of: percentile, unit: unit), mean: sum / Double(count),
                max: Quantisation.value(of: maxima[series], unit: unit),
                latest: Quantisation.value(of: codes[latest], unit: unit),
                latestAt: Timestamp(millisecondsSinceEpoch: latestBucket * TimeGrid.bucketMilliseconds),
                slotPercentiles: slotPercentiles(codes, metric), series: values(codes, metric))
        }
    }

    private func values(_ codes: UnsafeBufferPointer<UInt16>, _ metric: SeriesMetric) -> [Float] {
        guard let request = query.series, request.metrics.contains(metric) else { return [] }
        let unit = Quantisation.unit(of: metric)
        var series = request.empty(buckets: codes.count)
        for (bucket, code) in codes.enumerated() where code != Quantisation.missing {
            request.enter(Quantisation.value(of: code, unit: unit), bucket: bucket, into: &series)
        }
        return series
    }

    private func total(
        _ codes: UnsafeBufferPointer<UInt16>, _ histogram: [UInt8: Int], unit: Double
    ) -> (sum: Double, count: Int) {
        var sum = 0.0
        var count = 0
        for code in codes where code != Quantisation.missing {
            sum += Quantisation.value(of: code, unit: unit)
            count += 1
        }
        for (bin, times) in histogram.sorted(by: { $0.key < $1.key }) {
            sum += Double(times) * Quantisation.value(of: DayChunk.code(ofBin: bin), unit: unit)
            count += times
        }
        return (sum, count)
    }

    /// Histograms are of whole days, so slots rest on five-minute values alone.
    private func slotPercentiles(_ codes: UnsafeBufferPointer<UInt16>, _ metric: SeriesMetric) -> [Double?] {
        guard let slots = query.slots(of: metric) else { return [] }
        let unit = Quantisation.unit(of: metric)
        var groups = [[UInt16]](repeating: [], count: slots.count)
        for (offset, code) in codes.enumerated() where code != Quantisation.missing {
            let begin = (window.buckets.lowerBound + Int64(offset)) * TimeGrid.bucketMilliseconds
            groups[slots.slot(of: Timestamp(millisecondsSinceEpoch: begin))].append(code)
        }
        return groups.map { group in
            guard !group.isEmpty else { return nil }
            let rank = Percentile.index(count: group.count, percentile: query.percentile)
            return Quantisation.value(of: group.sorted()[rank], unit: unit)
        }
    }
}

/// Finds an entity's place by its number.
private struct EntityIndex {
    private let first: Int64
    private var places: [Int32]

    /// Numbers are given out one after the other, so a table of them has few holes.
    init(_ numbers: [Int64]) {
        first = numbers.min() ?? 0
        places = Array(repeating: -1, count: numbers.isEmpty ? 0 : Int((numbers.max() ?? 0) - first) + 1)
        for (place, number) in numbers.enumerated() { places[Int(number - first)] = Int32(place) }
    }

    subscript(number: Int64) -> Int? {
        let offset = number - first
        guard offset >= 0, offset < places.count, places[Int(offset)] >= 0 else { return nil }
        return Int(places[Int(offset)])
    }
}
