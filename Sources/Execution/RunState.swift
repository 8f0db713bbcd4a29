public import ClusterModel

/// What a run has come to: the fold of its journal entries, and nothing else.
public struct RunState: Sendable, Hashable {
    /// Where one step stands.
    public enum StepState: Sendable, Hashable {
        /// Not begun; `attempt` is the number that its next attempt has.
        case pending(attempt: Int)
        /// Written down, and perhaps begun: only the platform knows.
        case intended(attempt: Int, at: Timestamp)
        case active(attempt: Int, phase: String, begunAt: Timestamp)
        /// Attempt `attempt` failed; another may begin at `at`.
        case retrying(attempt: Int, at: Timestamp)
        case succeeded(measurement: Measurement)
        case alreadyDone
        case failed(failure: StepFailure)
        case skipped(reason: SkipReason)

        /// Whether nothing more will happen to it.
        public var isEnded: Bool {
            switch self {
            case .pending, .intended, .active, .retrying: false
            case .succeeded, .alreadyDone, .failed, .skipped: true
            }
        }

        /// Whether its effect is there.
        public var isDone: Bool {
            switch self {
            case .succeeded, .alreadyDone: true
            default: false
            }
        }

        /// The attempt that the platform may be working on.
        public var attemptUnderWay: Int? {
            switch self {
            case .intended(let attempt, _), .active(let attempt, _, _): attempt
            default: nil
            }
        }
    }

    /// Whether new steps may begin.
    public enum Mode: Sendable, Hashable {
        case running
        case paused(by: String)
        case stopping(reason: StopReason)
    }

    /// A request to cancel an attempt.
    public struct Cancel: Sendable, Hashable {
        public let attempt: Int
        public let at: Timestamp
        public let reason: StepFailure.Code
    }

    public private(set) var plan: String?
    public private(set) var startedAt: Timestamp?
    /// By step; steps without an entry are missing here and are `pending(attempt: 1)`.
    public private(set) var steps: [String: StepState] = [:]
    public private(set) var mode: Mode = .running
    public private(set) var outcome: RunOutcome?
    /// The last control request that was taken up.
    public private(set) var lastRequest: Int64 = 0
    public private(set) var lastSequence: Int64 = 0
    /// The newest cancellation of each step.
    public private(set) var cancels: [String: Cancel] = [:]
    /// The rungs of the ladder that each step was on, in order.
    package internal(set) var rungs: [String: [RungTried]] = [:]
    /// When a step was last written down to be begun.
    package private(set) var intendedAt: [String: Timestamp] = [:]
    /// How often the run was taken up again: by another process, or after a time in which nothing could be written
    /// down.
    public private(set) var resumptions = 0
    /// When that was the last time.
    package private(set) var resumedAt: Timestamp?

    public init() {}

    public init(entries: [JournalEntry]) {
        for entry in entries { apply(entry) }
    }

    /// The state of a step, `pending(attempt: 1)` when nothing was written about it.
    public subscript(step: String) -> StepState { steps[step] ?? .pending(attempt: 1) }

    /// Steps that have failed for good.
    public var failureCount: Int {
        steps.values.count { if case .failed = $0 { true } else { false } }
    }

    public mutating func apply(_ entry: JournalEntry) {
        lastSequence = max(lastSequence, entry.sequence)
        apply(entry.event, at: entry.at)
    }

    /// One step of the fold.
    package mutating func apply(_ event: JournalEvent, at: Timestamp) {
        switch event {
        case .runStarted(let plan, _, _):
            self.plan = plan
            startedAt = at
        case .runResumed:
            resumptions += 1
            resumedAt = at
        case .controlled(let command, let request, let by):
            lastRequest = max(lastRequest, request)
            apply(command, by: by)
        case .stopping(let reason):
            mode = .stopping(reason: reason)
        case .runEnded(let outcome):
            self.outcome = outcome
        case .cancelIntended(let step, let attempt, let reason):
            cancels[step] = Cancel(attempt: attempt, at: at, reason: reason)
        case .rungIntended, .rungAnswered:
            applyLadder(event, at: at)
        case .stepIntended, .stepBegun, .stepNotBegun, .stepPhase, .stepEnded, .stepAlreadyDone, .stepSkipped:
            applyStep(event, at: at)
        }
    }

    private mutating func apply(_ command: ControlCommand, by: String) {
        switch (command, mode) {
        case (.pause, .running): mode = .paused(by: by)
        case (.resume, .paused): mode = .running
        default: break
        }
    }

    private mutating func applyStep(_ event: JournalEvent, at: Timestamp) {
        switch event {
        case .stepIntended(let step, let attempt):
            steps[step] = .intended(attempt: attempt, at: at)
            intendedAt[step] = at
        case .stepBegun(let step, let attempt):
            steps[step] = .active(attempt: attempt, phase: "", begunAt: at)
        case .stepNotBegun(let step, let attempt):
            steps[step] = .pending(attempt: attempt)
        case .stepPhase(let step, let attempt, let phase):
            guard case .active(_, _, let begunAt) = self[step] else { return }
            steps[step] = .active(attempt: attempt, phase: phase, begunAt: begunAt)
        case .stepEnded(let step, let attempt, let outcome, let retryAt, _):
            switch (outcome, retryAt) {
            case (.succeeded(let measurement), _): steps[step] = .succeeded(measurement: measurement)
            case (.failed, .some(let retryAt)): steps[step] = .retrying(attempt: attempt, at: retryAt)
            case (.failed(let failure), .none): steps[step] = .failed(failure: failure)
            }
        case .stepAlreadyDone(let step):
            steps[step] = .alreadyDone
        case .stepSkipped(let step, let reason):
            steps[step] = .skipped(reason: reason)
        default:
            break
        }
    }
}
