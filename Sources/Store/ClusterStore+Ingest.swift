public import AgentWire
public import ClusterModel
import Forecasting
import GRDB

extension ClusterStore {
    /// Stores what an agent sent, once, however often the batch arrives: in one transaction with its identity.
    ///
    /// CPU is turned into reference cores with the host's speed in the inventory (1 when it is not there), so that
    /// samples of a VM on hosts of different speeds can be compared. Rows of more than `toleratedAheadSeconds` after
    /// `receivedAt` are dropped: one wrong clock must not move the planner's.
    public func ingest(
        _ batch: SampleBatch, receivedAt: Timestamp, toleratedAheadSeconds: Double = 300
    ) throws -> IngestResult {
        try writeResolving { database, resolver in
            var result = IngestResult()
            guard try isNew(batch.identity.description, receivedAt: receivedAt, database) else {
                result.wasKnown = true
                return result
            }
            let host = try resolver.number(database, .host, batch.host)
            let speed = try Double.fetchOne(
                database, sql: "SELECT cpu_speed FROM entity WHERE id = ?", arguments: [host])
            let rows = BatchRows(batch, cpuSpeed: speed ?? 1)
            let latest = receivedAt.adding(seconds: toleratedAheadSeconds)
            try store(rows.samples, upTo: latest, &result, database, &resolver)
            try note(batch, host: host, upTo: latest, database)
            try noteSightings(batch, host: host, upTo: latest, database, &resolver)
            return result
        }
    }

    /// Stores rows from elsewhere in one transaction. A row of a time and an entity that are there already is ignored;
    /// with an identity, so are all rows of a batch of that identity that was stored before.
    public func ingest(_ rows: [SampleRow], identity: String? = nil) throws -> IngestResult {
        try writeResolving { database, resolver in
            var result = IngestResult()
            let newest = rows.map(\.at).max() ?? Timestamp(millisecondsSinceEpoch: 0)
            if let identity, try !isNew(identity, receivedAt: newest, database) {
                result.wasKnown = true
                return result
            }
            let latest = Timestamp(millisecondsSinceEpoch: TimeGrid.allowedMilliseconds.upperBound)
            try store(rows, upTo: latest, &result, database, &resolver)
            return result
        }
    }

    private func isNew(_ identity: String, receivedAt: Timestamp, _ database: Database) throws -> Bool {
        try database.execute(
            sql: "INSERT OR IGNORE INTO batch(cluster, id, received_at) VALUES (?, ?, ?)",
            arguments: [id, identity, receivedAt.millisecondsSinceEpoch])
        return database.changesCount > 0
    }

    private func store(
        _ rows: [SampleRow], upTo latest: Timestamp, _ result: inout IngestResult, _ database: Database,
        _ resolver: inout EntityResolver
    ) throws {
        let oldest = try Int64.fetchOne(
            database, sql: "SELECT five_minute_from FROM cluster WHERE id = ?", arguments: [id])
        var inserter = try SampleInserter(database, cluster: id)
        for row in rows {
            let at = row.at.millisecondsSinceEpoch
            guard TimeGrid.allowedMilliseconds.contains(at), row.values.isSound else { throw unsound(row) }
            if row.at > latest {
                result.ahead += 1
            } else if at < oldest ?? 0 {
                result.tooOld += 1
            } else {
                let entity = try resolver.number(database, row.kind, row.name)
                let isNew = try inserter.insert(at: at, entity: entity, values: row.values)
                if isNew { result.stored += 1 } else { result.repeated += 1 }
            }
        }
        try inserter.finish(database)
    }

    private func unsound(_ row: SampleRow) -> StoreError {
        StoreError(
            code: .invalid,
            message: "\(file.path): sample of \(row.kind.name) \"\(row.name)\" at \(row.at): the time must lie in the "
                + "years 2000 to 2099, and at least one value be there, finite and not negative")
    }

    private func note(_ batch: SampleBatch, host: Int64, upTo latest: Timestamp, _ database: Database) throws {
        let times =
            batch.hostSamples.map(\.timestampMilliseconds) + batch.virtualMachineSamples.map(\.timestampMilliseconds)
        let known = times.filter { $0 <= latest.millisecondsSinceEpoch }
        guard let first = known.min(), let last = known.max() else { return }
        let size = batch.hostSamples.last?.readings
        try database.execute(
            sql: """
                INSERT INTO agent(cluster, host, first_seen, last_seen, boot_id, cpu_cores, memory_bytes)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT(cluster, host) DO UPDATE SET
                    first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
                    boot_id = coalesce(excluded.boot_id, boot_id), cpu_cores = coalesce(excluded.cpu_cores, cpu_cores),
                    memory_bytes = coalesce(excluded.memory_bytes, memory_bytes)
                """,
            arguments: [id, host, first, last, batch.bootID, size?[.cpuCores], size?[.memoryTotalBytes]])
    }

    private func noteSightings(
        _ batch: SampleBatch, host: Int64, upTo latest: Timestamp, _ database: Database,
        _ resolver: inout EntityResolver
    ) throws {
        let known = batch.virtualMachineSamples.filter { $0.timestampMilliseconds <= latest.millisecondsSinceEpoch }
        let newest = Dictionary(known.map { ($0.name, $0) }) { first, second in
            first.timestampMilliseconds >= second.timestampMilliseconds ? first : second
        }
        let statement = try PreparedStatement(
            database,
            """
            INSERT INTO sighting(cluster, vm, host, seen_at, vcpus, memory_bytes) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT(cluster, vm) DO UPDATE SET
                host = excluded.host, seen_at = excluded.seen_at, vcpus = coalesce(excluded.vcpus, vcpus),
                memory_bytes = coalesce(excluded.memory_bytes, memory_bytes)
            WHERE excluded.seen_at >= seen_at
            """)
        for (name, sample) in newest.sorted(by: { $0.key < $1.key }) {
            statement.bind(1, id)
            statement.bind(2, try resolver.number(database, .vm, name))
            statement.bind(3, host)
            statement.bind(4, sample.timestampMilliseconds)
            if let vcpus = sample.readings[.configuredVCPUs] { statement.bind(5, vcpus) }
            if let memory = sample.readings[.configuredMemoryBytes] { statement.bind(6, memory) }
            try statement.run()
        }
    }
}
