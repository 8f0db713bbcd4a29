import ClusterModel
import Execution

/// What came of a run, for programs. Keys carry their unit.
struct SummaryJSON {
    let summary: RunSummary

    var fields: [String: JSONValue] {
        [
            "run": .string(value: summary.run), "plan": .string(value: summary.plan),
            "outcome": summary.outcome.map { .string(value: $0.rawValue) } ?? .null,
            "startedAt": summary.startedAt.map { .string(value: $0.description) } ?? .null,
            "endedAt": .string(value: summary.endedAt.description),
            "done": .integer(value: Int64(summary.done)), "failed": .integer(value: Int64(summary.failed)),
            "skipped": .integer(value: Int64(summary.skipped)), "overruns": .integer(value: Int64(summary.overruns)),
            "longestDowntimeMilliseconds": .number(value: summary.longestDowntimeMilliseconds),
            "predicted": .object(fields: [
                "migrationSeconds": .number(value: summary.predictedMigrationSeconds),
                "transferBytes": .number(value: summary.predictedTransferBytes),
            ]),
            "measured": .object(fields: [
                "migrationSeconds": .number(value: summary.measuredMigrationSeconds),
                "transferBytes": .number(value: summary.measuredTransferBytes),
            ]),
            "steps": .array(values: summary.steps.map { .object(fields: Self.fields(of: $0)) }),
        ]
    }

    private static func fields(of result: RunSummary.StepResult) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "id": .string(value: result.step.id), "action": .string(value: result.step.action.name),
        ]
        switch result.state {
        case .succeeded(let measurement):
            fields["state"] = .string(value: "succeeded")
            fields["durationSeconds"] = .number(value: measurement.durationSeconds)
            fields["downtimeMilliseconds"] = .number(value: measurement.downtimeMilliseconds)
            fields["startedAt"] = .string(value: measurement.startedAt.description)
            fields["endedAt"] = .string(value: measurement.endedAt.description)
            if result.step.migration != nil {
                fields["transferBytes"] = .number(value: measurement.transferBytes)
                fields["rounds"] = .integer(value: Int64(measurement.rounds))
                fields["overran"] = .bool(value: result.overran)
            }
        case .alreadyDone: fields["state"] = .string(value: "alreadyDone")
        case .failed(let failure):
            fields["state"] = .string(value: "failed")
            fields["reason"] = .string(value: failure.message)
            fields["failure"] = .string(value: failure.code.rawValue)
        case .skipped(let reason):
            fields["state"] = .string(value: "skipped")
            fields["reason"] = .string(value: reason.text)
        case .pending, .intended, .active, .retrying: fields["state"] = .string(value: "open")
        }
        if let migration = result.step.migration {
            fields["vm"] = .string(value: migration.vm)
            fields["from"] = .string(value: migration.from)
            fields["to"] = .string(value: migration.to)
            fields["mode"] = .string(value: migration.mode.rawValue)
            fields["predicted"] = .object(fields: [
                "durationSeconds": .number(value: result.step.durationSeconds),
                "downtimeMilliseconds": .number(value: migration.downtimeMilliseconds),
                "transferBytes": .number(value: migration.transferBytes),
                "rounds": .integer(value: Int64(migration.rounds)),
            ])
        }
        if !result.rungs.isEmpty { fields["ladder"] = .array(values: result.rungs.map(rung)) }
        return fields
    }

    private static func rung(_ tried: RunState.RungTried) -> JSONValue {
        .object(fields: [
            "rung": .string(value: tried.rung.rawValue), "reason": .string(value: tried.reason.text),
            "at": .string(value: tried.at.description), "attempt": .integer(value: Int64(tried.attempt)),
            "done": .string(value: tried.words),
        ])
    }
}
