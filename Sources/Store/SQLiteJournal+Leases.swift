public import ClusterModel
public import Execution
import FoundationEssentials
import GRDB

extension SQLiteJournal {
    public func acquireLease(
        cluster: String, holder: String, now: Timestamp, seconds: Double, displacing: String?
    ) async throws(JournalError) -> Lease {
        try writing { database in
            let id = try clusterNumber(cluster, database)
            let present = try lease(cluster, database)
            if let present, present.isHeld(at: now), present.holder != displacing {
                throw JournalError(
                    code: .leaseHeld,
                    message: "cluster \(cluster) is being worked on by \(present.holder), at least until "
                        + "\(present.expiresAt)")
            }
            let lease = Lease(
                cluster: cluster, holder: holder, fence: (present?.fence ?? 0) + 1,
                expiresAt: now.adding(seconds: seconds))
            try database.execute(
                sql: """
                    INSERT INTO lease(cluster, holder, fence, expires_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT(cluster) DO UPDATE SET
                        holder = excluded.holder, fence = excluded.fence, expires_at = excluded.expires_at
                    """,
                arguments: [id, holder, lease.fence, lease.expiresAt.millisecondsSinceEpoch])
            return lease
        }
    }

    public func renewLease(
        _ lease: Lease, now: Timestamp, seconds: Double
    ) async throws(JournalError) -> Lease {
        try writing { database in
            let renewed = Lease(
                cluster: lease.cluster, holder: lease.holder, fence: lease.fence,
                expiresAt: now.adding(seconds: seconds))
            try database.execute(
                sql: """
                    UPDATE lease SET expires_at = ?
                    WHERE cluster = (SELECT id FROM cluster WHERE name = ?) AND fence = ? AND holder <> ''
                    """,
                arguments: [renewed.expiresAt.millisecondsSinceEpoch, lease.cluster, lease.fence])
            guard database.changesCount > 0 else {
                throw JournalError(
                    code: .staleFence,
                    message:
                        "the lease of cluster \(lease.cluster) with token \(lease.fence) was taken over or released")
            }
            return renewed
        }
    }

    public func releaseLease(_ lease: Lease) async throws(JournalError) {
        try writing { database in
            try database.execute(
                sql: """
                    UPDATE lease SET holder = '', expires_at = 0
                    WHERE cluster = (SELECT id FROM cluster WHERE name = ?) AND fence = ?
                    """,
                arguments: [lease.cluster, lease.fence])
        }
    }

    public func lease(ofCluster cluster: String) async throws(JournalError) -> Lease? {
        try reading { try lease(cluster, $0) }
    }

    private func lease(_ cluster: String, _ database: Database) throws -> Lease? {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT holder, fence, expires_at FROM lease
                WHERE cluster = (SELECT id FROM cluster WHERE name = ?)
                """,
            arguments: [cluster])
        guard let row else { return nil }
        let (holder, fence, expires): (String, Int64, Int64) = (row[0], row[1], row[2])
        return Lease(
            cluster: cluster, holder: holder, fence: fence, expiresAt: Timestamp(millisecondsSinceEpoch: expires))
    }
}

extension ClusterStore {
    /// Predicted and measured migrations that ended at a moment or later, oldest first.
    public func migrations(since moment: Timestamp, limit: Int = 10_000) throws -> [MigrationRecord] {
        let texts = try file.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT record FROM migration WHERE cluster = ? AND ended_at >= ?
                    ORDER BY ended_at, run, step, attempt LIMIT ?
                    """,
                arguments: [id, moment.millisecondsSinceEpoch, limit])
        }
        return try records(texts)
    }

    /// The newest of those that ended between two moments, both included; oldest first.
    public func newestMigrations(from: Timestamp, to: Timestamp, limit: Int) throws -> [MigrationRecord] {
        let texts = try file.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT record FROM migration WHERE cluster = ? AND ended_at >= ? AND ended_at <= ?
                    ORDER BY ended_at DESC, run DESC, step DESC, attempt DESC LIMIT ?
                    """,
                arguments: [id, from.millisecondsSinceEpoch, to.millisecondsSinceEpoch, limit])
        }
        return try records(texts.reversed())
    }

    /// When the last migration ended, by the platform's clock; `nil` when none has.
    public func newestMigrationTime() throws -> Timestamp? {
        try file.read { database in
            try Int64.fetchOne(
                database, sql: "SELECT max(ended_at) FROM migration WHERE cluster = ?", arguments: [id])
        }.map { Timestamp(millisecondsSinceEpoch: $0) }
    }

    private func records(_ texts: [String]) throws -> [MigrationRecord] {
        try texts.map { text in
            do {
                return try JSONDecoder().decode(MigrationRecord.self, from: Data(text.utf8))
            } catch {
                throw StoreError(code: .damaged, message: "\(file.path): migration record cannot be read: \(error)")
            }
        }
    }
}
