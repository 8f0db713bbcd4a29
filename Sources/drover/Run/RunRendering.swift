import ArgumentParser
import ClusterModel
import Documents
import Execution

/// What came of a run, or of a series of runs of which each goes on where the one before ended, for the standard
/// output.
struct RunRendering {
    /// In order; at least one.
    let summaries: [RunSummary]

    init(_ summaries: [RunSummary]) { self.summaries = summaries }

    func show(_ format: TextFormat) throws {
        switch format {
        case .text: try Terminal.output(summaries.map { SummaryText(summary: $0).text }.joined())
        case .json: try Terminal.output(json)
        }
    }

    /// 0 when all was done, 2 when something was left out, 1 when the run was stopped.
    var exitCode: ExitCode {
        switch summaries.last?.outcome {
        case .completed: .success
        case .partial, .outdated: .incomplete
        case .stopped, .aborted, .none: .failure
        }
    }

    /// The last run; those before it, if any, stand in `earlier`.
    private var json: String {
        guard let last = summaries.last else { return "null\n" }
        var fields = SummaryJSON(summary: last).fields
        if summaries.count > 1 {
            fields["earlier"] = .array(
                values: summaries.dropLast().map { .object(fields: SummaryJSON(summary: $0).fields) })
        }
        return JSONText.compact(.object(fields: fields)) + "\n"
    }
}
