import GRDB

extension StoreFile {
    /// Makes a file as an older (or, with `userVersion`, a newer) version left it, with rows in it: for tests.
    package static func makeFixture(
        path: String, version: Int, userVersion: Int? = nil, applicationID: Int32? = nil, rows: String = ""
    ) throws {
        try translating(path: path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration(synchronous: "NORMAL"))
            try queue.writeWithoutTransaction { database in
                try Schema.migrate(database, to: version)
                if !rows.isEmpty { try database.execute(sql: rows) }
                if let userVersion { try database.execute(sql: "PRAGMA user_version = \(userVersion)") }
                if let applicationID { try database.execute(sql: "PRAGMA application_id = \(applicationID)") }
            }
            try queue.close()
        }
    }

    /// The first column of a query's rows as integers: for tests.
    package func integers(_ sql: String) throws -> [Int64] {
        try read { try Int64.fetchAll($0, sql: sql) }
    }

    /// Runs a statement past all the rules: for tests.
    package func execute(_ sql: String) throws {
        try write { try $0.execute(sql: sql) }
    }
}
