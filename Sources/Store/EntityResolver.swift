import Forecasting
import GRDB

/// Finds the numbers of hosts and VMs by name inside a transaction, and gives new ones a number.
struct EntityResolver {
    private let file: StoreFile
    private let cluster: Int64
    private let known: [EntityCache.Key: Int64]
    private(set) var added: [EntityCache.Key: Int64] = [:]

    init(file: StoreFile, cluster: Int64) {
        self.file = file
        self.cluster = cluster
        known = file.entities.all()
    }

    mutating func number(_ database: Database, _ kind: EntityKind, _ name: String) throws -> Int64 {
        let key = EntityCache.Key(cluster: cluster, kind: kind, name: name)
        if let number = known[key] ?? added[key] { return number }
        guard !name.isEmpty else {
            throw StoreError(code: .invalid, message: "\(file.path): a \(kind.name)'s name has at least one character")
        }
        let arguments: StatementArguments = [cluster, kind.rawValue, name]
        let find = "SELECT id FROM entity WHERE cluster = ? AND kind = ? AND name = ?"
        if let number = try Int64.fetchOne(database, sql: find, arguments: arguments) {
            added[key] = number
            return number
        }
        try database.execute(sql: "INSERT INTO entity(cluster, kind, name) VALUES (?, ?, ?)", arguments: arguments)
        added[key] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    /// To be called when the transaction has been committed.
    func committed() {
        file.entities.remember(added)
    }
}

extension ClusterStore {
    /// Runs a transaction that gives entities numbers, and remembers them once it is committed.
    func writeResolving<Value>(_ body: (Database, inout EntityResolver) throws -> Value) throws -> Value {
        var resolver = EntityResolver(file: file, cluster: id)
        let value = try file.write { database in try body(database, &resolver) }
        resolver.committed()
        return value
    }
}
