package import ClusterModel

// What the platform's answers mean for a run.
extension RunMachine {
    /// What follows from the platform's answer about a step under way.
    package func reaction(to status: StepStatus, of step: String, now: Timestamp) -> [Effect] {
        switch state[step] {
        case .intended(let attempt, _): afterIntention(status, step, attempt, now)
        case .active(let attempt, let phase, _): whileActive(status, step, attempt, phase, now)
        default: []
        }
    }

    /// What follows from a definite no to `begin`.
    package func reaction(toRefusal error: DriverError, of step: String, now: Timestamp) -> [Effect] {
        guard let attempt = state[step].attemptUnderWay else { return [] }
        let code: StepFailure.Code
        switch error.code {
        case .refused: code = error.failure ?? .internalError
        case .unsupported: code = .unsupported
        case .conflict, .staleFence, .invalid, .unreachable: code = .internalError
        }
        return [ended(step, attempt, .failed(failure: StepFailure(code: code, message: error.message)), now)]
    }

    private func afterIntention(_ status: StepStatus, _ step: String, _ attempt: Int, _ now: Timestamp) -> [Effect] {
        switch status {
        case .unknown:
            [.append(event: .stepNotBegun(step: step, attempt: attempt))]
        case .active(let phase):
            [
                .append(event: .stepBegun(step: step, attempt: attempt)),
                .append(event: .stepPhase(step: step, attempt: attempt, phase: phase.name)),
            ]
        case .succeeded, .failed, .cancelled:
            [.append(event: .stepBegun(step: step, attempt: attempt))] + whileActive(status, step, attempt, "", now)
        }
    }

    private func whileActive(
        _ status: StepStatus, _ step: String, _ attempt: Int, _ phase: String, _ now: Timestamp
    ) -> [Effect] {
        switch status {
        case .active(let newPhase):
            guard newPhase.name != phase else { return [] }
            return [.append(event: .stepPhase(step: step, attempt: attempt, phase: newPhase.name))]
        case .succeeded(let measurement):
            return [ended(step, attempt, .succeeded(measurement: measurement), now)]
        case .failed(let failure):
            return [ended(step, attempt, .failed(failure: failure), now)]
        case .cancelled:
            let failure: StepFailure
            if let cancel = state.cancels[step], cancel.attempt == attempt {
                failure = StepFailure(code: cancel.reason, message: "cancelled by Drover: \(cancel.reason.rawValue)")
            } else {
                failure = StepFailure(code: .aborted, message: "cancelled at the platform by somebody else")
            }
            return [ended(step, attempt, .failed(failure: failure), now)]
        case .unknown:
            let failure = StepFailure(code: .lost, message: "the platform no longer knows this step")
            return [ended(step, attempt, .failed(failure: failure), now)]
        }
    }

    private func ended(_ step: String, _ attempt: Int, _ outcome: StepOutcome, _ now: Timestamp) -> Effect {
        var retryAt: Timestamp?
        if case .failed(let failure) = outcome, failure.isRetryable, attempt <= policy.execution.retries {
            retryAt = now.adding(seconds: policy.execution.retryDelaySeconds)
        }
        if case .stopping = state.mode { retryAt = nil }
        return .append(
            event: .stepEnded(
                step: step, attempt: attempt, outcome: outcome, retryAt: retryAt,
                record: record(of: step, attempt, outcome, now)))
    }

    private func record(
        of step: String, _ attempt: Int, _ outcome: StepOutcome, _ now: Timestamp
    ) -> MigrationRecord? {
        guard let planned = steps[step], let migration = planned.migration else { return nil }
        var measured: MigrationRecord.Figures?
        var failure: StepFailure.Code?
        var endedAt = now
        switch outcome {
        case .succeeded(let measurement):
            endedAt = measurement.endedAt
            measured = MigrationRecord.Figures(
                durationSeconds: measurement.durationSeconds, downtimeMilliseconds: measurement.downtimeMilliseconds,
                transferBytes: measurement.transferBytes, rounds: measurement.rounds)
        case .failed(let reason): failure = reason.code
        }
        return MigrationRecord(
            key: StepKey(run: run, step: step, attempt: attempt), cluster: plan.cluster, vm: migration.vm,
            from: migration.from, to: migration.to, mode: migration.mode,
            bandwidthBitsPerSecond: migration.bandwidthBitsPerSecond, endedAt: endedAt,
            predicted: MigrationRecord.Figures(
                durationSeconds: planned.durationSeconds, downtimeMilliseconds: migration.downtimeMilliseconds,
                transferBytes: migration.transferBytes, rounds: migration.rounds),
            correction: MigrationRecord.Correction(planned), measured: measured, failure: failure,
            maxDowntimeMilliseconds: migration.mode == .cold ? nil : downtimeLimitMilliseconds(of: migration.vm))
    }

    /// The pause that a VM allows.
    package func downtimeLimitMilliseconds(of vm: String) -> Double {
        cluster.vms.first { $0.id == vm }?.maxDowntimeMilliseconds ?? plan.policy.maxDowntimeMilliseconds
    }

    // MARK: - Time

    /// How long a step may take before it is cancelled.
    private func allowedSeconds(_ step: PlanStep) -> Double {
        max(step.durationSeconds, step.durationP95Seconds ?? 0) * policy.execution.timeoutFactor
            + policy.execution.timeoutSlackSeconds
    }

    /// From when on a step's time counts. While nobody worked on the run, nobody could help a move that needed it.
    private func watchedSince(_ begunAt: Timestamp, in draft: RunState) -> Timestamp {
        max(begunAt, draft.resumedAt ?? begunAt)
    }

    /// Whether a step under way has taken so long that nobody waits for it any more.
    func isGivenUp(_ step: PlanStep, now: Timestamp) -> Bool {
        switch state[step.id] {
        case .intended(_, let since), .active(_, _, let since):
            now > watchedSince(since, in: state).adding(seconds: 2 * allowedSeconds(step))
        default: true
        }
    }

    /// Cancels what takes too long, and on abort everything that can be; gives up on what does not even end then.
    func cancellations(in draft: RunState, now: Timestamp) -> [Effect] {
        var effects: [Effect] = []
        for step in order where step.action != .wait {
            guard case .active(let attempt, _, let begun) = draft[step.id] else { continue }
            let begunAt = watchedSince(begun, in: draft)
            let cancel = draft.cancels[step.id].flatMap { $0.attempt == attempt ? $0 : nil }
            if let cancel {
                guard now > max(cancel.at, begunAt).adding(seconds: allowedSeconds(step)) else { continue }
                let failure = StepFailure(code: .stuck, message: "did not end after it was cancelled at \(cancel.at)")
                effects.append(ended(step.id, attempt, .failed(failure: failure), now))
            } else if draft.isPastReturn(step.id) {
                // Nothing calls it back; long after its time it is no longer waited for.
                guard now > begunAt.adding(seconds: 2 * allowedSeconds(step)) else { continue }
                let failure = StepFailure(code: .stuck, message: "has handed over and never ended")
                effects.append(ended(step.id, attempt, .failed(failure: failure), now))
            } else if let reason = cancelReason(step, begunAt, draft, now) {
                effects.append(.append(event: .cancelIntended(step: step.id, attempt: attempt, reason: reason)))
                effects.append(.cancel(step: step.id, attempt: attempt))
            }
        }
        return effects
    }

    private func cancelReason(
        _ step: PlanStep, _ begunAt: Timestamp, _ draft: RunState, _ now: Timestamp
    ) -> StepFailure.Code? {
        if case .stopping(.aborted) = draft.mode, step.migration != nil { return .aborted }
        return now > begunAt.adding(seconds: allowedSeconds(step)) ? .timedOut : nil
    }
}
