import ClusterModel

/// A policy file. Every key may be absent; what it then means is the value in `Policy()`.
enum PolicyShape {
    static let format = "drover.policy/1"

    struct Document: Sendable {
        var format = PolicyShape.format
        var policy = Policy()
    }

    /// The document as a policy's keys are read into `base`, so that settings of the command line can change a policy.
    static func shape(base: Policy = Policy()) -> Shape<Document> {
        .object(
            Document(policy: base),
            general + movement + parts)
    }

    private static let blank = Document()

    private static let general: [Field<Document>] = [
        .defaulted("format", \.format, .constant(format), of: blank),
        .defaulted("name", \.policy.name, .name, of: blank),
        .defaulted("limits", \.policy.limits, limits, of: blank),
        .defaulted("spareHosts", \.policy.spareHosts, .count(), of: blank, about: "Host failures to survive."),
        .defaulted("memory", \.policy.memory, .choice(blank: .configured), of: blank, about: "What a VM counts with."),
        .nullable("maxMoves", \.policy.maxMoves, .count(), about: "VMs that a plan moves at most; null: any number."),
        .nullable(
            "horizonSeconds", \.policy.horizonSeconds, .positiveSeconds,
            about: "How far ahead profiles must fit; null: the whole profile."),
        .defaulted("repair", \.policy.repair, .flag, of: blank),
        .defaulted("validSeconds", \.policy.validSeconds, .positiveSeconds, of: blank),
        .defaulted("requireApproval", \.policy.requireApproval, .flag, of: blank),
    ]

    private static let movement: [Field<Document>] = [
        .defaulted("modes", \.policy.modes, modes, of: blank, about: "In order of preference."),
        .defaulted("maxDowntimeMilliseconds", \.policy.maxDowntimeMilliseconds, .milliseconds, of: blank),
        .defaulted("allowGuestRestart", \.policy.allowGuestRestart, .flag, of: blank),
        .defaulted("coolDownSeconds", \.policy.coolDownSeconds, .seconds, of: blank),
    ]

    private static let parts: [Field<Document>] = [
        .defaulted("defaults", \.policy.defaults, SharedShapes.hostDefaults, of: blank),
        .defaulted("balance", \.policy.balance, balance, of: blank),
        .defaulted("powerSave", \.policy.powerSave, powerSave, of: blank),
        .defaulted("demand", \.policy.demand, demand, of: blank),
        .defaulted("migration", \.policy.migration, migration, of: blank),
        .defaulted("schedule", \.policy.schedule, schedule, of: blank),
        .defaulted("rolling", \.policy.rolling, rolling, of: blank),
        .defaulted("execution", \.policy.execution, execution, of: blank),
        .defaulted("retention", \.policy.retention, retention, of: blank),
    ]

    private static let limits = Shape<ResourceLimits>.object(
        ResourceLimits(),
        [
            .defaulted("cpu", \.cpu, .fraction, of: ResourceLimits()),
            .defaulted("memory", \.memory, .fraction, of: ResourceLimits()),
            .defaulted("disk", \.disk, .fraction, of: ResourceLimits()),
            .defaulted("network", \.network, .fraction, of: ResourceLimits()),
        ])

    private static let modes = Shape<MigrationMode>.choice(blank: .live).list(minimumCount: 1)
        .restricted(
            "a list of different modes: live, postCopy, staged, cold", schema: ["uniqueItems": .bool(value: true)]
        ) { Set($0).count == $0.count }
}

// MARK: - Goals

extension PolicyShape {
    private static let balance = Shape<BalancePolicy>.object(
        BalancePolicy(),
        [
            .defaulted("weights", \.weights, weights, of: BalancePolicy()),
            .defaulted("minimumGainPerMove", \.minimumGainPerMove, weight, of: BalancePolicy()),
            .defaulted("minimumImbalance", \.minimumImbalance, .fraction, of: BalancePolicy()),
            .defaulted("effort", \.effort, .count(), of: BalancePolicy()),
        ])

    private static let weight = Shape<Double>.number("a weight", NumberRange(maximum: 1e6))

    private static let weights = Shape<BalanceWeights>.object(
        BalanceWeights(),
        [
            .defaulted("cpu", \.cpu, weight, of: BalanceWeights()),
            .defaulted("memory", \.memory, weight, of: BalanceWeights()),
            .defaulted("disk", \.disk, weight, of: BalanceWeights()),
            .defaulted("network", \.network, weight, of: BalanceWeights()),
            .defaulted("vcpus", \.vcpus, weight, of: BalanceWeights()),
        ])

    private static let powerSave = Shape<PowerSavePolicy>.object(
        PowerSavePolicy(),
        [
            .defaulted("minimumHostsOn", \.minimumHostsOn, .count(), of: PowerSavePolicy()),
            .defaulted("minimumSavedWatts", \.minimumSavedWatts, .watts, of: PowerSavePolicy()),
            .defaulted("nextDecisionSeconds", \.nextDecisionSeconds, .seconds, of: PowerSavePolicy()),
            .defaulted("minimumOffSeconds", \.minimumOffSeconds, .seconds, of: PowerSavePolicy()),
            .defaulted("minimumOnSeconds", \.minimumOnSeconds, .seconds, of: PowerSavePolicy()),
            .defaulted("migrationJoulesPerMegabyte", \.migrationJoulesPerMegabyte, .joules, of: PowerSavePolicy()),
            .defaulted("migrationJoules", \.migrationJoules, .joules, of: PowerSavePolicy()),
            .defaulted("wake", \.wake, .flag, of: PowerSavePolicy()),
            .defaulted("effort", \.effort, .count(), of: PowerSavePolicy()),
        ])
}

// MARK: - Demand, migration, execution, retention

extension PolicyShape {
    private static let percentile = Shape<Double>.number("a percentile", NumberRange(maximum: 100))

    private static let demand = Shape<DemandPolicy>.object(
        DemandPolicy(),
        [
            .defaulted("percentile", \.percentile, percentile, of: DemandPolicy()),
            .defaulted("windowSeconds", \.windowSeconds, .positiveSeconds, of: DemandPolicy()),
            .defaulted("profile", \.profile, .choice(blank: .none), of: DemandPolicy()),
            .defaulted(
                "historyExcessFraction", \.historyExcessFraction, .fraction, of: DemandPolicy(),
                about: "Profile history: share of the recorded slots in which a host may be above its limit."),
            .defaulted("staleSeconds", \.staleSeconds, .positiveSeconds, of: DemandPolicy()),
            .defaulted("hostOverheadFraction", \.hostOverheadFraction, .fraction, of: DemandPolicy()),
        ])

    private static let efficiency = Shape<Double>.number(
        "a fraction", NumberRange(isMinimumIncluded: false, maximum: 1))

    private static let migration = Shape<MigrationPolicy>.object(
        MigrationPolicy(),
        [
            .defaulted("linkEfficiency", \.linkEfficiency, efficiency, of: MigrationPolicy()),
            .defaulted("setupSeconds", \.setupSeconds, .seconds, of: MigrationPolicy()),
            .defaulted("handOverMilliseconds", \.handOverMilliseconds, .milliseconds, of: MigrationPolicy()),
            .defaulted("maxRounds", \.maxRounds, .count(1), of: MigrationPolicy()),
            .defaulted("downtimeMargin", \.downtimeMargin, .fraction, of: MigrationPolicy()),
            .defaulted("assumedHotFraction", \.assumedHotFraction, .fraction, of: MigrationPolicy()),
            .defaulted(
                "assumedDirtyBytesPerSecond", \.assumedDirtyBytesPerSecond, .amount("bytes per second"),
                of: MigrationPolicy()),
            .defaulted("autoConverge", \.autoConverge, .flag, of: MigrationPolicy()),
            .defaulted("maxSlowdownFraction", \.maxSlowdownFraction, .fraction, of: MigrationPolicy()),
            .defaulted("throttleInitialPercent", \.throttleInitialPercent, throttle, of: MigrationPolicy()),
            .defaulted("throttleIncrementPercent", \.throttleIncrementPercent, throttle, of: MigrationPolicy()),
            .defaulted("postCopyAfterPasses", \.postCopyAfterPasses, .count(1), of: MigrationPolicy()),
            .defaulted("maxPostCopySeconds", \.maxPostCopySeconds, .seconds, of: MigrationPolicy()),
            .defaulted("learnDays", \.learnDays, days, of: MigrationPolicy()),
        ])

    /// Half or less would call a window kept that is missed as often; certainty has no end.
    private static let confidence = Shape<Double>.number("a share of runs", NumberRange(minimum: 0.5, maximum: 0.999))

    private static let schedule = Shape<SchedulePolicy>.object(
        SchedulePolicy(),
        [
            .defaulted(
                "objective", \.objective, .choice(blank: .makespan), of: SchedulePolicy(),
                about: "What the order of the moves is to be good at."),
            .defaulted("slowDownFraction", \.slowDownFraction, .fraction, of: SchedulePolicy()),
            .defaulted(
                "confidence", \.confidence, confidence, of: SchedulePolicy(),
                about: "Share of the runs of a plan that must be over by the end of its window."),
        ])

    private static let rolling = Shape<RollingPolicy>.object(
        RollingPolicy(),
        [
            .defaulted(
                "restorePlacement", \.restorePlacement, .flag, of: RollingPolicy(),
                about: "Whether VMs go back to where they were once their host has been maintained.")
        ])

    /// As QEMU takes it.
    private static let throttle = Shape<Double>.number("a percentage", NumberRange(minimum: 1, maximum: 99))

    private static let execution = Shape<ExecutionPolicy>.object(
        ExecutionPolicy(),
        [
            .defaulted("maxConcurrent", \.maxConcurrent, .count(1), of: ExecutionPolicy()),
            .nullable(
                "pacePerMinute", \.pacePerMinute, pace, about: "Migrations begun in a minute; null: any number."),
            .defaulted("timeoutFactor", \.timeoutFactor, factor, of: ExecutionPolicy()),
            .defaulted("timeoutSlackSeconds", \.timeoutSlackSeconds, .seconds, of: ExecutionPolicy()),
            .defaulted("retries", \.retries, .count(), of: ExecutionPolicy()),
            .defaulted("retryDelaySeconds", \.retryDelaySeconds, .seconds, of: ExecutionPolicy()),
            .defaulted("failureBudget", \.failureBudget, .count(), of: ExecutionPolicy()),
            .defaulted("pollSeconds", \.pollSeconds, .positiveSeconds, of: ExecutionPolicy()),
            .defaulted(
                "ladder", \.ladder, ladder, of: ExecutionPolicy(),
                about: "What is tried in turn when a migration falls behind or does not converge."),
            .defaulted("stallRounds", \.stallRounds, .count(1), of: ExecutionPolicy()),
            .defaulted("rungSeconds", \.rungSeconds, .seconds, of: ExecutionPolicy()),
            .defaulted("extraDowntimeMilliseconds", \.extraDowntimeMilliseconds, .milliseconds, of: ExecutionPolicy()),
            .defaulted(
                "replan", \.replan, .count(), of: ExecutionPolicy(),
                about: "How often the rest is planned anew when the plan's basis no longer holds."),
            .defaulted("replanUnderApproval", \.replanUnderApproval, .flag, of: ExecutionPolicy()),
            .defaulted("skipBudget", \.skipBudget, .count(1), of: ExecutionPolicy()),
        ])

    private static let pace = Shape<Double>.number(
        "migrations per minute", NumberRange(isMinimumIncluded: false, maximum: 1e6))

    private static let ladder = Shape<ExecutionPolicy.Rung>.choice(blank: .cancel).list()
        .restricted(
            "a list of different rungs: raisePause, throttle, postCopy, cancel",
            schema: ["uniqueItems": .bool(value: true)]
        ) { Set($0).count == $0.count }

    private static let factor = Shape<Double>.number("a factor", NumberRange(minimum: 1, maximum: 1e6))

    /// 300 years, as for seconds.
    private static let days = Shape<Double>.number("a number of days", NumberRange(maximum: 110_000))

    private static let retention = Shape<RetentionPolicy>.object(
        RetentionPolicy(),
        [
            .defaulted("rawDays", \.rawDays, days, of: RetentionPolicy()),
            .defaulted("fiveMinuteDays", \.fiveMinuteDays, days, of: RetentionPolicy()),
            .defaulted("hourlyDays", \.hourlyDays, days, of: RetentionPolicy()),
        ])
}
