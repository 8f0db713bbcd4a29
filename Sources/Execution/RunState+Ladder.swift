public import ClusterModel

extension RunState {
    /// A rung of the ladder that an attempt was on, and what the platform said to it.
    public struct RungTried: Sendable, Hashable {
        public enum Answer: Sendable, Hashable {
            /// Written down; whether the platform was asked is not known.
            case pending
            case taken
            case refused(message: String)
        }

        public let attempt: Int
        public let rung: ExecutionPolicy.Rung
        public let adjustment: MigrationAdjustment
        public let reason: LadderReason
        public let at: Timestamp
        public internal(set) var answer: Answer
    }

    /// The rungs that the step's present or last attempt was on, in order.
    public func rungs(of step: String, attempt: Int) -> [RungTried] {
        (rungs[step] ?? []).filter { $0.attempt == attempt }
    }

    /// Whether the guest runs, or may run, at its destination, so that the move must not be cancelled any more.
    public func isPastReturn(_ step: String) -> Bool {
        guard case .active(let attempt, let phase, _) = self[step] else { return false }
        if phase == StepPhase.handingOverName || phase == StepPhase.fetchingName { return true }
        return rungs(of: step, attempt: attempt).contains { rung in
            guard rung.adjustment == .postCopy else { return false }
            if case .refused = rung.answer { return false }
            return true
        }
    }

    /// The part of the fold that concerns the ladder.
    mutating func applyLadder(_ event: JournalEvent, at: Timestamp) {
        switch event {
        case .rungIntended(let step, let attempt, let rung, let adjustment, let reason):
            rungs[step, default: []].append(
                RungTried(
                    attempt: attempt, rung: rung, adjustment: adjustment, reason: reason, at: at, answer: .pending))
        case .rungAnswered(let step, let attempt, let rung, let refusal):
            guard let index = rungs[step]?.lastIndex(where: { $0.attempt == attempt && $0.rung == rung }) else {
                return
            }
            rungs[step]?[index].answer = refusal.map { .refused(message: $0) } ?? .taken
        default: break
        }
    }
}
