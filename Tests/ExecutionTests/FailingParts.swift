import ClusterModel
import Execution
import Synchronization

/// A journal whose disk is full while it is told so: reads go on, writes fail.
final class FullJournal: Journal {
    let inner = InMemoryJournal()
    private let full = Mutex(false)

    func setFull(_ isFull: Bool) { full.withLock { $0 = isFull } }

    private func needRoom() throws(JournalError) {
        guard full.withLock({ !$0 }) else {
            throw JournalError(code: .storage, message: "lab.sqlite: database or disk is full")
        }
    }

    func append(
        _ event: JournalEvent, run: String, cluster: String, fence: Int64, at: Timestamp
    ) async throws(JournalError) -> JournalEntry {
        try needRoom()
        return try await inner.append(event, run: run, cluster: cluster, fence: fence, at: at)
    }

    func checkRoom() async throws(JournalError) { try needRoom() }

    func entries(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [JournalEntry] {
        try await inner.entries(ofRun: run, after: sequence)
    }

    func latestRun(ofCluster cluster: String) async throws(JournalError) -> String? {
        try await inner.latestRun(ofCluster: cluster)
    }

    func acquireLease(
        cluster: String, holder: String, now: Timestamp, seconds: Double, displacing: String?
    ) async throws(JournalError) -> Lease {
        try needRoom()
        return try await inner.acquireLease(
            cluster: cluster, holder: holder, now: now, seconds: seconds, displacing: displacing)
    }

    func renewLease(_ lease: Lease, now: Timestamp, seconds: Double) async throws(JournalError) -> Lease {
        try needRoom()
        return try await inner.renewLease(lease, now: now, seconds: seconds)
    }

    func releaseLease(_ lease: Lease) async throws(JournalError) {
        try needRoom()
        try await inner.releaseLease(lease)
    }

    func lease(ofCluster cluster: String) async throws(JournalError) -> Lease? {
        try await inner.lease(ofCluster: cluster)
    }

    func request(
        _ command: ControlCommand, run: String, by: String, at: Timestamp
    ) async throws(JournalError) -> ControlRequest {
        try needRoom()
        return try await inner.request(command, run: run, by: by, at: at)
    }

    func requests(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [ControlRequest] {
        try await inner.requests(ofRun: run, after: sequence)
    }
}

/// A driver some of whose calls get lost.
final class SilentDriver: PlatformDriver {
    private let inner: any PlatformDriver
    /// Steps whose state the platform never tells.
    private let silentSteps: Set<String>
    /// So many cancellations get lost on their way.
    private let lostCancels: Mutex<Int>

    init(_ inner: any PlatformDriver, silentSteps: Set<String> = [], lostCancels: Int = 0) {
        self.inner = inner
        self.silentSteps = silentSteps
        self.lostCancels = Mutex(lostCancels)
    }

    private static let silence = DriverError(code: .unreachable, message: "no answer")

    func capabilities() async throws(DriverError) -> DriverCapabilities { try await inner.capabilities() }
    func now() async throws(DriverError) -> Timestamp { try await inner.now() }
    func inventory() async throws(DriverError) -> PlatformInventory { try await inner.inventory() }
    func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus { try await inner.begin(request) }

    func status(of key: StepKey) async throws(DriverError) -> StepStatus {
        if silentSteps.contains(key.step) { throw Self.silence }
        return try await inner.status(of: key)
    }

    func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus {
        let isLost = lostCancels.withLock { lost in
            lost -= 1
            return lost >= 0
        }
        if isLost { throw Self.silence }
        return try await inner.cancel(key)
    }

    func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) async throws(DriverError) -> StepStatus {
        try await inner.adjust(key, adjustment)
    }

    func wait(seconds: Double) async { await inner.wait(seconds: seconds) }
}
