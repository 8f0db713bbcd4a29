import CSQLite

/// A thin, single-owner wrapper of the C library: open, run, bind, step.
final class SQLiteConnection {
    private let handle: OpaquePointer
    private let path: String

    init(path: String, readOnly: Bool = false) throws(AgentError) {
        var handle: OpaquePointer?
        let mode = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = sqlite3_open_v2(path, &handle, mode | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw AgentError(code: .database, message: "\(path) cannot be opened: \(reason)")
        }
        self.handle = handle
        self.path = path
        // Others may read the file, and a reader's checkpoint may hold the writer up for a moment.
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit { sqlite3_close_v2(handle) }

    func run(_ sql: String) throws(AgentError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(of: sql) }
    }

    /// Runs `body` in one transaction: all of it stays or none.
    func transaction(_ body: () throws(AgentError) -> Void) throws(AgentError) {
        try run("BEGIN IMMEDIATE")
        do throws(AgentError) {
            try body()
            try run("COMMIT")
        } catch {
            // SQLite may have rolled back by itself (disk full); the first error is the one that tells.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    func prepare(_ sql: String) throws(AgentError) -> SQLiteStatement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw failure(of: sql)
        }
        return SQLiteStatement(statement: statement, connection: self)
    }

    /// Rows that the last statement inserted or deleted.
    var changes: Int { Int(sqlite3_changes(handle)) }

    func failure(of sql: String) -> AgentError {
        AgentError(
            code: .database,
            message: "\(path): \(String(cString: sqlite3_errmsg(handle))) (in: \(sql.prefix(60)))")
    }
}

/// A prepared statement that is bound and stepped again and again.
final class SQLiteStatement {
    enum Value {
        case integer(Int64)
        case real(Double)
        case text(String)
        case null
    }

    private let statement: OpaquePointer
    private let connection: SQLiteConnection

    fileprivate init(statement: OpaquePointer, connection: SQLiteConnection) {
        self.statement = statement
        self.connection = connection
    }

    deinit { sqlite3_finalize(statement) }

    /// Runs the statement to its end with these values; gives the rows, `nil` where a column is NULL.
    @discardableResult
    func run(_ values: [Value] = []) throws(AgentError) -> [[String?]] {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            guard bind(value, at: Int32(index + 1)) == SQLITE_OK else { throw connection.failure(of: sql) }
        }
        var rows: [[String?]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(statement)).map { column in
                        sqlite3_column_text(statement, column).map { String(cString: $0) }
                    })
            case SQLITE_DONE: return rows
            default: throw connection.failure(of: sql)
            }
        }
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        switch value {
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .real(let number): sqlite3_bind_double(statement, index, number)
        // SQLITE_TRANSIENT, which C headers define by a cast: the library makes its own copy.
        case .text(let text):
            sqlite3_bind_text(
                statement, index, text, Int32(clamping: text.utf8.count),
                unsafeBitCast(-1, to: sqlite3_destructor_type.self))
        case .null: sqlite3_bind_null(statement, index)
        }
    }

    private var sql: String { sqlite3_sql(statement).map { String(cString: $0) } ?? "a statement" }
}
