import Forecasting
import GRDB

/// Makes the five-minute rollups of one hour from its samples.
///
/// Where samples are kept, a bucket's rollup is made anew from all of them. Where they have gone already (before
/// `rawFrom`), samples that arrive late fill only buckets of their entity that are empty, and then go as well: what was
/// counted once is never counted again.
struct FiveMinuteRollUp {
    let cluster: Int64
    let hour: Int64
    let rawFrom: Int64

    func run(_ buckets: [Int64], _ database: Database) throws {
        var sums: [Int64: [Int: SlotAccumulator]] = [:]
        for bucket in buckets { try add(bucket, to: &sums, database) }
        let chunks = try ChunkTable(database, cluster: cluster)
        for (entity, slots) in sums.sorted(by: { $0.key < $1.key }) {
            var chunk = try chunks.chunk(hour: hour, entity: entity)
            for (slot, sum) in slots {
                let begin = (hour * Int64(TimeGrid.bucketsPerHour) + Int64(slot)) * TimeGrid.bucketMilliseconds
                if begin < rawFrom, chunk.hasValue(inSlot: slot) { continue }
                chunk.replace(slot: slot, with: sum)
            }
            try chunks.write(chunk, hour: hour, entity: entity)
        }
        for bucket in buckets where bucket * TimeGrid.bucketMilliseconds < rawFrom {
            try database.execute(
                sql: "DELETE FROM sample WHERE cluster = ? AND at >= ? AND at < ?",
                arguments: [
                    cluster, bucket * TimeGrid.bucketMilliseconds, (bucket + 1) * TimeGrid.bucketMilliseconds,
                ])
        }
        try database.execute(
            sql: "INSERT OR IGNORE INTO stale_day(cluster, day) VALUES (?, ?)",
            arguments: [cluster, TimeGrid.day(ofHour: hour)])
    }

    private func add(
        _ bucket: Int64, to sums: inout [Int64: [Int: SlotAccumulator]], _ database: Database
    ) throws {
        let slot = TimeGrid.slot(ofBucket: bucket)
        let rows = try SampleCursor(
            database, cluster: cluster, from: bucket * TimeGrid.bucketMilliseconds,
            before: (bucket + 1) * TimeGrid.bucketMilliseconds)
        while let row = try rows.next() {
            sums[row.entity, default: [:]][slot, default: SlotAccumulator()].add(row.values)
        }
    }
}

/// Reads samples in the order of their keys.
struct SampleCursor: ~Copyable {
    private let statement: PreparedStatement

    init(_ database: Database, cluster: Int64, from: Int64, before: Int64) throws {
        statement = try PreparedStatement(
            database,
            """
            SELECT at, entity, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13 FROM sample
            WHERE cluster = ? AND at >= ? AND at < ? ORDER BY at, entity
            """)
        statement.bind(1, cluster)
        statement.bind(2, from)
        statement.bind(3, before)
    }

    func next() throws -> (at: Int64, entity: Int64, values: SampleValues)? {
        guard try statement.next() else { return nil }
        var values = SampleValues()
        for metric in 0..<SeriesMetric.count { values.lanes[metric] = statement.number(Int32(metric + 2)) }
        return (statement.integer(0), statement.integer(1), values)
    }
}

/// Reads and writes single five-minute chunks in a transaction.
struct ChunkTable: ~Copyable {
    private let cluster: Int64
    private let reading: PreparedStatement
    private let writing: PreparedStatement

    init(_ database: Database, cluster: Int64) throws {
        // Both before either field: a half-made value could not be taken apart.
        let reading = try PreparedStatement(
            database, "SELECT chunk FROM five_minute WHERE cluster = ? AND hour = ? AND entity = ?")
        let writing = try PreparedStatement(
            database, "INSERT OR REPLACE INTO five_minute(cluster, hour, entity, chunk) VALUES (?, ?, ?, ?)")
        self.cluster = cluster
        self.reading = reading
        self.writing = writing
    }

    /// An empty one when there is none yet.
    func chunk(hour: Int64, entity: Int64) throws -> RollUpChunk {
        defer { reading.reset() }
        reading.bind(1, cluster)
        reading.bind(2, hour)
        reading.bind(3, entity)
        guard try reading.next() else { return RollUpChunk(slotCount: TimeGrid.bucketsPerHour) }
        guard let chunk = RollUpChunk(bytes: reading.bytes(0), slotCount: TimeGrid.bucketsPerHour) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "five-minute rollup of entity \(entity), hour \(hour)")
        }
        return chunk
    }

    func write(_ chunk: RollUpChunk, hour: Int64, entity: Int64) throws {
        writing.bind(1, cluster)
        writing.bind(2, hour)
        writing.bind(3, entity)
        writing.bind(4, chunk.encoded())
        try writing.run()
    }
}
