import ClusterModel
import Execution

/// What came of a run, in words: predictions beside measurements, and what was not done.
struct SummaryText {
    /// More migrations than this are not listed one by one: only those furthest from their prediction.
    private static let mostListed = 40
    private static let furthestListed = 10

    let summary: RunSummary

    var text: String { (head + table + undone).map { $0 + "\n" }.joined() }

    private var head: [String] {
        var lines = [
            "run \(summary.run): \(summary.outcome?.rawValue ?? "not ended"), \(summary.done) of \(summary.steps.count) "
                + "steps done, \(summary.failed) failed, \(summary.skipped) skipped"
        ]
        if let started = summary.startedAt {
            lines.append("  took \(Figures.duration(summary.endedAt.seconds(since: started))) of the platform's time")
        }
        guard summary.measuredMigrationSeconds > 0 else { return lines }
        lines.append(
            "  migrations: \(Figures.rounded(summary.measuredMigrationSeconds)) s in sum "
                + "(predicted \(Figures.rounded(summary.predictedMigrationSeconds)) s), "
                + "\(Figures.gibibytes(summary.measuredTransferBytes)) GiB "
                + "(predicted \(Figures.gibibytes(summary.predictedTransferBytes)) GiB)")
        lines.append(
            "  longest pause \(Figures.rounded(summary.longestDowntimeMilliseconds)) ms, "
                + "\(summary.overruns) beyond their limit")
        return lines
    }

    // MARK: Predicted and measured

    private struct Row {
        let step: PlanStep
        let migration: MigrationStep
        let measurement: Measurement
        let note: String

        /// How far the time was off, either way: 1 is twice or half.
        var distance: Double {
            guard step.durationSeconds > 0, measurement.durationSeconds > 0 else { return 0 }
            let ratio = measurement.durationSeconds / step.durationSeconds
            return max(ratio, 1 / ratio) - 1
        }

        var cells: [String] {
            [
                step.title, migration.mode.rawValue, Figures.rounded(step.durationSeconds),
                Figures.rounded(measurement.durationSeconds), Figures.rounded(migration.downtimeMilliseconds),
                Figures.rounded(measurement.downtimeMilliseconds), Figures.gibibytes(migration.transferBytes),
                Figures.gibibytes(measurement.transferBytes), note,
            ]
        }
    }

    private static let columns = [
        "migration", "mode", "s pred.", "s meas.", "pause ms pred.", "meas.", "GiB pred.", "meas.", "",
    ]

    private var table: [String] {
        var rows = summary.steps.compactMap { result -> Row? in
            guard let migration = result.step.migration, case .succeeded(let measurement) = result.state else {
                return nil
            }
            var notes = result.rungs.map(\.words)
            if result.overran { notes.append("beyond its limit") }
            return Row(
                step: result.step, migration: migration, measurement: measurement, note: notes.joined(separator: ", "))
        }
        guard !rows.isEmpty else { return [] }
        let all = rows.count
        if all > Self.mostListed {
            rows = Array(rows.sorted { $0.distance > $1.distance }.prefix(Self.furthestListed))
        }
        let cells = [Self.columns] + rows.map(\.cells)
        let widths = Self.columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        var lines = cells.map { row in
            let padded = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column < 2 || column == row.count - 1 ? cell + padding : padding + cell
            }
            let line = "  " + padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        if all > rows.count {
            lines.append("  the \(rows.count) of \(all) furthest from their predicted time; --format json has all")
        }
        return lines
    }

    // MARK: What was not done

    private var undone: [String] {
        summary.steps.compactMap { result in
            let tried = result.rungs.isEmpty ? "" : " (\(result.rungs.map(\.words).joined(separator: ", ")))"
            switch result.state {
            case .failed(let failure): return "  failed: \(result.step.title): \(failure.message)\(tried)"
            case .skipped(let reason): return "  skipped: \(result.step.title): \(reason.text)"
            default: return nil
            }
        }
    }
}
