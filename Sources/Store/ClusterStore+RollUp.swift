import GRDB

extension ClusterStore {
    /// Brings the five-minute and hourly rollups up to date with the samples, an hour in each transaction.
    ///
    /// Only what ingest marked as stale is read. Cheap when nothing is: call it before reading a history.
    public func rollUp() throws {
        while try rollUpOldestHour() {}
        while try rollUpOldestDay() {}
    }

    /// Whether there was something to do.
    private func rollUpOldestHour() throws -> Bool {
        let pending = try file.read { database in
            try Int64.fetchOne(
                database, sql: "SELECT min(bucket) FROM stale_bucket WHERE cluster = ?", arguments: [id])
        }
        guard let pending else { return false }
        try file.write { database in
            let hour = TimeGrid.hour(ofBucket: pending)
            let range = hour * Int64(TimeGrid.bucketsPerHour)..<(hour + 1) * Int64(TimeGrid.bucketsPerHour)
            let buckets = try Int64.fetchAll(
                database,
                sql: "SELECT bucket FROM stale_bucket WHERE cluster = ? AND bucket >= ? AND bucket < ? ORDER BY bucket",
                arguments: [id, range.lowerBound, range.upperBound])
            let rawFrom = try Int64.fetchOne(
                database, sql: "SELECT raw_from FROM cluster WHERE id = ?", arguments: [id])
            try FiveMinuteRollUp(cluster: id, hour: hour, rawFrom: rawFrom ?? 0).run(buckets, database)
            try database.execute(
                sql: "DELETE FROM stale_bucket WHERE cluster = ? AND bucket >= ? AND bucket < ?",
                arguments: [id, range.lowerBound, range.upperBound])
        }
        return true
    }

    private func rollUpOldestDay() throws -> Bool {
        let pending = try file.read { database in
            try Int64.fetchOne(database, sql: "SELECT min(day) FROM stale_day WHERE cluster = ?", arguments: [id])
        }
        guard let day = pending else { return false }
        try file.write { database in
            try HourlyRollUp(cluster: id, day: day).run(database)
            try database.execute(
                sql: "DELETE FROM stale_day WHERE cluster = ? AND day = ?", arguments: [id, day])
        }
        return true
    }
}
