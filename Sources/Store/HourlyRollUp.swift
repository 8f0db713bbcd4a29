import Forecasting
import GRDB

/// Makes the hourly rollups of one day from its five-minute rollups.
///
/// Five-minute rollups go by whole days, so a day's are all there or none: a day of which none is left stays as it is.
struct HourlyRollUp {
    let cluster: Int64
    let day: Int64

    func run(_ database: Database) throws {
        let days = try days(database)
        let writing = try PreparedStatement(
            database, "INSERT OR REPLACE INTO hourly(cluster, day, entity, chunk) VALUES (?, ?, ?, ?)")
        for (entity, chunk) in days.sorted(by: { $0.key < $1.key }) {
            writing.bind(1, cluster)
            writing.bind(2, day)
            writing.bind(3, entity)
            writing.bind(4, chunk.encoded())
            try writing.run()
        }
    }

    /// What the five-minute rollups of the day come to, by entity.
    func days(_ database: Database) throws -> [Int64: DayChunk] {
        let first = day * Int64(TimeGrid.hoursPerDay)
        let rows = try ChunkCursor(database, cluster: cluster, hours: first..<first + Int64(TimeGrid.hoursPerDay))
        var days: [Int64: DayChunk] = [:]
        while let row = try rows.next() {
            days[row.entity, default: DayChunk()].add(row.chunk, hourOfDay: TimeGrid.slot(ofHour: row.hour))
        }
        return days
    }
}

/// Reads five-minute chunks in the order of their keys.
struct ChunkCursor: ~Copyable {
    private let statement: PreparedStatement

    /// Of all entities, or of one: the table is ordered by hours, so one costs a search for each hour.
    init(_ database: Database, cluster: Int64, hours: Range<Int64>, entity: Int64? = nil) throws {
        statement = try PreparedStatement(
            database,
            entity == nil
                ? """
                SELECT hour, entity, chunk FROM five_minute WHERE cluster = ? AND hour >= ? AND hour < ?
                ORDER BY hour, entity
                """
                : """
                WITH RECURSIVE hours(number) AS (
                    SELECT ?2 WHERE ?2 < ?3 UNION ALL SELECT number + 1 FROM hours WHERE number + 1 < ?3)
                SELECT hour, entity, chunk FROM hours CROSS JOIN five_minute
                ON cluster = ?1 AND hour = hours.number AND entity = ?4 ORDER BY hour
                """)
        if let entity { statement.bind(4, entity) }
        statement.bind(1, cluster)
        statement.bind(2, hours.lowerBound)
        statement.bind(3, hours.upperBound)
    }

    func next() throws -> (hour: Int64, entity: Int64, chunk: RollUpChunk)? {
        guard try statement.next() else { return nil }
        let (hour, entity) = (statement.integer(0), statement.integer(1))
        guard let chunk = RollUpChunk(bytes: statement.bytes(2), slotCount: TimeGrid.bucketsPerHour) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "five-minute rollup of entity \(entity), hour \(hour)")
        }
        return (hour, entity, chunk)
    }

    /// The next row's key and bytes, valid until the row after it; for a reader in a hurry.
    func nextBytes() throws -> (hour: Int64, entity: Int64, bytes: UnsafeRawBufferPointer)? {
        guard try statement.next() else { return nil }
        return (statement.integer(0), statement.integer(1), statement.bytes(2))
    }
}
