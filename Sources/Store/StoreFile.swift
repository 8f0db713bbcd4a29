import GRDB

/// One SQLite file with the data of one or more clusters. Copies share its connections; all may be used at once.
///
/// Samples are written with `synchronous=NORMAL`: a power cut may cost the last seconds. Journal, approvals and leases
/// go through a connection of their own with `synchronous=FULL`: once written they stay, whatever happens.
public struct StoreFile: Sendable {
    public let path: String
    let samples: DatabasePool
    let durable: DatabaseQueue
    let entities: EntityCache

    /// Opens a store; a file that is not there is created when `creating` says so.
    ///
    /// A file of an older version is brought up to date. One of a newer version, a damaged one and one that is no store
    /// are refused and left as they are.
    public init(path: String, creating: Bool = false) throws {
        try StoreInspection.examine(path: path, creating: creating)
        self.path = path
        entities = EntityCache()
        (samples, durable) = try Self.translating(path: path) {
            let pool = try DatabasePool(path: path, configuration: Self.configuration(synchronous: "NORMAL"))
            try pool.writeWithoutTransaction { try Schema.migrate($0) }
            // Opened after the pool: GRDB sets NORMAL whenever it turns the write-ahead log on.
            let queue = try DatabaseQueue(path: path, configuration: Self.configuration(synchronous: "FULL"))
            return (pool, queue)
        }
    }

    /// Cache of 64 MiB: with the 2 MiB that is SQLite's default, ingest is bound by the disk. An other writer's turn
    /// is waited for.
    static func configuration(synchronous: String, readOnly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = -65536")
            try database.execute(sql: "PRAGMA synchronous = \(synchronous)")
        }
        return configuration
    }

    // MARK: Clusters

    /// The names of all clusters, sorted.
    public func clusterNames() throws -> [String] {
        try read { try String.fetchAll($0, sql: "SELECT name FROM cluster ORDER BY name") }
    }

    /// The cluster of that name; created when it is not there and `creating` says so.
    public func cluster(named name: String, creating: Bool = false) throws -> ClusterStore {
        let found = try read { try Int64.fetchOne($0, sql: "SELECT id FROM cluster WHERE name = ?", arguments: [name]) }
        if let found { return ClusterStore(file: self, id: found, name: name) }
        guard creating else {
            let names = try clusterNames()
            let known = names.isEmpty ? "it has none" : "it has: " + names.joined(separator: ", ")
            throw StoreError(code: .unknown, message: "\(path): no cluster \"\(name)\"; \(known)")
        }
        guard !name.isEmpty else {
            throw StoreError(code: .invalid, message: "\(path): a cluster's name has at least one character")
        }
        let id = try writeDurably { database in
            try database.execute(sql: "INSERT OR IGNORE INTO cluster(name) VALUES (?)", arguments: [name])
            return try Int64.fetchOne(database, sql: "SELECT id FROM cluster WHERE name = ?", arguments: [name])
        }
        guard let id else { throw StoreError(code: .damaged, message: "\(path): cluster \"\(name)\" was not kept") }
        return ClusterStore(file: self, id: id, name: name)
    }

    /// The only cluster of the file, for a command that names none.
    public func onlyCluster() throws -> ClusterStore {
        let names = try clusterNames()
        guard names.count == 1 else {
            let reason = names.isEmpty ? "has no cluster yet" : "has \(names.count): " + names.joined(separator: ", ")
            throw StoreError(code: .unknown, message: "\(path) \(reason); name one with --cluster-name")
        }
        return try cluster(named: names[0])
    }

    /// Ends the use of the file and folds the write-ahead log into it. No copy of this value may be used afterwards.
    public func close() throws {
        try Self.translating(path: path) {
            // Said aloud: the connection that closes last may be one that only reads, and would leave the log as it is.
            _ = try durable.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try durable.close()
            try samples.close()
        }
    }

    // MARK: Access

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path: path) { try samples.read(body) }
    }

    /// A transaction for samples and what can be had again.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path: path) { try samples.write(body) }
    }

    /// A transaction that is on the disk when this returns.
    func writeDurably<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path: path) { try durable.write(body) }
    }

    static func translating<Value>(path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// What each connection does at a commit: 1 is NORMAL, 2 is FULL. For tests.
    package func synchronousLevels() throws -> (samples: Int?, durable: Int?) {
        let level = "PRAGMA synchronous"
        return (
            try write { try Int.fetchOne($0, sql: level) }, try writeDurably { try Int.fetchOne($0, sql: level) }
        )
    }
}

/// One cluster's part of a store. Nothing of another cluster can be reached through it.
public struct ClusterStore: Sendable {
    public let file: StoreFile
    let id: Int64
    public let name: String
}
