public import ClusterModel

/// How a run stands: for `status` from the journal alone, for the live display with what the platform told last.
public struct RunStatus: Sendable, Hashable {
    public struct Running: Sendable, Hashable {
        public let step: PlanStep
        public let attempt: Int
        public let phase: String
        /// 0...1 of what is predicted; `nil` when the platform said nothing yet.
        public let fraction: Double?
        public let expectedEnd: Timestamp
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
    /// When the last step that may still be done is expected to end; `nil` when nothing is left.
    public let expectedEnd: Timestamp?

    public init(plan: Plan, run: String, state: RunState, now: Timestamp, phases: [String: StepPhase] = [:]) {
        self.run = run
        self.plan = plan.id
        self.now = now
        startedAt = state.startedAt
        mode = state.mode
        outcome = state.outcome
        total = plan.steps.count
        done = plan.steps.count { state[$0.id].isDone }
        failed = plan.steps.count { if case .failed = state[$0.id] { true } else { false } }
        skipped = plan.steps.count { if case .skipped = state[$0.id] { true } else { false } }
        running = plan.steps.compactMap { Self.running($0, state[$0.id], now, phases[$0.id]) }
        toCome = total - done - failed - skipped - running.count
        expectedEnd = Self.expectedEnd(plan: plan, state: state, now: now)
    }

    private static func running(
        _ step: PlanStep, _ state: RunState.StepState, _ now: Timestamp, _ phase: StepPhase?
    ) -> Running? {
        switch state {
        case .intended(let attempt, let at):
            return Running(
                step: step, attempt: attempt, phase: phase?.name ?? "requested", fraction: nil,
                expectedEnd: max(now, at.adding(seconds: step.durationSeconds)))
        case .active(let attempt, let name, let begunAt):
            return Running(
                step: step, attempt: attempt, phase: phase?.name ?? name,
                fraction: fraction(of: step, now.seconds(since: begunAt), phase),
                expectedEnd: max(now, begunAt.adding(seconds: step.durationSeconds)))
        default: return nil
        }
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

    /// Plays the rest of the plan forward: a step begins when those in its `after` have ended, and no earlier than
    /// planned plus the delay that those under way have now.
    private static func expectedEnd(plan: Plan, state: RunState, now: Timestamp) -> Timestamp? {
        guard state.outcome == nil else { return nil }
        let start = state.startedAt ?? now
        var ends: [String: Timestamp] = [:]
        var delay = 0.0
        for step in plan.steps {
            guard case .active(_, _, let begunAt) = state[step.id] else { continue }
            delay = max(delay, begunAt.seconds(since: start.adding(seconds: step.startSeconds)))
        }
        var stopping = false
        if case .stopping = state.mode { stopping = true }
        for step in plan.steps.sorted(by: { $0.startSeconds < $1.startSeconds }) where !state[step.id].isEnded {
            var begin = max(now, start.adding(seconds: step.startSeconds + delay))
            switch state[step.id] {
            case .active(_, _, let begunAt): begin = begunAt
            case .intended(_, let at): begin = at
            default:
                if stopping { continue }
                for dependency in step.after { begin = max(begin, ends[dependency] ?? begin) }
            }
            ends[step.id] = max(now, begin.adding(seconds: step.durationSeconds))
        }
        return ends.values.max()
    }
}
