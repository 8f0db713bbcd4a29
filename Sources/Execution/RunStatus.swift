public import ClusterModel

/// How a run stands: for `status` from the journal alone, for the live display with what the platform told last.
public struct RunStatus: Sendable, Hashable {
    public struct Running: Sendable, Hashable {
        public let step: PlanStep
        public let attempt: Int
        public let phase: String
        /// 0...1 of what is predicted; `nil` when the platform said nothing yet.
        public let fraction: Double?
        /// The transfer as the platform told it last; `nil` when it is not transferring, or nobody asked.
        public let progress: TransferProgress?
        public let startedAt: Timestamp
        public let expectedEnd: Timestamp
        /// What was tried to bring it to its end, in order.
        public let rungs: [RunState.RungTried]
    }

    public let run: String
    public let plan: String
    public let now: Timestamp
    public let startedAt: Timestamp?
    public let mode: RunState.Mode
    public let outcome: RunOutcome?
    public let total: Int
    public let done: Int
    public let failed: Int
    public let skipped: Int
    public let running: [Running]
    public let toCome: Int
    /// When each step that is not over begins and ends by what is known now.
    public let retiming: Retiming
    /// How much later than planned the last step ends; negative: earlier. `nil` when nothing is left.
    public let delaySeconds: Double?

    /// When the last step that may still be done is expected to end; `nil` when nothing is left.
    public var expectedEnd: Timestamp? { retiming.end }

    public init(
        plan: Plan, run: String, state: RunState, now: Timestamp, phases: [String: StepPhase] = [:],
        execution: ExecutionPolicy = ExecutionPolicy()
    ) {
        let retiming = Retiming(plan: plan, state: state, now: now, phases: phases, execution: execution)
        self.run = run
        self.plan = plan.id
        self.now = now
        self.retiming = retiming
        startedAt = state.startedAt
        mode = state.mode
        outcome = state.outcome
        total = plan.steps.count
        done = plan.steps.count { state[$0.id].isDone }
        failed = plan.steps.count { if case .failed = state[$0.id] { true } else { false } }
        skipped = plan.steps.count { if case .skipped = state[$0.id] { true } else { false } }
        running = plan.steps.compactMap { Self.running($0, state, now, phases[$0.id], retiming) }
        toCome = total - done - failed - skipped - running.count
        let planned = plan.steps.filter { retiming.steps[$0.id] != nil }.map(\.endSeconds).max()
        delaySeconds = retiming.end.flatMap { end in
            planned.map { end.seconds(since: max(plan.startsAt, state.startedAt ?? plan.startsAt)) - $0 }
        }
    }

    private static func running(
        _ step: PlanStep, _ state: RunState, _ now: Timestamp, _ phase: StepPhase?, _ retiming: Retiming
    ) -> Running? {
        let (attempt, name, begunAt, isAccepted): (Int, String, Timestamp, Bool)
        switch state[step.id] {
        case .intended(let number, let at): (attempt, name, begunAt, isAccepted) = (number, "requested", at, false)
        case .active(let number, let phase, let at): (attempt, name, begunAt, isAccepted) = (number, phase, at, true)
        default: return nil
        }
        return Running(
            step: step, attempt: attempt, phase: phase?.name ?? name,
            fraction: isAccepted ? fraction(of: step, now.seconds(since: begunAt), phase) : nil,
            progress: phase?.progress, startedAt: begunAt,
            expectedEnd: retiming.steps[step.id]?.end ?? max(now, begunAt.adding(seconds: step.durationSeconds)),
            rungs: state.rungs(of: step.id, attempt: attempt))
    }

    /// By what is left of the predicted bytes when that is known, else by time; never quite 1 before the end.
    private static func fraction(of step: PlanStep, _ elapsedSeconds: Double, _ phase: StepPhase?) -> Double? {
        let byTime = step.durationSeconds > 0 ? elapsedSeconds / step.durationSeconds : 0
        switch phase {
        case .preparing, .reserving: return 0
        case .handingOver: return 0.99
        case .transferring(let progress), .fetching(let progress):
            guard let total = step.migration?.transferBytes, total > 0 else { return min(0.98, max(0, byTime)) }
            return min(0.98, max(0, 1 - progress.remainingBytes / total))
        case .working, .none: return min(0.99, max(0, byTime))
        }
    }
}
