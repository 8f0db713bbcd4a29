public import ClusterModel

/// What came of a run: every step's end, and predictions beside measurements.
public struct RunSummary: Sendable, Hashable {
    public struct StepResult: Sendable, Hashable {
        public let step: PlanStep
        public let state: RunState.StepState
        /// Whether the measured pause was longer than the VM allows.
        public let overran: Bool
        /// What was tried to bring a migration to its end, over all attempts, in order.
        public let rungs: [RunState.RungTried]
    }

    public let run: String
    public let plan: String
    /// `nil`: the run has not ended.
    public let outcome: RunOutcome?
    public let startedAt: Timestamp?
    public let endedAt: Timestamp
    /// In the plan's order.
    public let steps: [StepResult]
    public let done: Int
    public let failed: Int
    public let skipped: Int
    /// Sums over the migrations that succeeded here.
    public let predictedMigrationSeconds: Double
    public let measuredMigrationSeconds: Double
    public let predictedTransferBytes: Double
    public let measuredTransferBytes: Double
    public let longestDowntimeMilliseconds: Double
    /// Migrations whose pause was longer than allowed.
    public let overruns: Int

    public init(plan: Plan, cluster: Cluster, run: String, state: RunState, endedAt: Timestamp) {
        self.run = run
        self.plan = plan.id
        self.endedAt = endedAt
        outcome = state.outcome
        startedAt = state.startedAt
        let limits = Dictionary(
            cluster.vms.map { ($0.id, $0.maxDowntimeMilliseconds) }, uniquingKeysWith: { first, _ in first })
        var results: [StepResult] = []
        var (predicted, measured) = (0.0, 0.0)
        var (predictedBytes, measuredBytes, longest) = (0.0, 0.0, 0.0)
        for step in plan.steps {
            var overran = false
            if case .succeeded(let measurement) = state[step.id], let migration = step.migration {
                let limit = (limits[migration.vm] ?? nil) ?? plan.policy.maxDowntimeMilliseconds
                overran = migration.mode != .cold && measurement.downtimeMilliseconds > limit
                predicted += step.durationSeconds
                measured += measurement.durationSeconds
                predictedBytes += migration.transferBytes
                measuredBytes += measurement.transferBytes
                longest = max(longest, measurement.downtimeMilliseconds)
            }
            results.append(
                StepResult(
                    step: step, state: state[step.id], overran: overran, rungs: state.rungs[step.id] ?? []))
        }
        steps = results
        done = results.count { $0.state.isDone }
        failed = results.count { if case .failed = $0.state { true } else { false } }
        skipped = results.count { if case .skipped = $0.state { true } else { false } }
        overruns = results.count(where: \.overran)
        predictedMigrationSeconds = predicted
        measuredMigrationSeconds = measured
        predictedTransferBytes = predictedBytes
        measuredTransferBytes = measuredBytes
        longestDowntimeMilliseconds = longest
    }
}
