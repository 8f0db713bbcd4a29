public import ClusterModel

/// How other processes speak with the executor of a run, and ask how it stands: through the journal.
public struct RunControl: Sendable {
    /// A run, and whether somebody works on it.
    public struct Report: Sendable, Hashable {
        public let run: String
        public let state: RunState
        /// The time of the newest entry, by the platform's clock.
        public let lastEntryAt: Timestamp
        /// Whether an executor holds the lease and is not known to be dead.
        public let isWorkedOn: Bool
    }

    private let journal: any Journal
    private let wallClock: @Sendable () -> Timestamp

    public init(journal: any Journal, wallClock: @escaping @Sendable () -> Timestamp) {
        self.journal = journal
        self.wallClock = wallClock
    }

    /// The newest run of a cluster; `nil` when nothing was ever run on it.
    public func report(cluster: String) async throws(JournalError) -> Report? {
        guard let run = try await journal.latestRun(ofCluster: cluster) else { return nil }
        let entries = try await journal.entries(ofRun: run, after: 0)
        let lease = try await journal.lease(ofCluster: cluster)
        let isHeld = lease?.isHeld(at: wallClock()) ?? false
        let isDead = lease.flatMap { ProcessIdentity(text: $0.holder)?.isKnownDead } ?? false
        return Report(
            run: run, state: RunState(entries: entries), lastEntryAt: entries.last?.at ?? wallClock(),
            isWorkedOn: isHeld && !isDead)
    }

    /// Asks the executor of the newest run of a cluster; refused when there is none or it has ended.
    ///
    /// The executor takes it up at its next look, or, when none works on the run, whoever resumes it does.
    public func ask(_ command: ControlCommand, cluster: String, by: String) async throws(ExecutionError) -> Report {
        let found = try await journaled { () async throws(JournalError) in try await report(cluster: cluster) }
        guard let found, found.state.outcome == nil else {
            throw ExecutionError(
                code: .nothingToResume,
                message: "no run on cluster \(cluster) is under way: nothing to \(command.rawValue)")
        }
        _ = try await journaled { () async throws(JournalError) in
            try await journal.request(command, run: found.run, by: by, at: wallClock())
        }
        return found
    }
}
