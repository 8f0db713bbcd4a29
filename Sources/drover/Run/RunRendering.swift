import ArgumentParser
import ClusterModel
import Documents
import Execution

/// What came of a run, for the standard output.
struct RunRendering {
    let summary: RunSummary

    func show(_ format: TextFormat) throws {
        switch format {
        case .text: try Terminal.output(text)
        case .json: try Terminal.output(json)
        }
    }

    /// 0 when all was done, 2 when something was left out, 1 when the run was stopped.
    var exitCode: ExitCode {
        switch summary.outcome {
        case .completed: .success
        case .partial: .incomplete
        case .stopped, .aborted, .none: .failure
        }
    }

    private var text: String {
        var lines = [
            "run \(summary.run): \(summary.outcome?.rawValue ?? "not ended"), \(summary.done) of \(summary.steps.count) "
                + "steps done, \(summary.failed) failed, \(summary.skipped) skipped"
        ]
        if let started = summary.startedAt {
            lines.append(
                "  took \(LiveDisplay.duration(summary.endedAt.seconds(since: started))) of the platform's time")
        }
        if summary.measuredMigrationSeconds > 0 {
            lines.append(
                "  migrations: \(Self.rounded(summary.measuredMigrationSeconds)) s in sum "
                    + "(predicted \(Self.rounded(summary.predictedMigrationSeconds)) s), "
                    + "\(Self.gibibytes(summary.measuredTransferBytes)) GiB "
                    + "(predicted \(Self.gibibytes(summary.predictedTransferBytes)) GiB)")
            lines.append(
                "  longest pause \(Self.rounded(summary.longestDowntimeMilliseconds)) ms, "
                    + "\(summary.overruns) beyond their limit")
        }
        for result in summary.steps {
            switch result.state {
            case .failed(let failure): lines.append("  failed: \(result.step.title): \(failure.message)")
            case .skipped(let reason): lines.append("  skipped: \(result.step.title): \(reason.text)")
            default: break
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var json: String {
        let steps = summary.steps.map { result in
            var fields: [String: JSONValue] = ["id": .string(value: result.step.id)]
            switch result.state {
            case .succeeded(let measurement):
                fields["state"] = .string(value: "succeeded")
                fields["durationSeconds"] = .number(value: measurement.durationSeconds)
                fields["downtimeMilliseconds"] = .number(value: measurement.downtimeMilliseconds)
            case .alreadyDone: fields["state"] = .string(value: "alreadyDone")
            case .failed(let failure):
                fields["state"] = .string(value: "failed")
                fields["reason"] = .string(value: failure.message)
            case .skipped(let reason):
                fields["state"] = .string(value: "skipped")
                fields["reason"] = .string(value: reason.text)
            case .pending, .intended, .active, .retrying: fields["state"] = .string(value: "open")
            }
            return JSONValue.object(fields: fields)
        }
        let whole = JSONValue.object(fields: [
            "run": .string(value: summary.run), "plan": .string(value: summary.plan),
            "outcome": summary.outcome.map { .string(value: $0.rawValue) } ?? .null,
            "done": .integer(value: Int64(summary.done)), "failed": .integer(value: Int64(summary.failed)),
            "skipped": .integer(value: Int64(summary.skipped)), "overruns": .integer(value: Int64(summary.overruns)),
            "longestDowntimeMilliseconds": .number(value: summary.longestDowntimeMilliseconds),
            "steps": .array(values: steps),
        ])
        return JSONText.compact(whole) + "\n"
    }

    private static func rounded(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    private static func gibibytes(_ bytes: Double) -> String { rounded(bytes / 1_073_741_824) }
}
