import Forecasting
import GRDB

/// What a check of a store found.
public struct StoreCheck: Sendable, Hashable {
    /// One sentence each; empty: the store is sound.
    public var problems: [String] = []
    public var clusters = 0
    public var samples = 0
    public var journalEntries = 0
    /// Rollups that were made anew and compared: of five minutes from their samples, of days from their five minutes.
    public var comparedRollUps = 0

    public var isSound: Bool { problems.isEmpty }
}

extension StoreFile {
    /// Problems beyond this many of a kind are counted, not listed.
    static let listedProblems = 20

    /// Reads the whole file and reports everything that is wrong with it. Changes nothing.
    ///
    /// Works on a file that cannot be used any more. Throws only when it cannot be read at all.
    public static func check(path: String) throws -> StoreCheck {
        do {
            try StoreInspection.examine(path: path, creating: false)
            return try translating(path: path) {
                let queue = try DatabaseQueue(
                    path: path, configuration: configuration(synchronous: "NORMAL", readOnly: true))
                let found = try queue.read { try findings(in: $0) }
                try queue.close()
                return found
            }
        } catch let error as StoreError where error.code == .damaged {
            return StoreCheck(problems: [error.message])
        }
    }

    private static func findings(in database: Database) throws -> StoreCheck {
        var check = StoreCheck()
        let integrity = try String.fetchAll(database, sql: "PRAGMA integrity_check(\(listedProblems))")
        check.problems += integrity.filter { $0 != "ok" }.map { "SQLite: \($0)" }
        // Beyond this point a damaged file would only fail in other words.
        guard check.isSound else { return check }
        guard try Schema.version(database) == Schema.newestVersion else {
            let version = try Schema.version(database)
            check.problems.append("schema version \(version); opening the store takes it to \(Schema.newestVersion)")
            return check
        }
        let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
            "table \(row[0] as String): a row refers to \(row[2] as String), where it is not"
        }
        check.problems += orphans.prefix(listedProblems)
        try checkEntities(database, &check)
        try checkJournal(database, &check)
        for cluster in try Int64.fetchAll(database, sql: "SELECT id FROM cluster ORDER BY id") {
            check.clusters += 1
            var comparison = RollUpComparison(cluster: cluster)
            try comparison.run(database)
            check.problems += comparison.problems
            check.comparedRollUps += comparison.compared
        }
        check.samples = try Int.fetchOne(database, sql: "SELECT count(*) FROM sample") ?? 0
        return check
    }

    /// The time-series tables have no foreign keys: ingest would pay for them at every row.
    private static func checkEntities(_ database: Database, _ check: inout StoreCheck) throws {
        for table in ["sample", "five_minute", "hourly"] {
            let strangers = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM \(table)
                    WHERE entity NOT IN (SELECT id FROM entity WHERE entity.cluster = \(table).cluster)
                    """)
            if let strangers, strangers > 0 {
                check.problems.append(
                    "table \(table): \(strangers) rows of a host or VM that the cluster does not have")
            }
        }
    }

    private static func checkJournal(_ database: Database, _ check: inout StoreCheck) throws {
        for table in ["journal", "control"] {
            let row = try Row.fetchOne(database, sql: "SELECT count(*), coalesce(max(sequence), 0) FROM \(table)")
            let (count, last): (Int64, Int64) = (row?[0] ?? 0, row?[1] ?? 0)
            if table == "journal" { check.journalEntries = Int(count) }
            if count != last {
                check.problems.append("table \(table): \(last - count) entries are missing before number \(last)")
            }
        }
    }
}

/// Makes rollups anew from what they were made of, and compares.
struct RollUpComparison {
    let cluster: Int64
    var problems: [String] = []
    var compared = 0
    private var wrong = 0

    init(cluster: Int64) {
        self.cluster = cluster
    }

    mutating func run(_ database: Database) throws {
        try compareFiveMinutes(database)
        try compareHours(database)
        if wrong > problems.count { problems.append("and \(wrong - problems.count) more rollups that differ") }
    }

    private mutating func report(_ problem: String) {
        wrong += 1
        if problems.count < StoreFile.listedProblems { problems.append(problem) }
    }

    /// Buckets whose samples are all kept, and which are not marked as stale.
    private mutating func compareFiveMinutes(_ database: Database) throws {
        let rawFrom = try Int64.fetchOne(
            database, sql: "SELECT raw_from FROM cluster WHERE id = ?", arguments: [cluster])
        let stale = Set(
            try Int64.fetchAll(
                database, sql: "SELECT bucket FROM stale_bucket WHERE cluster = ?", arguments: [cluster]))
        let rows = try SampleCursor(database, cluster: cluster, from: rawFrom ?? 0, before: .max)
        let chunks = try ChunkTable(database, cluster: cluster)
        var bucket: Int64 = -1
        var sums: [Int64: SlotAccumulator] = [:]
        while let row = try rows.next() {
            let next = TimeGrid.bucket(of: row.at)
            if next != bucket {
                if !stale.contains(bucket) { try compare(sums, bucket: bucket, chunks) }
                sums.removeAll(keepingCapacity: true)
                bucket = next
            }
            sums[row.entity, default: SlotAccumulator()].add(row.values)
        }
        if !stale.contains(bucket) { try compare(sums, bucket: bucket, chunks) }
    }

    private mutating func compare(
        _ sums: [Int64: SlotAccumulator], bucket: Int64, _ chunks: borrowing ChunkTable
    ) throws {
        let hour = TimeGrid.hour(ofBucket: bucket)
        let slot = TimeGrid.slot(ofBucket: bucket)
        for (entity, sum) in sums.sorted(by: { $0.key < $1.key }) {
            compared += 1
            let chunk = try chunks.chunk(hour: hour, entity: entity)
            for metric in SeriesMetric.allCases where sum.slot(of: metric).count > 0 {
                guard chunk[metric, slot] != sum.slot(of: metric) else { continue }
                report(
                    "five-minute rollup of entity \(entity), bucket \(bucket), \(metric.name): not that of its samples")
            }
        }
    }

    private mutating func compareHours(_ database: Database) throws {
        let stale = Set(
            try Int64.fetchAll(database, sql: "SELECT day FROM stale_day WHERE cluster = ?", arguments: [cluster]))
        let days = try Int64.fetchAll(
            database, sql: "SELECT DISTINCT hour / 24 FROM five_minute WHERE cluster = ? ORDER BY 1",
            arguments: [cluster])
        let statement = try PreparedStatement(
            database, "SELECT chunk FROM hourly WHERE cluster = ? AND day = ? AND entity = ?")
        for day in days where !stale.contains(day) {
            let expected = try HourlyRollUp(cluster: cluster, day: day).days(database)
            for (entity, chunk) in expected.sorted(by: { $0.key < $1.key }) {
                compared += 1
                defer { statement.reset() }
                statement.bind(1, cluster)
                statement.bind(2, day)
                statement.bind(3, entity)
                let found = try statement.next() ? DayChunk(bytes: statement.bytes(0)) : nil
                if found != chunk {
                    report("hourly rollup of entity \(entity), day \(day): not that of its five minutes")
                }
            }
        }
    }
}
