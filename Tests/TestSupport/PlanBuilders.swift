public import ClusterModel

// Short ways to write plans down in tests: `.move("s1", "vm7", from: "a", to: "b", at: 0, lasting: 40)`.

extension PlanStep {
    /// A live migration at 1 Gbit/s with a pause of 100 ms, unless told otherwise.
    public static func move(
        _ id: String, _ vm: String, from: String, to: String, at start: Double, lasting duration: Double = 10,
        after: [String] = [], bandwidth: Double = 1e9, mode: MigrationMode = .live, pause: Double = 100
    ) -> PlanStep {
        PlanStep(
            id: id,
            action: .migrate(
                migration: MigrationStep(
                    vm: vm, from: from, to: to, mode: mode, bandwidthBitsPerSecond: bandwidth,
                    downtimeMilliseconds: pause, transferBytes: bandwidth / 8 * duration, rounds: 2)),
            startSeconds: start, durationSeconds: duration, after: after, reason: "test")
    }

    /// Any other step.
    public static func step(
        _ id: String, _ action: Action, at start: Double, lasting duration: Double = 60, after: [String] = []
    ) -> PlanStep {
        PlanStep(
            id: id, action: action, startSeconds: start, durationSeconds: duration, after: after, reason: "test")
    }
}

extension PlanPolicy {
    public static func policy(
        spareHosts: Int = 0, memory: MemoryCounting = .configured, limits: ResourceLimits = ResourceLimits(),
        defaults: HostDefaults = HostDefaults(), horizonSeconds: Double? = nil
    ) -> PlanPolicy {
        PlanPolicy(
            name: "test", digest: "0", spareHosts: spareHosts, memory: memory, limits: limits, defaults: defaults,
            horizonSeconds: horizonSeconds)
    }
}

extension Plan {
    /// A plan on `cluster` that starts when the cluster was taken, with the summary that its steps deserve.
    public static func plan(
        for cluster: Cluster, goal: Goal = .balance, policy: PlanPolicy = .policy(), status: Status? = nil,
        refusals: [Refusal] = [], _ steps: [PlanStep]
    ) -> Plan {
        Plan(
            id: "p1", cluster: cluster.name, createdAt: cluster.takenAt, startsAt: cluster.takenAt,
            expiresAt: cluster.takenAt.adding(seconds: 3600),
            basis: Basis(snapshot: "0", takenAt: cluster.takenAt), goal: goal, policy: policy,
            status: status ?? (steps.isEmpty ? .nothingToDo : .complete), steps: steps,
            summary: PlanSummary(of: steps, on: cluster, policy: policy), refusals: refusals)
    }
}
