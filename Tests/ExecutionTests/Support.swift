import ClusterModel
import Execution
import ExecutionSupport
import Simulation
import Synchronization
import TestSupport

/// What every test runs: a plan on a rehearsal platform with a journal in memory.
struct Rig {
    let cluster: Cluster
    let plan: Plan
    let driver: RehearsalDriver
    let journal = InMemoryJournal()
    var policy: Policy

    init(
        _ cluster: Cluster, _ plan: Plan, faults: FaultOptions = FaultOptions(), seed: UInt64 = 1,
        variation: Double = 0
    ) {
        self.cluster = cluster
        self.plan = plan
        driver = RehearsalDriver(
            cluster: cluster,
            options: SimulationOptions(seed: seed, variation: variation, memory: .configured, faults: faults))
        policy = Policy()
        policy.requireApproval = false
    }

    func executor(
        driver: (any PlatformDriver)? = nil, journal: (any Journal)? = nil, identity: ProcessIdentity = .current(),
        onProgress: @escaping @Sendable (RunStatus) -> Void = { _ in }
    ) -> Executor {
        Executor(
            driver: driver ?? self.driver, journal: journal ?? self.journal, identity: identity,
            wallClock: { .testMoment },
            onProgress: onProgress)
    }

    func order(approval: Approval? = nil, findings: [String] = []) -> RunOrder {
        RunOrder(plan: plan, cluster: cluster, policy: policy, approval: approval, findings: findings)
    }

    func run(driver: (any PlatformDriver)? = nil) async throws -> RunSummary {
        try await executor(driver: driver).run(order(), run: "r1")
    }

    func audit() -> PlatformAudit { PlatformAudit(cluster: cluster, records: driver.records) }

    func entries() async throws -> [JournalEntry] { try await journal.entries(ofRun: "r1", after: 0) }
}

/// A driver that does something at chosen looks of the executor, counted from 1 by its waits, or once when the platform
/// has given a certain answer.
final class ScriptedDriver: PlatformDriver {
    private struct Seen {
        var looks = 0
        /// `nil`: the action was taken, or there is none.
        var isDue: Bool?
    }

    private let inner: any PlatformDriver
    private let script: [Int: @Sendable () async -> Void]
    private let condition: @Sendable (StepStatus) -> Bool
    private let action: @Sendable () async -> Void
    private let seen: Mutex<Seen>

    init(_ inner: any PlatformDriver, script: [Int: @Sendable () async -> Void]) {
        self.inner = inner
        self.script = script
        condition = { _ in false }
        action = {}
        seen = Mutex(Seen())
    }

    init(
        _ inner: any PlatformDriver, when condition: @escaping @Sendable (StepStatus) -> Bool,
        then action: @escaping @Sendable () async -> Void
    ) {
        self.inner = inner
        script = [:]
        self.condition = condition
        self.action = action
        seen = Mutex(Seen(isDue: false))
    }

    func capabilities() async throws(DriverError) -> DriverCapabilities { try await inner.capabilities() }
    func now() async throws(DriverError) -> Timestamp { try await inner.now() }
    func inventory() async throws(DriverError) -> PlatformInventory { try await inner.inventory() }
    func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus { try await inner.begin(request) }
    func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus { try await inner.cancel(key) }

    func status(of key: StepKey) async throws(DriverError) -> StepStatus {
        let status = try await inner.status(of: key)
        if condition(status) { seen.withLock { $0.isDue = $0.isDue.map { _ in true } } }
        return status
    }

    func adjust(_ key: StepKey, _ adjustment: MigrationAdjustment) async throws(DriverError) -> StepStatus {
        try await inner.adjust(key, adjustment)
    }

    func wait(seconds: Double) async {
        let (look, isDue) = seen.withLock { seen in
            seen.looks += 1
            let isDue = seen.isDue == true
            if isDue { seen.isDue = nil }
            return (seen.looks, isDue)
        }
        if let action = script[look] { await action() }
        if isDue { await action() }
        await inner.wait(seconds: seconds)
    }
}

extension RunSummary {
    /// `s1 done, s2 skipped` in the plan's order: short enough to be written out in a test.
    var shape: String {
        steps.map { result in
            switch result.state {
            case .succeeded: "\(result.step.id) done"
            case .alreadyDone: "\(result.step.id) already"
            case .failed(let failure): "\(result.step.id) failed \(failure.code.rawValue)"
            case .skipped(let reason): "\(result.step.id) skipped: \(reason.text)"
            default: "\(result.step.id) open"
            }
        }.joined(separator: "; ")
    }
}

/// Two hosts with four VMs of 4 GiB on the first; a third host that is off.
func smallCluster(vms: Int = 4, memory: Int64 = .gib(4), rules: [Rule] = []) -> Cluster {
    .cluster(
        hosts: [.host("a"), .host("b"), .host("c", state: .off)],
        vms: (1...vms).map { .vm("v\($0)", on: "a", memory: memory) }, rules: rules)
}
