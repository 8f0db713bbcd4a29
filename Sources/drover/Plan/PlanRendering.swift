import ArgumentParser
import ClusterModel
import Documents
import Reports

/// How a plan is shown.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, html

    /// What a file's ending asks for.
    init(ending path: String) {
        let ending = path.split(separator: ".").last.map { $0.lowercased() }
        switch ending {
        case "html", "htm": self = .html
        case "txt", "text": self = .text
        default: self = .json
        }
    }
}

struct PlanRendering {
    let plan: Plan
    let cluster: Cluster

    func show(format: PlanFormat?, output: String?) throws {
        guard let output else { return try Terminal.output(text(format ?? .text)) }
        try Files.write(text(format ?? PlanFormat(ending: output)), to: output)
        try Terminal.output(summary(writtenTo: output))
    }

    private func text(_ format: PlanFormat) -> String {
        switch format {
        case .text: PlanTextReport(plan: plan, cluster: cluster).text()
        case .json: PlanDocument.write(plan).endedLine
        case .html: PlanHTMLReport(plan: plan, cluster: cluster).html().endedLine
        }
    }

    /// A few lines beside the file.
    private func summary(writtenTo output: String) -> String {
        let figures = plan.summary
        let bound = figures.hostsOn.lowerBound.map { ", at least \($0) needed" } ?? ""
        let switched = plan.steps.count { if case .powerOff = $0.action { true } else { false } }
        let woken = plan.steps.count { if case .powerOn = $0.action { true } else { false } }
        var lines = [
            "plan \(plan.id) (\(plan.goal.name)): \(plan.status.words)",
            "  \(figures.migrations) migrations, \(switched) hosts off, \(woken) hosts on, "
                + "\(Int(figures.makespanSeconds.rounded(.up))) s",
            "  hosts on \(figures.hostsOn.before) -> \(figures.hostsOn.after)\(bound), "
                + "watts \(Int(figures.watts.before.rounded())) -> \(Int(figures.watts.after.rounded()))",
        ]
        lines += WindowWords.lines(of: plan).map { "  \($0.label.lowercased()): \($0.text)" }
        lines += WindowWords.unblocking(of: plan).map { "    would make it a yes: \($0)" }
        if let words = RollingWords(plan) { lines += ([words.effort] + words.nights).map { "  " + $0 } }
        if let energy = PlanEnergy.words(of: plan) { lines.append("  " + energy) }
        if !plan.refusals.isEmpty {
            lines.append("  \(plan.refusals.count) refusals (\(RefusalCounts(plan).words)): drover explain says why")
        }
        lines.append("  written to \(output)")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Plan.Status {
    /// For a sentence.
    var words: String {
        switch self {
        case .complete: "complete"
        case .partial: "partial, what could be planned is here"
        case .nothingToDo: "nothing to do"
        case .infeasible: "infeasible"
        }
    }
}

extension String {
    /// Ending in exactly the line break that a text file has.
    var endedLine: String { hasSuffix("\n") ? self : self + "\n" }
}
