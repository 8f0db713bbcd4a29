public import ClusterModel
import GRDB

/// What a retention run took away.
public struct RetentionResult: Sendable, Hashable {
    public var samples = 0
    public var fiveMinuteChunks = 0
    public var hourlyChunks = 0
    public var batches = 0

    public init() {}
}

extension ClusterStore {
    /// Takes away samples and rollups that are older, at a moment, than the policy keeps them.
    ///
    /// Everything is rolled up first. Samples go by hours, rollups by days, in transactions of bounded size. What has
    /// gone cannot come back: batches older than the five-minute rollups are dropped at ingest.
    public func applyRetention(_ policy: RetentionPolicy, at moment: Timestamp) throws -> RetentionResult {
        try rollUp()
        var result = RetentionResult()
        let raw = Self.horizon(moment, days: policy.rawDays, unit: TimeGrid.hourMilliseconds)
        let fiveMinute = Self.horizon(moment, days: policy.fiveMinuteDays, unit: TimeGrid.dayMilliseconds)
        let hourly = Self.horizon(moment, days: policy.hourlyDays, unit: TimeGrid.dayMilliseconds)
        try raise("raw_from", to: max(raw, fiveMinute))
        try raise("five_minute_from", to: fiveMinute)
        result.samples = try removeSamples(before: max(raw, fiveMinute))
        result.fiveMinuteChunks = try remove(
            from: "five_minute", column: "hour", before: fiveMinute / TimeGrid.hourMilliseconds)
        result.hourlyChunks = try remove(from: "hourly", column: "day", before: hourly / TimeGrid.dayMilliseconds)
        result.batches = try file.write { database in
            try database.execute(
                sql: "DELETE FROM batch WHERE cluster = ? AND received_at < ?", arguments: [id, fiveMinute])
            return database.changesCount
        }
        return result
    }

    /// The begin of the oldest hour or day of which anything is kept. A policy that keeps for ever gives 0.
    private static func horizon(_ moment: Timestamp, days: Double, unit: Int64) -> Int64 {
        let kept = min(max(days, 0), 1_000_000) * Double(TimeGrid.dayMilliseconds)
        let limit = Double(moment.millisecondsSinceEpoch) - kept
        return limit <= 0 ? 0 : Int64(limit) / unit * unit
    }

    private func raise(_ column: String, to value: Int64) throws {
        try file.write { database in
            try database.execute(
                sql: "UPDATE cluster SET \(column) = max(\(column), ?) WHERE id = ?", arguments: [value, id])
        }
    }

    /// Hour by hour: a transaction over days of samples would hold up ingest.
    private func removeSamples(before limit: Int64) throws -> Int {
        var removed = 0
        while true {
            let count = try file.write { database -> Int? in
                let oldest = try Int64.fetchOne(
                    database, sql: "SELECT min(at) FROM sample WHERE cluster = ? AND at < ?", arguments: [id, limit])
                guard let oldest else { return nil }
                let end = min(limit, (oldest / TimeGrid.hourMilliseconds + 1) * TimeGrid.hourMilliseconds)
                try database.execute(
                    sql: "DELETE FROM sample WHERE cluster = ? AND at < ?", arguments: [id, end])
                return database.changesCount
            }
            guard let count else { return removed }
            removed += count
        }
    }

    private func remove(from table: String, column: String, before limit: Int64) throws -> Int {
        var removed = 0
        while true {
            let count = try file.write { database -> Int? in
                let oldest = try Int64.fetchOne(
                    database, sql: "SELECT min(\(column)) FROM \(table) WHERE cluster = ? AND \(column) < ?",
                    arguments: [id, limit])
                guard let oldest else { return nil }
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE cluster = ? AND \(column) = ?", arguments: [id, oldest])
                return database.changesCount
            }
            guard let count else { return removed }
            removed += count
        }
    }
}
