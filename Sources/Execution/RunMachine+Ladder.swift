package import ClusterModel

// What is done about a migration that falls behind its prediction: the policy's ladder, one rung at a time.
extension RunMachine {
    /// The rungs that are due, and those that were written down and never answered.
    package func ladder(_ tracks: [String: TransferTrack], now: Timestamp) -> [Effect] {
        underWay.flatMap { step -> [Effect] in
            guard case .active(let attempt, _, let begunAt) = state[step.id], let migration = step.migration else {
                return []
            }
            let tried = state.rungs(of: step.id, attempt: attempt)
            if let open = tried.first(where: { $0.answer == .pending }) {
                return [.adjust(step: step.id, attempt: attempt, rung: open.rung, adjustment: open.adjustment)]
            }
            guard let track = tracks[step.id], track.attempt == attempt, !state.isPastReturn(step.id),
                state.cancels[step.id]?.attempt != attempt,
                let reason = reason(for: step, migration, track, begunAt, now), isDue(after: tried, step, track, now)
            else { return [] }
            return nextRung(for: step, migration, attempt, reason, tried)
        }
    }

    /// Why a migration needs help; `nil`: it does not. In the first pass no rung would help.
    private func reason(
        for step: PlanStep, _ migration: MigrationStep, _ track: TransferTrack, _ begunAt: Timestamp, _ now: Timestamp
    ) -> LadderReason? {
        guard migration.mode == .live || migration.mode == .staged, track.newest.round > 1 else { return nil }
        let round = track.newest.round
        if round > migration.rounds, track.hasStalled(passes: max(1, policy.execution.stallRounds)) {
            return .notConverging(round: round)
        }
        let expected = step.spreadSeconds
        let isLate = now.seconds(since: begunAt) > expected + 2 * policy.execution.pollSeconds
        return isLate ? .late(expectedSeconds: expected) : nil
    }

    /// Whether the last rung has had its time: as the policy says, and for long moves a quarter of the prediction.
    /// A guest that is being slowed down has until it can be slowed down no more.
    private func isDue(
        after tried: [RunState.RungTried], _ step: PlanStep, _ track: TransferTrack, _ now: Timestamp
    ) -> Bool {
        guard let last = tried.last(where: { $0.answer == .taken }) else { return true }
        let throttle = track.newest.throttleFraction
        if last.rung == .throttle, throttle > 0, throttle < Self.fullThrottle { return false }
        return now >= last.at.adding(seconds: max(policy.execution.rungSeconds, step.durationSeconds / 4))
    }

    /// Hypervisors leave a guest a hundredth of its time.
    private static let fullThrottle = 0.985

    private func nextRung(
        for step: PlanStep, _ migration: MigrationStep, _ attempt: Int, _ reason: LadderReason,
        _ tried: [RunState.RungTried]
    ) -> [Effect] {
        for rung in policy.execution.ladder where !tried.contains(where: { $0.rung == rung }) {
            if rung == .cancel {
                guard case .notConverging = reason else { continue }
                return [
                    .append(event: .cancelIntended(step: step.id, attempt: attempt, reason: .notConverging)),
                    .cancel(step: step.id, attempt: attempt),
                ]
            }
            if rung == .throttle, AutoConvergeRequest(step) != nil { continue }
            guard let adjustment = adjustment(for: rung, migration), allowedAdjustments.contains(adjustment.kind) else {
                continue
            }
            return [
                .append(
                    event: .rungIntended(
                        step: step.id, attempt: attempt, rung: rung, adjustment: adjustment, reason: reason)),
                .adjust(step: step.id, attempt: attempt, rung: rung, adjustment: adjustment),
            ]
        }
        return []
    }

    private func adjustment(for rung: ExecutionPolicy.Rung, _ migration: MigrationStep) -> MigrationAdjustment? {
        switch rung {
        case .raisePause:
            let whole =
                downtimeLimitMilliseconds(of: migration.vm) - policy.migration.handOverMilliseconds
                + policy.execution.extraDowntimeMilliseconds
            return whole > toldMilliseconds(migration) * 1.001 ? .pauseLimit(milliseconds: whole) : nil
        case .throttle: return .throttle
        case .postCopy: return .postCopy
        case .cancel: return nil
        }
    }

    /// What the ladder may ask of a migration: what the policy's ladder has and the platform can.
    var allowedAdjustments: [MigrationAdjustment.Kind] {
        policy.execution.ladder.compactMap { rung in
            switch rung {
            case .raisePause: .pauseLimit
            case .throttle: .throttle
            case .postCopy: policy.modes.contains(.postCopy) ? .postCopy : nil
            case .cancel: nil
            }
        }.filter { capabilities.adjustments.contains($0) }
    }

    /// The pause that the hypervisor is told at first: the VM's limit less the margin and the hand-over. A staged stop
    /// is ours and needs half the margin.
    func toldMilliseconds(_ migration: MigrationStep) -> Double {
        let margin = policy.migration.downtimeMargin * (migration.mode == .staged ? 0.5 : 1)
        return max(
            1, downtimeLimitMilliseconds(of: migration.vm) * (1 - margin) - policy.migration.handOverMilliseconds)
    }
}

extension PlanStep {
    /// What 95 of 100 such steps need; a plan that does not say counts with the measured spread of migrations.
    var spreadSeconds: Double { max(durationSeconds, durationP95Seconds ?? durationSeconds * 1.32) }
}
