public import ClusterModel
public import Forecasting
import GRDB

/// What one host or VM used in one hour or five minutes.
public struct SeriesPoint: Sendable, Hashable {
    /// Begin of the hour or five minutes.
    public let at: Timestamp
    public let count: Int
    public let mean: Double
    public let max: Double
}

/// What all VMs together used in an hour.
public struct UsagePoint: Sendable, Hashable {
    /// Begin of the hour.
    public let at: Timestamp
    /// VMs with samples in it.
    public let vms: Int
    /// Sums of the VMs' means.
    public let cpuCores: Double
    public let memoryBytes: Double
}

extension ClusterStore {
    /// The five-minute values of one entity and metric between two moments.
    public func fiveMinuteSeries(
        of kind: EntityKind, _ entity: String, _ metric: SeriesMetric, from: Timestamp, before: Timestamp
    ) throws -> [SeriesPoint] {
        try rollUp()
        return try file.read { database in
            guard let number = try self.number(of: kind, entity, database) else { return [] }
            let query = HistoryQuery(
                after: from.adding(seconds: -0.001), upTo: before.adding(seconds: -0.001), metrics: [metric],
                percentile: 50)
            let window = HistoryWindow(query)
            let rows = try ChunkCursor(database, cluster: id, hours: window.hours, entity: number)
            var points: [SeriesPoint] = []
            while let row = try rows.next() {
                for slot in 0..<TimeGrid.bucketsPerHour {
                    let bucket = row.hour * Int64(TimeGrid.bucketsPerHour) + Int64(slot)
                    guard window.buckets.contains(bucket) else { continue }
                    let at = bucket * TimeGrid.bucketMilliseconds
                    if let point = SeriesPoint(row.chunk[metric, slot], at: at, metric) { points.append(point) }
                }
            }
            return points
        }
    }

    /// The hourly values of one entity and metric between two moments.
    public func hourlySeries(
        of kind: EntityKind, _ entity: String, _ metric: SeriesMetric, from: Timestamp, before: Timestamp
    ) throws -> [SeriesPoint] {
        try rollUp()
        return try file.read { database in
            guard let number = try self.number(of: kind, entity, database) else { return [] }
            var points: [SeriesPoint] = []
            try forEachDay(from: from, before: before, database) { _, day, entity, chunk in
                guard entity == number else { return }
                for hour in 0..<TimeGrid.hoursPerDay {
                    let at = day * TimeGrid.dayMilliseconds + Int64(hour) * TimeGrid.hourMilliseconds
                    guard at >= from.millisecondsSinceEpoch, at < before.millisecondsSinceEpoch else { continue }
                    if let point = SeriesPoint(chunk.hours[metric, hour], at: at, metric) { points.append(point) }
                }
            }
            return points
        }
    }

    /// What all VMs together used, hour by hour: for trends.
    public func usage(from: Timestamp, before: Timestamp) throws -> [UsagePoint] {
        try rollUp()
        return try file.read { database in
            let vms = Set(try entities(of: .vm, database).map(\.number))
            var hours: [Int64: UsagePoint] = [:]
            try forEachDay(from: from, before: before, database) { _, day, entity, chunk in
                guard vms.contains(entity) else { return }
                for hour in 0..<TimeGrid.hoursPerDay {
                    let at = day * TimeGrid.dayMilliseconds + Int64(hour) * TimeGrid.hourMilliseconds
                    guard at >= from.millisecondsSinceEpoch, at < before.millisecondsSinceEpoch,
                        let cpu = SeriesPoint(chunk.hours[.cpuCores, hour], at: at, .cpuCores)
                    else { continue }
                    let memory = SeriesPoint(chunk.hours[.memoryBytes, hour], at: at, .memoryBytes)?.mean ?? 0
                    let sum = hours[at]
                    hours[at] = UsagePoint(
                        at: cpu.at, vms: (sum?.vms ?? 0) + 1, cpuCores: (sum?.cpuCores ?? 0) + cpu.mean,
                        memoryBytes: (sum?.memoryBytes ?? 0) + memory)
                }
            }
            return hours.values.sorted { $0.at < $1.at }
        }
    }

    /// The newest sample of each host or VM in the minutes before the cluster's newest, by name.
    public func latestSamples(
        of kind: EntityKind, withinSeconds seconds: Double = 900
    ) throws -> [String: (at: Timestamp, values: SampleValues)] {
        guard let newest = try newestSampleTime() else { return [:] }
        return try file.read { database in
            let names = Dictionary(uniqueKeysWithValues: try entities(of: kind, database).map { ($0.number, $0.name) })
            let from = newest.adding(seconds: -seconds).millisecondsSinceEpoch
            let rows = try SampleCursor(
                database, cluster: id, from: from, before: newest.millisecondsSinceEpoch + 1)
            var latest: [String: (at: Timestamp, values: SampleValues)] = [:]
            while let row = try rows.next() {
                guard let name = names[row.entity] else { continue }
                latest[name] = (Timestamp(millisecondsSinceEpoch: row.at), row.values)
            }
            return latest
        }
    }

    private func number(of kind: EntityKind, _ name: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT id FROM entity WHERE cluster = ? AND kind = ? AND name = ?",
            arguments: [id, kind.rawValue, name])
    }

    private func forEachDay(
        from: Timestamp, before: Timestamp, _ database: Database,
        _ body: (Database, Int64, Int64, DayChunk) throws -> Void
    ) throws {
        let statement = try PreparedStatement(
            database,
            "SELECT day, entity, chunk FROM hourly WHERE cluster = ? AND day >= ? AND day <= ? ORDER BY day, entity")
        statement.bind(1, id)
        statement.bind(2, max(0, from.millisecondsSinceEpoch) / TimeGrid.dayMilliseconds)
        statement.bind(3, max(0, before.millisecondsSinceEpoch) / TimeGrid.dayMilliseconds)
        while try statement.next() {
            let (day, entity) = (statement.integer(0), statement.integer(1))
            guard let chunk = DayChunk(bytes: statement.bytes(2)) else {
                throw DatabaseError(
                    resultCode: .SQLITE_CORRUPT, message: "hourly rollup of entity \(entity), day \(day)")
            }
            try body(database, day, entity, chunk)
        }
    }
}

extension SeriesPoint {
    fileprivate init?(_ slot: RollUpSlot, at: Int64, _ metric: SeriesMetric) {
        guard slot.count > 0 else { return nil }
        let unit = Quantisation.unit(of: metric)
        self.init(
            at: Timestamp(millisecondsSinceEpoch: at), count: Int(slot.count),
            mean: Quantisation.value(of: slot.mean, unit: unit), max: Quantisation.value(of: slot.max, unit: unit))
    }
}
