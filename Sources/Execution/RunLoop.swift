internal import ClusterModel

/// Performs what the machine decides: journal first, platform second; lives as long as one process works on one run.
struct RunLoop {
    let executor: Executor
    var machine: RunMachine
    var lease: Lease
    /// The last time that the platform told.
    var now: Timestamp
    /// What the platform told last of each active step.
    var phases: [String: StepPhase] = [:]
    var tracks: [String: TransferTrack] = [:]
    /// Cancellations that the platform has answered; others are asked for again.
    var heardCancels: Set<StepKey> = []
    private var renewedAt: Timestamp
    private var silences = 0

    init(executor: Executor, machine: RunMachine, lease: Lease) {
        self.executor = executor
        self.machine = machine
        self.lease = lease
        renewedAt = executor.wallClock()
        now = machine.state.startedAt ?? machine.plan.startsAt
    }

    /// Runs to the end of the run.
    mutating func execute(first events: [JournalEvent]) async throws(ExecutionError) -> RunSummary {
        try await reachPlatform()
        for event in events { try await append(event) }
        while true {
            let isReached = try await look()
            executor.onProgress(status)
            if machine.state.outcome != nil {
                return RunSummary(
                    plan: machine.plan, cluster: machine.cluster, run: machine.run, state: machine.state, endedAt: now)
            }
            silences = isReached ? 0 : silences + 1
            if silences >= Executor.patience {
                throw ExecutionError(
                    code: .unreachable,
                    message: "the platform has not answered \(silences) times; run \(machine.run) can be resumed")
            }
            try await rest()
        }
    }

    /// Waits for the next look.
    func rest() async throws(ExecutionError) {
        if Task.isCancelled {
            throw ExecutionError(
                code: .interrupted, message: "run \(machine.run) was interrupted and can be resumed")
        }
        await executor.driver.wait(seconds: max(0.001, machine.policy.execution.pollSeconds))
    }

    /// The first entry carries the platform's time, so that must be known.
    private mutating func reachPlatform() async throws(ExecutionError) {
        for _ in 0..<Executor.patience {
            do throws(DriverError) {
                now = max(now, try await executor.driver.now())
                return
            } catch {
                await executor.driver.wait(seconds: max(0.001, machine.policy.execution.pollSeconds))
            }
        }
        throw ExecutionError(
            code: .unreachable, message: "the platform does not answer; run \(machine.run) was left as it is")
    }

    /// One look; one during which the journal fails goes over into following what runs. `false`: the platform did not
    /// answer.
    private mutating func look() async throws(ExecutionError) -> Bool {
        do throws(ExecutionError) {
            return try await tick()
        } catch {
            guard error.code == .journal else { throw error }
            return try await follow(after: error)
        }
    }

    /// One round of looking and acting. `false`: the platform did not answer.
    mutating func tick() async throws(ExecutionError) -> Bool {
        try await renewLeaseWhenDue()
        try await takeRequests()
        do throws(DriverError) {
            now = max(now, try await executor.driver.now())
        } catch {
            return false
        }
        for step in machine.underWay {
            if step.action == .wait { try await beginWait(step) } else { try await ask(step) }
        }
        try await repeatCancels()
        guard try await perform(machine.ladder(tracks, now: now)) else { return false }
        guard try await perform(machine.housekeeping(now: now)) else { return false }
        guard machine.state.outcome == nil, machine.wantsInventory(now: now) else { return true }
        try await executor.checkRoom()
        let inventory: PlatformInventory
        do throws(DriverError) {
            inventory = try await executor.driver.inventory()
        } catch {
            return false
        }
        now = max(now, inventory.takenAt)
        guard try await perform(machine.decide(inventory)) else { return false }
        return try await perform(machine.housekeeping(now: now))
    }

    private mutating func takeRequests() async throws(ExecutionError) {
        let (run, last) = (machine.run, machine.state.lastRequest)
        let requests = try await journaled { () async throws(JournalError) in
            try await executor.journal.requests(ofRun: run, after: last)
        }
        _ = try await perform(machine.reaction(to: requests))
    }

    private mutating func renewLeaseWhenDue() async throws(ExecutionError) {
        let wall = executor.wallClock()
        guard wall.seconds(since: renewedAt) > Executor.leaseSeconds / 3 else { return }
        let held = lease
        lease = try await journaled { () async throws(JournalError) in
            try await executor.journal.renewLease(held, now: wall, seconds: Executor.leaseSeconds)
        }
        renewedAt = wall
    }

    private var status: RunStatus {
        RunStatus(
            plan: machine.plan, run: machine.run, state: machine.state, now: now, phases: phases,
            execution: machine.policy.execution)
    }
}
