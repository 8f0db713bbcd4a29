import ClusterModel
import Execution
import Glibc
import Synchronization

/// Kills this process at the N-th point that it crosses, or at the first of a given name, having written down which one
/// that was.
final class KillSwitch: Sendable {
    private let at: Int?
    private let name: String?
    private let log: String?
    private let crossed = Mutex(0)

    init(at: Int?, name: String?, log: String?) {
        self.at = at
        self.name = name
        self.log = log
    }

    func cross(_ point: String) {
        let count = crossed.withLock { count in
            count += 1
            return count
        }
        guard count == at || point == name else { return }
        if let log {
            let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT, 0o644)
            let line = Array("\(point)\n".utf8)
            _ = write(descriptor, line, line.count)
            close(descriptor)
        }
        kill(getpid(), SIGKILL)
        // The signal may take a moment; nothing may happen in it.
        while true { pause() }
    }
}

/// A journal with a point before and after every entry.
struct KillingJournal<Inner: Journal>: Journal {
    let inner: Inner
    let kill: KillSwitch

    func append(
        _ event: JournalEvent, run: String, cluster: String, fence: Int64, at: Timestamp
    ) async throws(JournalError) -> JournalEntry {
        let name = Self.name(of: event)
        kill.cross("before the entry \(name)")
        let entry = try await inner.append(event, run: run, cluster: cluster, fence: fence, at: at)
        kill.cross("after the entry \(name)")
        return entry
    }

    private static func name(of event: JournalEvent) -> String {
        switch event {
        case .stepIntended: "stepIntended"
        case .stepBegun: "stepBegun"
        case .stepEnded: "stepEnded"
        case .stepPhase: "stepPhase"
        case .rungIntended: "rungIntended"
        case .rungAnswered: "rungAnswered"
        case .runStarted, .runResumed, .runEnded: "of the run"
        default: "other"
        }
    }

    func checkRoom() async throws(JournalError) { try await inner.checkRoom() }

    func entries(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [JournalEntry] {
        try await inner.entries(ofRun: run, after: sequence)
    }

    func latestRun(ofCluster cluster: String) async throws(JournalError) -> String? {
        try await inner.latestRun(ofCluster: cluster)
    }

    func acquireLease(
        cluster: String, holder: String, now: Timestamp, seconds: Double, displacing: String?
    ) async throws(JournalError) -> Lease {
        let lease = try await inner.acquireLease(
            cluster: cluster, holder: holder, now: now, seconds: seconds, displacing: displacing)
        kill.cross("after the lease")
        return lease
    }

    func renewLease(_ lease: Lease, now: Timestamp, seconds: Double) async throws(JournalError) -> Lease {
        try await inner.renewLease(lease, now: now, seconds: seconds)
    }

    func releaseLease(_ lease: Lease) async throws(JournalError) { try await inner.releaseLease(lease) }

    func lease(ofCluster cluster: String) async throws(JournalError) -> Lease? {
        try await inner.lease(ofCluster: cluster)
    }

    func request(
        _ command: ControlCommand, run: String, by: String, at: Timestamp
    ) async throws(JournalError) -> ControlRequest {
        try await inner.request(command, run: run, by: by, at: at)
    }

    func requests(ofRun run: String, after sequence: Int64) async throws(JournalError) -> [ControlRequest] {
        try await inner.requests(ofRun: run, after: sequence)
    }
}

/// A driver with a point before and after every `begin`; the point between call and answer is in the client.
struct KillingDriver: PlatformDriver {
    let inner: any PlatformDriver
    let kill: KillSwitch

    func capabilities() async throws(DriverError) -> DriverCapabilities { try await inner.capabilities() }

    func now() async throws(DriverError) -> Timestamp { try await inner.now() }

    func inventory() async throws(DriverError) -> PlatformInventory { try await inner.inventory() }

    func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus {
        kill.cross("between the entry and the call")
        let status = try await inner.begin(request)
        kill.cross("after the call")
        return status
    }

    func status(of key: StepKey) async throws(DriverError) -> StepStatus { try await inner.status(of: key) }

    func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus { try await inner.cancel(key) }

    func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) async throws(DriverError) -> StepStatus {
        kill.cross("between the entry and the adjustment")
        let status = try await inner.adjust(key, adjustment)
        kill.cross("after the adjustment")
        return status
    }

    func wait(seconds: Double) async { await inner.wait(seconds: seconds) }
}
