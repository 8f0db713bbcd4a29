public import ClusterModel
public import Execution
import FoundationEssentials
import GRDB

/// The executor's journal, leases and requests in a store. Every write is on the disk when it returns.
public struct SQLiteJournal: Journal {
    /// Room for the entries of some hundred steps: each takes a page or two of 4 KiB in the write-ahead log.
    static let leastRoomBytes: Int64 = 1 << 20

    let file: StoreFile

    public init(file: StoreFile) {
        self.file = file
    }

    // MARK: Entries

    public func append(
        _ event: JournalEvent, run: String, cluster: String, fence: Int64, at: Timestamp
    ) async throws(JournalError) -> JournalEntry {
        let text = try event.text()
        return try writing { database in
            let id = try clusterNumber(cluster, database)
            try requireFence(fence, cluster: cluster, id: id, database)
            let sequence = try nextSequence(in: "journal", database)
            try database.execute(
                sql: "INSERT INTO journal(sequence, cluster, run, fence, at, event) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [sequence, id, run, fence, at.millisecondsSinceEpoch, text])
            if case .stepEnded(_, _, _, _, let record?) = event { try keep(record, cluster: id, database) }
            return JournalEntry(sequence: sequence, cluster: cluster, run: run, fence: fence, at: at, event: event)
        }
    }

    public func checkRoom() async throws(JournalError) {
        let free: Int64
        do throws(StoreError) {
            free = try file.freeBytes()
        } catch {
            throw JournalError(code: .storage, message: error.message)
        }
        guard free < Self.leastRoomBytes else { return }
        throw JournalError(
            code: .storage,
            message:
                "\(file.path): its disk is full: \(free >> 10) KiB are free, \(Self.leastRoomBytes >> 10) KiB are needed"
        )
    }

    public func entries(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [JournalEntry] {
        try reading { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT journal.sequence, cluster.name, journal.fence, journal.at, journal.event FROM journal
                    JOIN cluster ON cluster.id = journal.cluster
                    WHERE run = ? AND sequence > ? ORDER BY sequence
                    """,
                arguments: [run, sequence]
            ).map { row in
                let (sequence, cluster, fence): (Int64, String, Int64) = (row[0], row[1], row[2])
                let (at, text): (Int64, String) = (row[3], row[4])
                return JournalEntry(
                    sequence: sequence, cluster: cluster, run: run, fence: fence,
                    at: Timestamp(millisecondsSinceEpoch: at), event: try JournalEvent(text: text))
            }
        }
    }

    public func latestRun(ofCluster cluster: String) async throws(JournalError) -> String? {
        try reading { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT run FROM journal WHERE cluster = (SELECT id FROM cluster WHERE name = ?)
                    GROUP BY run ORDER BY min(sequence) DESC LIMIT 1
                    """,
                arguments: [cluster])
        }
    }

    // MARK: Requests

    public func request(
        _ command: ControlCommand, run: String, by: String, at: Timestamp
    ) async throws(JournalError) -> ControlRequest {
        try writing { database in
            let sequence = try nextSequence(in: "control", database)
            try database.execute(
                sql: """
                    INSERT INTO control(sequence, cluster, run, command, asked_by, at)
                    VALUES (?, (SELECT cluster FROM journal WHERE run = ? LIMIT 1), ?, ?, ?, ?)
                    """,
                arguments: [sequence, run, run, command.rawValue, by, at.millisecondsSinceEpoch])
            return ControlRequest(sequence: sequence, run: run, command: command, by: by, at: at)
        }
    }

    public func requests(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [ControlRequest] {
        try reading { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT sequence, command, asked_by, at FROM control WHERE run = ? AND sequence > ?
                    ORDER BY sequence
                    """,
                arguments: [run, sequence]
            ).map { row in
                let (sequence, text, by, at): (Int64, String, String, Int64) = (row[0], row[1], row[2], row[3])
                guard let command = ControlCommand(rawValue: text) else {
                    throw JournalError(code: .corrupt, message: "control request \(sequence) of run \(run): \(text)")
                }
                return ControlRequest(
                    sequence: sequence, run: run, command: command, by: by, at: Timestamp(millisecondsSinceEpoch: at))
            }
        }
    }

    // MARK: Help

    func clusterNumber(_ name: String, _ database: Database) throws -> Int64 {
        try database.execute(sql: "INSERT OR IGNORE INTO cluster(name) VALUES (?)", arguments: [name])
        guard
            let id = try Int64.fetchOne(database, sql: "SELECT id FROM cluster WHERE name = ?", arguments: [name])
        else { throw JournalError(code: .storage, message: "a cluster needs a name, found \"\(name)\"") }
        return id
    }

    private func nextSequence(in table: String, _ database: Database) throws -> Int64 {
        (try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM \(table)") ?? 0) + 1
    }

    private func requireFence(_ fence: Int64, cluster: String, id: Int64, _ database: Database) throws {
        let row = try Row.fetchOne(
            database, sql: "SELECT fence, holder FROM lease WHERE cluster = ?", arguments: [id])
        let newest: Int64? = row?[0]
        let holder: String? = row?[1]
        guard newest == fence, holder?.isEmpty == false else {
            throw JournalError(
                code: .staleFence,
                message: "the lease of cluster \(cluster) with token \(fence) is no longer valid; the newest token is "
                    + "\(newest.map(String.init) ?? "none")" + (holder.map { $0.isEmpty ? ", released" : "" } ?? ""))
        }
    }

    private func keep(_ record: MigrationRecord, cluster: Int64, _ database: Database) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO migration(cluster, run, step, attempt, ended_at, vm, record)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                cluster, record.key.run, record.key.step, record.key.attempt, record.endedAt.millisecondsSinceEpoch,
                record.vm, String(decoding: try encoder.encode(record), as: UTF8.self),
            ])
    }

    func writing<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        try translating { try file.durable.write(body) }
    }

    func reading<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
        try translating { try file.samples.read(body) }
    }

    private func translating<Value>(_ body: () throws -> Value) throws(JournalError) -> Value {
        do {
            return try body()
        } catch let error as JournalError {
            throw error
        } catch let error as DatabaseError {
            let translated = StoreError(error, path: file.path)
            throw JournalError(code: translated.code == .damaged ? .corrupt : .storage, message: translated.message)
        } catch {
            throw JournalError(code: .storage, message: "\(file.path): \(error)")
        }
    }
}
