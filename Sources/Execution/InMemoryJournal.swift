public import ClusterModel
internal import Synchronization

/// The twin of the journal in the store: the same rules, gone with the process. For rehearsals and tests.
public final class InMemoryJournal: Journal {
    private struct Content {
        var entries: [JournalEntry] = []
        var requests: [ControlRequest] = []
        var leases: [String: Lease] = [:]
    }

    private let content = Mutex(Content())

    public init() {}

    public func append(
        _ event: JournalEvent, run: String, cluster: String, fence: Int64, at: Timestamp
    ) async throws(JournalError) -> JournalEntry {
        try content.withLock { content throws(JournalError) in
            try Self.check(fence: fence, of: cluster, in: content)
            let entry = JournalEntry(
                sequence: Int64(content.entries.count) + 1, cluster: cluster, run: run, fence: fence, at: at,
                event: event)
            content.entries.append(entry)
            return entry
        }
    }

    public func checkRoom() async throws(JournalError) {}

    public func entries(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [JournalEntry] {
        content.withLock { $0.entries.filter { $0.run == run && $0.sequence > sequence } }
    }

    public func latestRun(ofCluster cluster: String) async throws(JournalError) -> String? {
        content.withLock { content in
            var seen: Set<String> = []
            var latest: String?
            for entry in content.entries where entry.cluster == cluster && seen.insert(entry.run).inserted {
                latest = entry.run
            }
            return latest
        }
    }

    public func acquireLease(
        cluster: String, holder: String, now: Timestamp, seconds: Double, displacing: String?
    ) async throws(JournalError) -> Lease {
        try content.withLock { content throws(JournalError) in
            let old = content.leases[cluster]
            if let old, old.isHeld(at: now), old.holder != displacing {
                throw JournalError.leaseHeld(old)
            }
            let lease = Lease(
                cluster: cluster, holder: holder, fence: (old?.fence ?? 0) + 1, expiresAt: now.adding(seconds: seconds))
            content.leases[cluster] = lease
            return lease
        }
    }

    public func renewLease(_ lease: Lease, now: Timestamp, seconds: Double) async throws(JournalError) -> Lease {
        try content.withLock { content throws(JournalError) in
            try Self.check(fence: lease.fence, of: lease.cluster, in: content)
            let renewed = Lease(
                cluster: lease.cluster, holder: lease.holder, fence: lease.fence,
                expiresAt: now.adding(seconds: seconds))
            content.leases[lease.cluster] = renewed
            return renewed
        }
    }

    public func releaseLease(_ lease: Lease) async throws(JournalError) {
        content.withLock { content in
            guard content.leases[lease.cluster]?.fence == lease.fence else { return }
            content.leases[lease.cluster] = Lease(
                cluster: lease.cluster, holder: "", fence: lease.fence, expiresAt: lease.expiresAt)
        }
    }

    public func lease(ofCluster cluster: String) async throws(JournalError) -> Lease? {
        content.withLock { $0.leases[cluster] }
    }

    public func request(
        _ command: ControlCommand, run: String, by: String, at: Timestamp
    ) async throws(JournalError) -> ControlRequest {
        content.withLock { content in
            let request = ControlRequest(
                sequence: Int64(content.requests.count) + 1, run: run, command: command, by: by, at: at)
            content.requests.append(request)
            return request
        }
    }

    public func requests(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [ControlRequest] {
        content.withLock { $0.requests.filter { $0.run == run && $0.sequence > sequence } }
    }

    private static func check(fence: Int64, of cluster: String, in content: Content) throws(JournalError) {
        let lease = content.leases[cluster]
        guard let lease, lease.fence == fence, !lease.holder.isEmpty else {
            throw JournalError.staleFence(cluster: cluster, fence: fence, newest: lease?.fence ?? 0)
        }
    }
}
