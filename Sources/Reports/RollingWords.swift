package import ClusterModel
import Planning

/// Groups and nights of a rolling maintenance, as all reports show them.
package struct RollingWords {
    private let figures: RollingFigures
    private let plan: Plan

    /// `nil` for a plan that maintains no hosts in turn.
    package init?(_ plan: Plan) {
        guard let figures = RollingFigures(of: plan) else { return nil }
        self.figures = figures
        self.plan = plan
    }

    package static let heads = ["group", "night", "start", "lasts", "moves", "hosts"]

    /// A row for each group.
    package var rows: [[String]] {
        figures.groups.enumerated().map { index, group in
            [
                "\(index + 1)", figures.nights.isEmpty ? "" : "\(group.night)", Figures.offset(group.startSeconds),
                Figures.duration(group.endSeconds - group.startSeconds), "\(group.moves)", PlanWords.list(group.hosts),
            ]
        }
    }

    /// A line for each night: its hours, and what there is to spare.
    package var nights: [String] {
        figures.nights.enumerated().map { index, night in
            var hours = "\(night.window.from) to \(night.window.by)"
            if let zone = figures.zone, index < figures.localNights.count {
                hours = "\(figures.localNights[index]) \(zone) (\(hours))"
            }
            let spare = Figures.duration(max(0, night.window.seconds - night.finishSeconds))
            let confidence = plan.confidence.map { " with a confidence of \(Figures.percent($0))" } ?? ""
            return
                "night \(index + 1), \(hours): over after \(Figures.duration(night.finishSeconds))\(confidence), \(spare) to spare"
        }
    }

    /// How good it is.
    package var effort: String {
        let hosts = figures.groups.reduce(0) { $0 + $1.hosts.count }
        let most = figures.groups.map(\.hosts.count).max() ?? 0
        return
            "\(Figures.count(hosts, "host")) in \(Figures.count(figures.groups.count, "group")), at most \(most) down at once; "
            + "\(Figures.count(plan.summary.migrations, "move")), no way does with fewer than \(figures.leastMoves)"
    }
}
