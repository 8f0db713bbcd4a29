import GRDB

/// Looks at a file before anything may change it.
enum StoreInspection {
    /// Refuses what is no store, a newer one, and a damaged one as far as can be told without reading it whole.
    static func examine(path: String, creating: Bool) throws {
        guard let header = try header(of: path) else {
            guard creating else { throw StoreError(code: .missing, message: "\(path): no such file") }
            return
        }
        // An empty file is what SQLite itself makes when it is opened and nothing is written.
        if header.isEmpty { return try refuseUnless(creating, path: path) }
        guard header.elementsEqual(magic) else {
            throw StoreError(code: .notAStore, message: "\(path): not an SQLite database, so not a Drover store")
        }
        try StoreFile.translating(path: path) {
            let queue = try DatabaseQueue(
                path: path, configuration: StoreFile.configuration(synchronous: "NORMAL", readOnly: true))
            defer { closeQuietly(queue) }
            try queue.read { database in
                try examine(database, path: path)
                try touchTables(database)
            }
        }
    }

    /// Reads whether the file is a store of a version that this program knows.
    static func examine(_ database: Database, path: String) throws {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Schema.version(database)
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard application == Schema.applicationID || (application == 0 && version == 0 && tables == 0) else {
            throw StoreError(
                code: .notAStore, message: "\(path): an SQLite database of another program, not a Drover store")
        }
        guard version <= Schema.newestVersion else {
            throw StoreError(
                code: .newerVersion,
                message: "\(path): written by a newer Drover (schema version \(version)); this one knows versions "
                    + "up to \(Schema.newestVersion). Nothing was changed")
        }
    }

    /// Reads the first row of every table: finds a damaged root before anything is written. The whole file would take
    /// too long at every start; what lies deeper is found when it is read.
    private static func touchTables(_ database: Database) throws {
        let tables = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        for table in tables { _ = try Row.fetchOne(database, sql: "SELECT * FROM \"\(table)\" LIMIT 1") }
    }

    /// Closing a connection that only read can lose nothing; a failure to close must not hide what was found.
    private static func closeQuietly(_ queue: DatabaseQueue) {
        do { try queue.close() } catch { return }
    }

    private static func refuseUnless(_ creating: Bool, path: String) throws {
        guard creating else { throw StoreError(code: .notAStore, message: "\(path): empty, so not a Drover store") }
    }

    private static let magic = Array("SQLite format 3\0".utf8)

    /// The first 16 bytes; `nil` when there is no file.
    private static func header(of path: String) throws -> [UInt8]? {
        guard let handle = FileReader(path: path) else {
            if FileReader.isMissing(path: path) { return nil }
            throw StoreError(code: .inputOutput, message: "\(path): cannot be read")
        }
        return handle.bytes(upTo: 16)
    }
}
