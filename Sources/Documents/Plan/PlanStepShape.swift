import ClusterModel

/// A step of `drover.plan/1`: read as a record of all keys that some action has, then made a step.
enum PlanStepShape {
    static let shape = record.mapped(blank: make(Record()), from: make, to: unmake)

    private enum Action: String, CaseIterable, Sendable {
        case migrate, powerOff, powerOn, enterMaintenance, exitMaintenance, maintain, wait
    }

    private struct Record: Sendable {
        var id = ""
        var action = Action.wait
        var host: String?
        var vm: String?
        var from: String?
        var to: String?
        var mode: MigrationMode?
        var bandwidthBitsPerSecond: Double?
        var startSeconds: Double = 0
        var durationSeconds: Double = 0
        var durationP95Seconds: Double?
        var downtimeMilliseconds: Double?
        var transferBytes: Double?
        var rounds: Int?
        var guestRestarts: Bool?
        var notBefore: Timestamp?
        var after: [String] = []
        var reason = ""
        var extensions = Extensions.none
    }

    private static let record = Shape<Record>.object(Record(), what + when + why, rules: [keysOfAction])

    private static let what: [Field<Record>] = [
        .required("id", \.id, .name),
        .required("action", \.action, .choice(blank: .wait)),
        .optional("host", \.host, .name),
        .optional("vm", \.vm, .name),
        .optional("from", \.from, .name),
        .optional("to", \.to, .name),
        .optional("mode", \.mode, .choice(blank: .live)),
        .optional("bandwidthBitsPerSecond", \.bandwidthBitsPerSecond, .amount("bits per second")),
    ]

    private static let when: [Field<Record>] = [
        .required("startSeconds", \.startSeconds, .seconds, about: "Counted from the plan's startsAt."),
        .required("durationSeconds", \.durationSeconds, .seconds),
        .optional("durationP95Seconds", \.durationP95Seconds, .seconds),
        .optional("downtimeMilliseconds", \.downtimeMilliseconds, .milliseconds),
        .optional("transferBytes", \.transferBytes, .bytes),
        .optional("rounds", \.rounds, .count()),
        .optional("guestRestarts", \.guestRestarts, .flag, about: "Absent: false."),
        .optional("notBefore", \.notBefore, .time),
    ]

    private static let why: [Field<Record>] = [
        .required("after", \.after, .names(), about: "The steps that this one needs."),
        .required("reason", \.reason, .text),
        .extensions(\.extensions),
    ]

    private static let keysOfAction = ObjectRule<Record>.variants(
        by: "action", { $0.action.rawValue },
        [
            .init(
                "migrate",
                required: [
                    "vm", "from", "to", "mode", "bandwidthBitsPerSecond", "downtimeMilliseconds", "transferBytes",
                    "rounds",
                ], optional: ["guestRestarts"]),
            .init("powerOff", required: ["host"]), .init("powerOn", required: ["host"]),
            .init("enterMaintenance", required: ["host"]), .init("exitMaintenance", required: ["host"]),
            .init("maintain", required: ["host"]), .init("wait"),
        ])

    @Sendable private static func make(_ record: Record) -> PlanStep {
        let host = record.host ?? ""
        let action: PlanStep.Action =
            switch record.action {
            case .migrate: .migrate(migration: migration(record))
            case .powerOff: .powerOff(host: host)
            case .powerOn: .powerOn(host: host)
            case .enterMaintenance: .enterMaintenance(host: host)
            case .exitMaintenance: .exitMaintenance(host: host)
            case .maintain: .maintain(host: host)
            case .wait: .wait
            }
        return PlanStep(
            id: record.id, action: action, startSeconds: record.startSeconds, durationSeconds: record.durationSeconds,
            durationP95Seconds: record.durationP95Seconds, after: record.after, notBefore: record.notBefore,
            reason: record.reason, extensions: record.extensions)
    }

    private static func migration(_ record: Record) -> MigrationStep {
        MigrationStep(
            vm: record.vm ?? "", from: record.from ?? "", to: record.to ?? "", mode: record.mode ?? .live,
            bandwidthBitsPerSecond: record.bandwidthBitsPerSecond ?? 0,
            downtimeMilliseconds: record.downtimeMilliseconds ?? 0, transferBytes: record.transferBytes ?? 0,
            rounds: record.rounds ?? 0, guestRestarts: record.guestRestarts ?? false)
    }

    @Sendable private static func unmake(_ step: PlanStep) -> Record {
        var record = Record(
            id: step.id, startSeconds: step.startSeconds, durationSeconds: step.durationSeconds,
            durationP95Seconds: step.durationP95Seconds, notBefore: step.notBefore, after: step.after,
            reason: step.reason, extensions: step.extensions)
        switch step.action {
        case .migrate(let migration): set(migration, in: &record)
        case .powerOff(let host): (record.action, record.host) = (.powerOff, host)
        case .powerOn(let host): (record.action, record.host) = (.powerOn, host)
        case .enterMaintenance(let host): (record.action, record.host) = (.enterMaintenance, host)
        case .exitMaintenance(let host): (record.action, record.host) = (.exitMaintenance, host)
        case .maintain(let host): (record.action, record.host) = (.maintain, host)
        case .wait: record.action = .wait
        }
        return record
    }

    private static func set(_ migration: MigrationStep, in record: inout Record) {
        record.action = .migrate
        (record.vm, record.from, record.to) = (migration.vm, migration.from, migration.to)
        record.mode = migration.mode
        record.bandwidthBitsPerSecond = migration.bandwidthBitsPerSecond
        record.downtimeMilliseconds = migration.downtimeMilliseconds
        record.transferBytes = migration.transferBytes
        record.rounds = migration.rounds
        record.guestRestarts = migration.guestRestarts ? true : nil
    }
}
