import ClusterModel

/// The document `drover.plan/1`.
enum PlanShape {
    /// The document with its key `format`.
    struct Document: Sendable {
        var format = Plan.format
        var plan = blank
    }

    private static let noTime = Timestamp(millisecondsSinceEpoch: 0)
    private static let blankPolicy = PlanPolicy(
        name: "", digest: "", spareHosts: 0, memory: .configured, limits: ResourceLimits(), defaults: HostDefaults())
    private static let blankSummary = PlanSummary(
        makespanSeconds: 0, migrations: 0, transferBytes: 0, hostsOn: .init(before: 0, after: 0),
        watts: .init(before: 0, after: 0), imbalance: .init(before: 0, after: 0))
    private static let blank = Plan(
        id: "", cluster: "", createdAt: noTime, startsAt: noTime, expiresAt: noTime,
        basis: .init(snapshot: "", takenAt: noTime), goal: .balance, policy: blankPolicy, status: .complete, steps: [],
        summary: blankSummary)

    static let shape = Shape<Document>.object(
        Document(),
        [
            .required("format", \.format, .constant(Plan.format)),
            .required("id", \.plan.id, .name),
            .required("cluster", \.plan.cluster, .name),
            .required("createdAt", \.plan.createdAt, .time),
            .required("startsAt", \.plan.startsAt, .time),
            .required("expiresAt", \.plan.expiresAt, .time),
            .required("basis", \.plan.basis, basis),
            .required("goal", \.plan.goal, GoalShape.shape),
            .required("policy", \.plan.policy, policy),
            .required("status", \.plan.status, .choice(blank: .complete)),
            .required("steps", \.plan.steps, PlanStepShape.shape.list()),
            .required("summary", \.plan.summary, summary),
            .required("refusals", \.plan.refusals, RefusalShape.shape.list()),
            .optional("deadline", \.plan.deadline, .time),
            .optional("confidence", \.plan.confidence, .fraction),
            .extensions(\.plan.extensions),
        ])

    private static let basis = Shape<Plan.Basis>.object(
        blank.basis,
        [
            .required("snapshot", \.snapshot, .name, about: "SHA-256 of the canonical cluster document."),
            .required("takenAt", \.takenAt, .time),
        ])

    private static let policy = Shape<PlanPolicy>.object(
        blankPolicy,
        [
            .required("name", \.name, .name),
            .required("digest", \.digest, .name, about: "SHA-256 of the canonical policy."),
            .required("spareHosts", \.spareHosts, .count()),
            .required("memory", \.memory, .choice(blank: .configured)),
            .required("limits", \.limits, limits),
            .defaulted("defaults", \.defaults, SharedShapes.hostDefaults, of: blankPolicy, isAlwaysWritten: true),
            .optional("horizonSeconds", \.horizonSeconds, .positiveSeconds),
            .defaulted("repair", \.repair, .flag, of: blankPolicy),
            .defaulted("maxDowntimeMilliseconds", \.maxDowntimeMilliseconds, .milliseconds, of: blankPolicy),
        ])

    private static let limits = Shape<ResourceLimits>.object(
        ResourceLimits(),
        [
            .required("cpu", \.cpu, .fraction, about: "Of capacity."),
            .required("memory", \.memory, .fraction),
            .defaulted("disk", \.disk, .fraction, of: ResourceLimits()),
            .defaulted("network", \.network, .fraction, of: ResourceLimits()),
        ])

    private static let summary = Shape<PlanSummary>.object(
        blankSummary,
        [
            .required("makespanSeconds", \.makespanSeconds, .seconds),
            .required("migrations", \.migrations, .count()),
            .required("transferBytes", \.transferBytes, .amount("bytes")),
            .required("hostsOn", \.hostsOn, hostsOn),
            .required("watts", \.watts, beforeAfter(.watts)),
            .required("imbalance", \.imbalance, beforeAfter(.amount("standard deviation"))),
        ])

    private static let hostsOn = Shape<PlanSummary.HostsOn>.object(
        blankSummary.hostsOn,
        [
            .required("before", \.before, .count()),
            .required("after", \.after, .count()),
            .optional("lowerBound", \.lowerBound, .count()),
        ])

    private static func beforeAfter(_ number: Shape<Double>) -> Shape<PlanSummary.BeforeAfter> {
        .object(blankSummary.watts, [.required("before", \.before, number), .required("after", \.after, number)])
    }
}
