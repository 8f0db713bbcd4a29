public import ClusterModel

/// When every step that is not over begins and ends by what is known now: the same plan, new times.
///
/// Steps under way end as their progress says. Those to come follow in the plan's order: after what they wait for,
/// after what was planned before them on the same hosts, with no more migrations at once than the policy allows, and as
/// much longer or shorter than predicted as the migrations of this run were so far (their median, from the third on).
///
/// - Complexity: O(n log n) in the number of steps.
public struct Retiming: Sendable, Hashable {
    public struct Times: Sendable, Hashable {
        public let start: Timestamp
        public let end: Timestamp
    }

    /// By step; those that have ended, and those that will not begin any more, are missing.
    public private(set) var steps: [String: Times] = [:]
    /// Measured over predicted time of this run's migrations; 1 while too few have ended.
    public private(set) var paceFactor = 1.0

    /// Migrations that must have ended before their durations count for those to come.
    private static let fewestSamples = 3

    /// When the last step ends; `nil`: nothing is left.
    public var end: Timestamp? { steps.values.map(\.end).max() }

    public init(
        plan: Plan, state: RunState, now: Timestamp, phases: [String: StepPhase] = [:],
        execution: ExecutionPolicy = ExecutionPolicy()
    ) {
        guard state.outcome == nil else { return }
        paceFactor = Self.paceFactor(plan, state)
        var isStopping = false
        if case .stopping = state.mode { isStopping = true }
        var room = PlannedRoom(most: max(1, execution.maxConcurrent))
        let order = plan.steps.enumerated().sorted {
            ($0.element.startSeconds, $0.offset) < ($1.element.startSeconds, $1.offset)
        }
        var ends: [String: Timestamp] = [:]
        for (_, step) in order {
            if let times = Self.underWay(step, state[step.id], now, phases[step.id]) {
                steps[step.id] = times
                room.take(step, until: times.end)
                ends[step.id] = times.end
            }
        }
        for (_, step) in order where !isStopping && steps[step.id] == nil && !state[step.id].isEnded {
            var begin = max(now, plan.startsAt, step.notBefore ?? now, room.free(for: step) ?? now)
            if case .retrying(_, let at) = state[step.id] { begin = max(begin, at) }
            for dependency in step.after { begin = max(begin, ends[dependency] ?? begin) }
            let factor = step.migration == nil ? 1 : paceFactor
            let end = begin.adding(seconds: step.durationSeconds * factor)
            steps[step.id] = Times(start: begin, end: end)
            room.take(step, until: end)
            ends[step.id] = end
        }
    }

    private static func paceFactor(_ plan: Plan, _ state: RunState) -> Double {
        let ratios = plan.steps.compactMap { step -> Double? in
            guard step.migration != nil, step.durationSeconds > 0, case .succeeded(let measurement) = state[step.id]
            else { return nil }
            return measurement.durationSeconds / step.durationSeconds
        }.sorted()
        guard ratios.count >= fewestSamples else { return 1 }
        return min(4, max(0.25, ratios[ratios.count / 2]))
    }

    private static func underWay(
        _ step: PlanStep, _ state: RunState.StepState, _ now: Timestamp, _ phase: StepPhase?
    ) -> Times? {
        switch state {
        case .intended(_, let at):
            return Times(start: at, end: max(now, at.adding(seconds: step.durationSeconds)))
        case .active(_, _, let begunAt):
            let left = phase.flatMap { secondsLeft(of: step, $0, elapsedSeconds: now.seconds(since: begunAt)) }
            let planned = begunAt.adding(seconds: step.durationSeconds)
            return Times(start: begunAt, end: max(now, left.map { now.adding(seconds: $0) } ?? planned))
        default: return nil
        }
    }

    /// What an active step still needs by its own progress; `nil`: it does not tell.
    ///
    /// In the first pass what later passes send is still to come, as predicted; later what the guest rewrites meanwhile
    /// is sent too, which at a dirty rate near the link's takes up to twenty times as long.
    private static func secondsLeft(
        of step: PlanStep, _ phase: StepPhase, elapsedSeconds: Double
    ) -> Double? {
        switch phase {
        case .preparing, .reserving: return nil
        case .handingOver: return 0
        case .working(let seconds): return seconds
        case .fetching(let progress): return progress.remainingSeconds
        case .transferring(let progress):
            guard let seconds = progress.remainingSeconds else { return nil }
            if progress.round > 1 {
                let share = (progress.dirtyBytesPerSecond ?? 0) / progress.bytesPerSecond
                return seconds / (1 - min(0.95, max(0, share)))
            }
            let planned = (step.migration?.transferBytes ?? 0) / progress.bytesPerSecond - elapsedSeconds
            return max(seconds, planned)
        }
    }
}
