public import ClusterModel

/// Where the executor writes what it is about to do and what came of it: append first, act second.
///
/// One journal serves many clusters and many processes; every method is atomic with respect to all the others, also
/// between processes. Progress is a fold of entries (`RunState`), so nothing else about a run is stored.
public protocol Journal: Sendable {
    /// Appends an entry, durably: when this returns, the entry survives a loss of power.
    ///
    /// Refused with `staleFence`, and nothing written, unless `fence` is the newest token of the cluster and its lease
    /// was not released; an expired lease that nobody else has taken still counts. With `stepEnded` that carries a
    /// `MigrationRecord`, the record enters the history of migrations in the same transaction.
    /// `at` is the platform's time. Sequence numbers grow within the journal, from 1.
    func append(
        _ event: JournalEvent, run: String, cluster: String, fence: Int64, at: Timestamp
    ) async throws(JournalError) -> JournalEntry

    /// Refuses with `storage` when entries that are still to come might not find room, so that nothing is begun whose
    /// end could not be written down. What is left then is for the ends of what is under way.
    func checkRoom() async throws(JournalError)

    /// Entries of a run with a sequence number above `sequence`, in order. Empty for an unknown run.
    func entries(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [JournalEntry]

    /// The run of the cluster whose first entry is the newest; `nil` when nothing was ever run on it.
    func latestRun(ofCluster cluster: String) async throws(JournalError) -> String?

    /// Takes the lease of a cluster, with a new, higher fence.
    ///
    /// Succeeds when the lease was never taken, was released, has expired at `now`, or is held by `displacing` (a
    /// holder that the caller knows to be dead). Otherwise refused with `leaseHeld`, whose message names holder and
    /// expiry. `now` and the expiry `now + seconds` are wall-clock time.
    func acquireLease(
        cluster: String, holder: String, now: Timestamp, seconds: Double, displacing: String?
    ) async throws(JournalError) -> Lease

    /// Extends the lease to `now + seconds`. Refused with `staleFence` when its fence is no longer the newest.
    func renewLease(_ lease: Lease, now: Timestamp, seconds: Double) async throws(JournalError) -> Lease

    /// Gives the lease back. Does nothing when its fence is no longer the newest; may be called twice.
    func releaseLease(_ lease: Lease) async throws(JournalError)

    /// The lease of a cluster as it stands; `nil` when it was never taken.
    func lease(ofCluster cluster: String) async throws(JournalError) -> Lease?

    /// Leaves a request for the executor of a run, from any process, without a lease. Durable on return.
    ///
    /// Sequence numbers of control requests grow within the journal, from 1, apart from those of entries.
    func request(
        _ command: ControlCommand, run: String, by: String, at: Timestamp
    ) async throws(JournalError) -> ControlRequest

    /// Requests for a run with a sequence number above `sequence`, in order.
    func requests(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [ControlRequest]
}

/// One line of the journal.
public struct JournalEntry: Sendable, Hashable, Codable {
    public let sequence: Int64
    public let cluster: String
    public let run: String
    public let fence: Int64
    /// By the platform's clock.
    public let at: Timestamp
    public let event: JournalEvent

    public init(
        sequence: Int64, cluster: String, run: String, fence: Int64, at: Timestamp, event: JournalEvent
    ) {
        self.sequence = sequence
        self.cluster = cluster
        self.run = run
        self.fence = fence
        self.at = at
        self.event = event
    }
}

/// What an operator asks of a run.
public enum ControlCommand: String, Sendable, Hashable, Codable, CaseIterable {
    /// Begin nothing new; what moves goes on to its end.
    case pause
    /// Go on.
    case resume
    /// Begin nothing new, cancel what can be cancelled, and end.
    case abort
}

/// A request as it lies in the journal.
public struct ControlRequest: Sendable, Hashable, Codable {
    public let sequence: Int64
    public let run: String
    public let command: ControlCommand
    /// Who asked, for the record.
    public let by: String
    /// Wall-clock time.
    public let at: Timestamp

    public init(sequence: Int64, run: String, command: ControlCommand, by: String, at: Timestamp) {
        self.sequence = sequence
        self.run = run
        self.command = command
        self.by = by
        self.at = at
    }
}

/// What went wrong with the journal.
public struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// Another executor holds the lease.
        case leaseHeld
        /// A newer executor has taken the lease, or it was released.
        case staleFence
        /// The storage failed; nothing was written.
        case storage
        /// What lies in the storage cannot be read.
        case corrupt
    }

    public let code: Code
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

// The messages that every journal uses, so that they read the same everywhere.
extension JournalError {
    /// Another executor holds the lease.
    public static func leaseHeld(_ lease: Lease) -> JournalError {
        JournalError(
            code: .leaseHeld,
            message: "cluster \(lease.cluster) is being worked on by \(lease.holder) (lease until \(lease.expiresAt)); "
                + "one executor per cluster is allowed")
    }

    /// A newer lease exists, or this one was released.
    public static func staleFence(cluster: String, fence: Int64, newest: Int64) -> JournalError {
        JournalError(
            code: .staleFence,
            message: "the lease of cluster \(cluster) is no longer ours (ours has token \(fence), the newest is "
                + "\(newest)); nothing was written")
    }
}
