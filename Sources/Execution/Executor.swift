public import ClusterModel

/// Runs plans on a platform, one at a time per cluster, in a way that survives its own death at any point.
///
/// Every decision is written to the journal, durably, before it is carried out; after a crash `resume` asks the
/// platform what became of the steps that were written down and goes on. The lease keeps a second executor out, and its
/// fencing token keeps a former one from writing.
public struct Executor: Sendable {
    /// How long the lease is taken for. A dead executor on another machine keeps a cluster locked for this long.
    public static let leaseSeconds = 30.0
    /// A run is left, to be resumed later, when the platform has not answered so many times in a row.
    public static let patience = 60

    /// A run does not begin when the platform has not answered so many times in a row.
    private static let triesAtStart = 8

    let driver: any PlatformDriver
    let journal: any Journal
    let identity: ProcessIdentity
    /// Local wall-clock time; only leases use it.
    let wallClock: @Sendable () -> Timestamp
    /// Called with the state of the run whenever something may have changed.
    let onProgress: @Sendable (RunStatus) -> Void
    /// Called with a sentence that the operator must read now, perhaps again and again.
    let onTrouble: @Sendable (String) -> Void

    public init(
        driver: any PlatformDriver, journal: any Journal, identity: ProcessIdentity,
        wallClock: @escaping @Sendable () -> Timestamp, onProgress: @escaping @Sendable (RunStatus) -> Void = { _ in },
        onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.driver = driver
        self.journal = journal
        self.identity = identity
        self.wallClock = wallClock
        self.onProgress = onProgress
        self.onTrouble = onTrouble
    }

    /// Runs a plan from its start to its end.
    ///
    /// - Parameter run: the new run's identifier; must never have been used in this journal.
    public func run(_ order: RunOrder, run: String) async throws(ExecutionError) -> RunSummary {
        try order.check()
        let capabilities = try await answer { (driver) throws(DriverError) in try await driver.capabilities() }
        let admission = Admission(plan: order.plan, cluster: order.cluster, policy: order.policy)
        try admission.check(capabilities)
        try admission.checkExpiry(now: try await answer { (driver) throws(DriverError) in try await driver.now() })
        let machine = RunMachine(
            plan: order.plan, cluster: order.cluster, policy: order.policy, run: run, capabilities: capabilities)
        return try await underLease(of: order.plan.cluster) { lease throws(ExecutionError) in
            try await refuseBesideUnfinishedRun(of: order.plan.cluster)
            let first = JournalEvent.runStarted(
                plan: order.plan.id, steps: order.plan.steps.count, startedBy: identity.text)
            var loop = RunLoop(executor: self, machine: machine, lease: lease)
            return try await loop.execute(first: [first])
        }
    }

    /// The platform's answer to a question; one that gets lost is asked again a few times.
    private func answer<Value: Sendable>(
        _ question: (any PlatformDriver) async throws(DriverError) -> Value
    ) async throws(ExecutionError) -> Value {
        var tries = 0
        while true {
            let problem: DriverError
            do throws(DriverError) {
                return try await question(driver)
            } catch {
                problem = error
            }
            tries += 1
            guard tries < Self.triesAtStart else {
                throw ExecutionError(code: .unreachable, message: "the platform does not answer: \(problem)")
            }
            await driver.wait(seconds: 1)
        }
    }

    /// Takes a run over that has not ended, whatever became of the process that worked on it, and runs it to its end.
    ///
    /// Lifts a pause. Neither approval nor expiry is asked for again: the run was admitted when it started.
    public func resume(
        run: String, plan: Plan, cluster: Cluster, policy: Policy
    ) async throws(ExecutionError) -> RunSummary {
        try await underLease(of: plan.cluster) { lease throws(ExecutionError) in
            let state = try await journaled { () async throws(JournalError) in
                RunState(entries: try await journal.entries(ofRun: run, after: 0))
            }
            guard state.plan == plan.id, state.outcome == nil else {
                let found =
                    state.outcome.map { "it has ended (\($0.rawValue))" }
                    ?? state.plan.map { "it is a run of plan \($0)" } ?? "there is no such run"
                throw ExecutionError(
                    code: .nothingToResume, message: "run \(run) of plan \(plan.id) cannot be resumed: \(found)")
            }
            try await liftPause(of: run, state)
            let capabilities = try await answer { (driver) throws(DriverError) in try await driver.capabilities() }
            let machine = RunMachine(
                plan: plan, cluster: cluster, policy: policy, run: run, capabilities: capabilities, state: state)
            var loop = RunLoop(executor: self, machine: machine, lease: lease)
            return try await loop.execute(first: [.runResumed(startedBy: identity.text)])
        }
    }

    /// A pause that was taken up, or was asked for while nobody worked on the run, ends with the resumption.
    private func liftPause(of run: String, _ state: RunState) async throws(ExecutionError) {
        try await journaled { () async throws(JournalError) in
            let waiting = try await journal.requests(ofRun: run, after: state.lastRequest)
            var isPaused = waiting.contains { $0.command == .pause }
            if case .paused = state.mode { isPaused = true }
            guard isPaused else { return }
            _ = try await journal.request(.resume, run: run, by: identity.text, at: wallClock())
        }
    }

    private func refuseBesideUnfinishedRun(of cluster: String) async throws(ExecutionError) {
        let unfinished = try await journaled { () async throws(JournalError) -> String? in
            guard let latest = try await journal.latestRun(ofCluster: cluster) else { return nil }
            let state = RunState(entries: try await journal.entries(ofRun: latest, after: 0))
            return state.outcome == nil ? latest : nil
        }
        if let unfinished {
            throw ExecutionError(
                code: .unfinishedRun,
                message: "run \(unfinished) on cluster \(cluster) has not ended: resume or abort it first")
        }
    }

    /// Refuses with `journal` while what is begun might not be written down.
    func checkRoom() async throws(ExecutionError) {
        try await journaled { () async throws(JournalError) in try await journal.checkRoom() }
    }

    /// Holds the lease around `body`; the lease of a process that is known to be dead is taken over at once.
    private func underLease(
        of cluster: String, _ body: (Lease) async throws(ExecutionError) -> RunSummary
    ) async throws(ExecutionError) -> RunSummary {
        try await checkRoom()
        let lease = try await journaled { () async throws(JournalError) in
            let holder = try await journal.lease(ofCluster: cluster)?.holder
            let dead = holder.flatMap { ProcessIdentity(text: $0)?.isKnownDead == true ? $0 : nil }
            return try await journal.acquireLease(
                cluster: cluster, holder: identity.text, now: wallClock(), seconds: Self.leaseSeconds, displacing: dead)
        }
        let result: Result<RunSummary, ExecutionError>
        do throws(ExecutionError) {
            result = .success(try await body(lease))
        } catch {
            result = .failure(error)
        }
        do throws(JournalError) {
            try await journal.releaseLease(lease)
        } catch {
            if case .success = result { throw ExecutionError(error) }
        }
        return try result.get()
    }
}
