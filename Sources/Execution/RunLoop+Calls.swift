internal import ClusterModel

// The calls to journal and platform, one by one.
extension RunLoop {
    /// Carries effects out in order. `false`: the platform did not answer, and the rest was left.
    mutating func perform(_ effects: [RunMachine.Effect]) async throws(ExecutionError) -> Bool {
        for effect in effects {
            switch effect {
            case .append(let event):
                try await append(event)
            case .begin(let step, let attempt, let action):
                guard try await begin(step, attempt, action) else { return false }
            case .cancel(let step, let attempt):
                try await cancel(StepKey(run: machine.run, step: step, attempt: attempt))
            case .adjust(let step, let attempt, let rung, let adjustment):
                try await adjust(StepKey(run: machine.run, step: step, attempt: attempt), rung, adjustment)
            }
        }
        return true
    }

    mutating func append(_ event: JournalEvent) async throws(ExecutionError) {
        let (run, cluster, fence, at) = (machine.run, machine.plan.cluster, lease.fence, now)
        let entry = try await journaled { () async throws(JournalError) in
            try await executor.journal.append(event, run: run, cluster: cluster, fence: fence, at: at)
        }
        machine.apply(entry)
    }

    mutating func beginWait(_ step: PlanStep) async throws(ExecutionError) {
        guard case .intended(let attempt, _) = machine.state[step.id] else { return }
        try await append(.stepBegun(step: step.id, attempt: attempt))
    }

    /// Asks the platform about a step under way. One that it cannot tell of, as its host does not answer, is asked for
    /// again at the next look; its time limit goes on.
    mutating func ask(_ step: PlanStep) async throws(ExecutionError) {
        guard let attempt = machine.state[step.id].attemptUnderWay else { return }
        let status: StepStatus
        do throws(DriverError) {
            status = try await executor.driver.status(of: StepKey(run: machine.run, step: step.id, attempt: attempt))
        } catch {
            return
        }
        try await take(status, of: step.id)
    }

    private mutating func take(_ status: StepStatus, of step: String) async throws(ExecutionError) {
        note(status, of: step)
        // Appends only: nothing that a platform could fail to answer.
        _ = try await perform(machine.reaction(to: status, of: step, now: now))
    }

    /// Keeps what is worth knowing of an answer and stands in no journal.
    private mutating func note(_ status: StepStatus, of step: String) {
        guard case .active(let phase) = status, let attempt = machine.state[step].attemptUnderWay else {
            phases[step] = nil
            tracks[step] = nil
            return
        }
        phases[step] = phase
        guard let progress = phase.progress else { return }
        if tracks[step]?.attempt == attempt {
            tracks[step]?.note(progress)
        } else {
            tracks[step] = TransferTrack(attempt: attempt, first: progress)
        }
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
        case .success(let status):
            try await take(status, of: step)
            return true
        case .failure(let error) where error.code == .unreachable: return false
        case .failure(let error) where error.code == .staleFence:
            throw ExecutionError(code: .leaseLost, message: error.message)
        case .failure(let error): return try await perform(machine.reaction(toRefusal: error, of: step, now: now))
        }
    }

    /// Asks to cancel. When the platform does not answer, `repeatCancels` asks again.
    private mutating func cancel(_ key: StepKey) async throws(ExecutionError) {
        let status: StepStatus
        do throws(DriverError) {
            status = try await executor.driver.cancel(key)
        } catch {
            return
        }
        heardCancels.insert(key)
        try await take(status, of: key.step)
    }

    /// Cancellations that were written down and never answered: by a process that died, or a platform that was silent.
    mutating func repeatCancels() async throws(ExecutionError) {
        for step in machine.underWay {
            guard case .active(let attempt, _, _) = machine.state[step.id],
                machine.state.cancels[step.id]?.attempt == attempt
            else { continue }
            let key = StepKey(run: machine.run, step: step.id, attempt: attempt)
            if !heardCancels.contains(key) { try await cancel(key) }
        }
    }

    /// Asks to adjust. When the platform does not answer, the rung stays open and is asked for again.
    private mutating func adjust(
        _ key: StepKey, _ rung: ExecutionPolicy.Rung, _ adjustment: MigrationAdjustment
    ) async throws(ExecutionError) {
        let answer: Result<StepStatus, DriverError>
        do throws(DriverError) {
            answer = .success(try await executor.driver.adjust(key, adjustment))
        } catch {
            if error.code == .unreachable { return }
            answer = .failure(error)
        }
        switch answer {
        case .success(let status):
            try await append(.rungAnswered(step: key.step, attempt: key.attempt, rung: rung, refusal: nil))
            try await take(status, of: key.step)
        case .failure(let error):
            try await append(.rungAnswered(step: key.step, attempt: key.attempt, rung: rung, refusal: error.message))
        }
    }
}
