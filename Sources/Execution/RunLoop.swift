internal import ClusterModel

/// Performs what the machine decides: journal first, platform second; lives as long as one process works on one run.
struct RunLoop {
    let executor: Executor
    private(set) var machine: RunMachine
    private var lease: Lease
    private var renewedAt: Timestamp
    /// The last time that the platform told.
    private var now: Timestamp
    private var phases: [String: StepPhase] = [:]
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
            try await renewLeaseWhenDue()
            let isReached = try await tick()
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
            if Task.isCancelled {
                throw ExecutionError(
                    code: .interrupted, message: "run \(machine.run) was interrupted and can be resumed")
            }
            await executor.driver.wait(seconds: max(0.001, machine.policy.execution.pollSeconds))
        }
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

    /// One round of looking and acting. `false`: the platform did not answer.
    private mutating func tick() async throws(ExecutionError) -> Bool {
        try await takeRequests()
        do throws(DriverError) {
            now = max(now, try await executor.driver.now())
        } catch {
            return false
        }
        for step in machine.underWay where step.action != .wait {
            guard try await ask(step) else { return false }
        }
        for step in machine.underWay where step.action == .wait {
            if case .intended(let attempt, _) = machine.state[step.id] {
                try await append(.stepBegun(step: step.id, attempt: attempt))
            }
        }
        guard try await perform(machine.housekeeping(now: now)) else { return false }
        guard machine.state.outcome == nil, machine.wantsInventory(now: now) else { return true }
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

    /// Asks the platform about a step under way. `false`: it did not answer.
    private mutating func ask(_ step: PlanStep) async throws(ExecutionError) -> Bool {
        guard let attempt = machine.state[step.id].attemptUnderWay else { return true }
        let key = StepKey(run: machine.run, step: step.id, attempt: attempt)
        let status: StepStatus
        do throws(DriverError) {
            status = try await executor.driver.status(of: key)
        } catch {
            return false
        }
        return try await take(status, of: step.id)
    }

    private mutating func take(_ status: StepStatus, of step: String) async throws(ExecutionError) -> Bool {
        if case .active(let phase) = status { phases[step] = phase } else { phases[step] = nil }
        return try await perform(machine.reaction(to: status, of: step, now: now))
    }

    /// Carries effects out in order. `false`: the platform did not answer, and the rest was left.
    private mutating func perform(_ effects: [RunMachine.Effect]) async throws(ExecutionError) -> Bool {
        for effect in effects {
            switch effect {
            case .append(let event):
                try await append(event)
            case .begin(let step, let attempt, let action):
                guard try await begin(step, attempt, action) else { return false }
            case .cancel(let step, let attempt):
                guard try await cancel(StepKey(run: machine.run, step: step, attempt: attempt)) else { return false }
            }
        }
        return true
    }

    private mutating func begin(
        _ step: String, _ attempt: Int, _ action: StepAction
    ) async throws(ExecutionError) -> Bool {
        let key = StepKey(run: machine.run, step: step, attempt: attempt)
        let answer: Result<StepStatus, DriverError>
        do throws(DriverError) {
            let request = StepRequest(key: key, fence: lease.fence, action: action)
            answer = .success(try await executor.driver.begin(request))
        } catch {
            answer = .failure(error)
        }
        switch answer {
        case .success(let status): return try await take(status, of: step)
        case .failure(let error) where error.code == .unreachable: return false
        case .failure(let error) where error.code == .staleFence:
            throw ExecutionError(code: .leaseLost, message: error.message)
        case .failure(let error): return try await perform(machine.reaction(toRefusal: error, of: step, now: now))
        }
    }

    private mutating func cancel(_ key: StepKey) async throws(ExecutionError) -> Bool {
        let answer: Result<StepStatus, DriverError>
        do throws(DriverError) {
            answer = .success(try await executor.driver.cancel(key))
        } catch {
            answer = .failure(error)
        }
        switch answer {
        case .success(let status): return try await take(status, of: key.step)
        // The next round asks what became of it; the time limit asks again if need be.
        case .failure: return false
        }
    }

    private mutating func append(_ event: JournalEvent) async throws(ExecutionError) {
        let (run, cluster, fence, at) = (machine.run, machine.plan.cluster, lease.fence, now)
        let entry = try await journaled { () async throws(JournalError) in
            try await executor.journal.append(event, run: run, cluster: cluster, fence: fence, at: at)
        }
        machine.apply(entry)
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
        RunStatus(plan: machine.plan, run: machine.run, state: machine.state, now: now, phases: phases)
    }
}
