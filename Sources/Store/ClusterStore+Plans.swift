public import ClusterModel
public import Execution
import GRDB

/// How far a stored plan has come.
public enum PlanState: String, Sendable, Hashable, CaseIterable {
    case proposed, running, done, failed, aborted
}

/// A plan as the store keeps it.
public struct StoredPlan: Sendable, Hashable {
    public let id: String
    public let createdAt: Timestamp
    /// SHA-256 of the cluster document on which it rests, which the store keeps as well.
    public let snapshot: String
    public let state: PlanState
    /// The document `drover.plan/1`.
    public let document: String
}

extension ClusterStore {
    // MARK: Snapshots

    /// Keeps the cluster document on which a plan rests, by its digest. The same one twice is kept once.
    public func keepSnapshot(digest: String, takenAt: Timestamp, document: String) throws {
        try file.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO snapshot(cluster, digest, taken_at, document) VALUES (?, ?, ?, ?)",
                arguments: [id, digest, takenAt.millisecondsSinceEpoch, document])
        }
    }

    /// The cluster document of that digest.
    public func snapshot(digest: String) throws -> String? {
        try file.read { database in
            try String.fetchOne(
                database, sql: "SELECT document FROM snapshot WHERE cluster = ? AND digest = ?",
                arguments: [id, digest])
        }
    }

    // MARK: Plans

    /// Keeps a plan whose snapshot is there already. One of the same identifier stays as it is.
    public func keepPlan(id plan: String, createdAt: Timestamp, snapshot: String, document: String) throws {
        guard try self.snapshot(digest: snapshot) != nil else {
            throw StoreError(
                code: .invalid, message: "\(file.path): plan \(plan) rests on snapshot \(snapshot), which is not there")
        }
        try file.writeDurably { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO plan(cluster, id, created_at, snapshot, state, document)
                    VALUES (?, ?, ?, ?, 'proposed', ?)
                    """,
                arguments: [id, plan, createdAt.millisecondsSinceEpoch, snapshot, document])
        }
    }

    public func plan(id plan: String) throws -> StoredPlan? {
        try file.read { database in
            let sql = "SELECT id, created_at, snapshot, state, document FROM plan WHERE cluster = ? AND id = ?"
            return try Row.fetchOne(database, sql: sql, arguments: [id, plan]).map(Self.plan)
        }
    }

    /// The newest plans first.
    public func plans(limit: Int = 100) throws -> [StoredPlan] {
        try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, created_at, snapshot, state, document FROM plan WHERE cluster = ?
                    ORDER BY created_at DESC, id LIMIT ?
                    """,
                arguments: [id, limit]
            ).map(Self.plan)
        }
    }

    public func setState(_ state: PlanState, ofPlan plan: String) throws {
        let changed = try file.writeDurably { database in
            try database.execute(
                sql: "UPDATE plan SET state = ? WHERE cluster = ? AND id = ?", arguments: [state.rawValue, id, plan])
            return database.changesCount
        }
        guard changed > 0 else { throw unknownPlan(plan) }
    }

    private static func plan(_ row: Row) -> StoredPlan {
        let (id, createdAt, snapshot): (String, Int64, String) = (row[0], row[1], row[2])
        let (state, document): (String, String) = (row[3], row[4])
        return StoredPlan(
            id: id, createdAt: Timestamp(millisecondsSinceEpoch: createdAt), snapshot: snapshot,
            state: PlanState(rawValue: state) ?? .proposed, document: document)
    }

    func unknownPlan(_ plan: String) -> StoreError {
        StoreError(code: .unknown, message: "\(file.path): cluster \(name) has no plan \(plan)")
    }

    // MARK: Approvals

    /// Records an operator's leave; it is on the disk when this returns. The same operator's second one changes
    /// nothing.
    public func approve(_ approval: Approval) throws {
        guard try plan(id: approval.plan) != nil else { throw unknownPlan(approval.plan) }
        try file.writeDurably { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO approval(cluster, plan, who, at) VALUES (?, ?, ?, ?)",
                arguments: [id, approval.plan, approval.approvedBy, approval.approvedAt.millisecondsSinceEpoch])
        }
    }

    /// Who gave leave to run a plan, in order of time.
    public func approvals(ofPlan plan: String) throws -> [Approval] {
        try file.read { database in
            try Row.fetchAll(
                database, sql: "SELECT who, at FROM approval WHERE cluster = ? AND plan = ? ORDER BY at, who",
                arguments: [id, plan]
            ).map { row in
                let (who, at): (String, Int64) = (row[0], row[1])
                return Approval(plan: plan, approvedBy: who, approvedAt: Timestamp(millisecondsSinceEpoch: at))
            }
        }
    }
}
