import Forecasting
import GRDB

/// Inserts samples of one cluster in one transaction, and notes which five minutes they make stale.
struct SampleInserter: ~Copyable {
    /// The first sample of an entity and a time stays: a repetition changes nothing.
    static let sql = """
        INSERT OR IGNORE INTO sample(cluster, at, entity, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private let statement: PreparedStatement
    private let cluster: Int64
    private(set) var newest: Int64 = 0
    private var buckets: Set<Int64> = []
    /// Rows come in runs of the same time: one comparison instead of a hash for each.
    private var lastBucket: Int64 = -1

    init(_ database: Database, cluster: Int64) throws {
        let statement = try PreparedStatement(database, Self.sql)
        self.statement = statement
        self.cluster = cluster
    }

    /// Whether the row is new.
    mutating func insert(at: Int64, entity: Int64, values: SampleValues) throws -> Bool {
        statement.bind(1, cluster)
        statement.bind(2, at)
        statement.bind(3, entity)
        for metric in 0..<SeriesMetric.count {
            let value = values.lanes[metric]
            if !value.isNaN { statement.bind(Int32(metric + 4), value) }
        }
        guard try statement.runCountingChanges() else { return false }
        newest = max(newest, at)
        let bucket = TimeGrid.bucket(of: at)
        if bucket != lastBucket {
            buckets.insert(bucket)
            lastBucket = bucket
        }
        return true
    }

    /// Writes what the rows brought with them. To be called once, after the last row.
    consuming func finish(_ database: Database) throws {
        for bucket in buckets.sorted() {
            try database.execute(
                sql: "INSERT OR IGNORE INTO stale_bucket(cluster, bucket) VALUES (?, ?)",
                arguments: [cluster, bucket])
        }
        guard newest > 0 else { return }
        try database.execute(
            sql: "UPDATE cluster SET newest_sample = max(coalesce(newest_sample, 0), ?) WHERE id = ?",
            arguments: [newest, cluster])
    }
}
