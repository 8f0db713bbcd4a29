public import ClusterModel
public import Forecasting
import GRDB

/// A cluster's history as the store keeps it: five-minute rollups, and daily histograms before those begin.
public struct StoredHistory: SampleHistory {
    private let cluster: ClusterStore
    /// Memory for values while a query runs: beyond it, entities are read in several passes.
    private let budgetBytes: Int

    init(cluster: ClusterStore, budgetBytes: Int = 256 << 20) {
        self.cluster = cluster
        self.budgetBytes = budgetBytes
    }

    public func agents() throws -> [String: AgentPresence] {
        try cluster.file.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT entity.name, agent.first_seen, agent.last_seen FROM agent
                    JOIN entity ON entity.id = agent.host WHERE agent.cluster = ?
                    """,
                arguments: [cluster.id])
            let pairs = rows.map { row in
                let (name, first, last): (String, Int64, Int64) = (row[0], row[1], row[2])
                let presence = AgentPresence(
                    firstSeen: Timestamp(millisecondsSinceEpoch: first),
                    lastSeen: Timestamp(millisecondsSinceEpoch: last))
                return (name, presence)
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }

    public func histories(of kind: EntityKind, _ query: HistoryQuery) throws -> [String: EntityHistory] {
        try cluster.rollUp()
        return try cluster.file.read { database in
            let entities = try cluster.entities(of: kind, database)
            guard !entities.isEmpty, !query.metrics.isEmpty, query.upTo > query.after else { return [:] }
            let window = HistoryWindow(query)
            let perEntity = max(1, window.bucketCount * query.metrics.count * 2 * MemoryLayout<UInt16>.size)
            let atOnce = max(1, budgetBytes / perEntity)
            var result: [String: EntityHistory] = [:]
            for start in stride(from: 0, to: entities.count, by: atOnce) {
                let group = Array(entities[start..<min(start + atOnce, entities.count)])
                var reader = HistoryReader(window: window, query: query, entities: group)
                try reader.read(database, cluster: cluster.id)
                for (index, entity) in group.enumerated() { result[entity.name] = reader.history(of: index) }
            }
            return result
        }
    }
}

extension ClusterStore {
    /// What was sampled, for the forecaster. Rolls up first what is not yet.
    public var history: StoredHistory { StoredHistory(cluster: self) }

    /// The same with less memory: for tests of reading in several passes.
    package func history(budgetBytes: Int) -> StoredHistory { StoredHistory(cluster: self, budgetBytes: budgetBytes) }

    /// The time of the newest sample; `nil` when there is none.
    public func newestSampleTime() throws -> Timestamp? {
        try file.read { database in
            try Int64.fetchOne(database, sql: "SELECT newest_sample FROM cluster WHERE id = ?", arguments: [id])
                .map(Timestamp.init(millisecondsSinceEpoch:))
        }
    }

    /// All hosts or VMs by ascending number.
    func entities(of kind: EntityKind, _ database: Database) throws -> [(number: Int64, name: String)] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT id, name FROM entity WHERE cluster = ? AND kind = ? ORDER BY id",
            arguments: [id, kind.rawValue])
        return rows.map { (number: $0[0], name: $0[1]) }
    }
}
