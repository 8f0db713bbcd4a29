import ClusterModel

/// The steps of a plan as charts: a lane for each host that gives VMs away or is switched, a bar for each step.
///
/// Bars that overlap in time lie below each other. Where nothing happens for an hour or more, as between two nights,
/// another chart begins: on one, the steps would be too narrow to be seen.
struct PlanTimeline {
    private typealias Lane = TimelineChart.Lane
    private typealias Bar = TimelineChart.Bar

    private static let longestPauseSeconds = 3600.0

    private let charts: [TimelineChart]

    init(plan: Plan) {
        let steps = PlanOutcome.inOrder(plan.steps).filter { $0.startSeconds.isFinite && $0.endSeconds.isFinite }
        charts = Self.parts(steps).map { part in
            var order: [String] = []
            var stepsOf: [String: [PlanStep]] = [:]
            for step in part.steps {
                let name = Self.laneName(of: step)
                if stepsOf[name] == nil { order.append(name) }
                stepsOf[name, default: []].append(step)
            }
            let end = max(part.steps.map(\.endSeconds).max() ?? 0, part.start + 1)
            return TimelineChart(
                start: part.start, end: end, lanes: order.map { Self.lane(named: $0, steps: stepsOf[$0] ?? []) })
        }
    }

    func section() -> String {
        var content = [legend()]
        for chart in charts {
            if charts.count > 1 {
                let (from, lasting) = (Figures.offset(chart.start), Figures.duration(chart.end - chart.start))
                content.append("<p class=\"note\">From \(from) on, for \(lasting):</p>")
            }
            content.append(chart.svg())
        }
        return HTML.section(
            "Timeline", content, note: "A lane a host; a migration stands in the lane of the host that it leaves.")
    }

    /// The steps that belong on one chart, each with where it begins.
    private static func parts(_ steps: [PlanStep]) -> [(start: Double, steps: [PlanStep])] {
        var parts: [(start: Double, steps: [PlanStep])] = []
        var end = 0.0
        for step in steps.sorted(by: { $0.startSeconds < $1.startSeconds }) {
            let follows = step.startSeconds - end < longestPauseSeconds
            if parts.isEmpty || !follows { parts.append((follows ? 0 : step.startSeconds, [])) }
            parts[parts.count - 1].steps.append(step)
            end = max(end, step.endSeconds)
        }
        return parts
    }

    // MARK: - Lanes

    private static func laneName(of step: PlanStep) -> String {
        switch step.action {
        case .migrate(let migration): migration.from
        case .powerOff(let host), .powerOn(let host), .enterMaintenance(let host), .exitMaintenance(let host),
            .maintain(let host):
            host
        case .wait: "wait"
        }
    }

    /// First free row for each bar: as many rows as steps overlap at most.
    private static func lane(named name: String, steps: [PlanStep]) -> Lane {
        var lane = Lane(name: name)
        var freeAt: [Double] = []
        for step in steps {
            let row = freeAt.firstIndex { $0 <= step.startSeconds + 1e-9 } ?? freeAt.count
            if row == freeAt.count { freeAt.append(0) }
            freeAt[row] = step.endSeconds
            lane.bars.append(bar(of: step, row: row))
        }
        lane.rows = freeAt.count
        return lane
    }

    private static func bar(of step: PlanStep, row: Int) -> Bar {
        let times = "\(Figures.offset(step.startSeconds)), lasts \(Figures.duration(step.durationSeconds))"
        var title = "\(step.id) \(PlanWords.action(step.action)), \(times)"
        let label: String
        if let migration = step.migration {
            label = "\(migration.vm) \u{2192} \(migration.to)"
            title += ", \(PlanWords.mode(migration)), pause \(Figures.milliseconds(migration.downtimeMilliseconds))"
        } else {
            label = Self.label(of: step.action)
        }
        if !step.reason.isEmpty { title += ": \(step.reason)" }
        return Bar(
            start: step.startSeconds, end: step.endSeconds, row: row, className: className(of: step), label: label,
            title: title)
    }

    private static func label(of action: PlanStep.Action) -> String {
        switch action {
        case .powerOff: "off"
        case .powerOn: "on"
        case .enterMaintenance: "into maintenance"
        case .exitMaintenance: "out of maintenance"
        case .maintain: "maintain"
        case .migrate, .wait: ""
        }
    }

    private static func className(of step: PlanStep) -> String {
        switch step.action {
        case .migrate(let migration): migration.mode.rawValue
        case .powerOff: "powerOff"
        case .powerOn: "powerOn"
        case .enterMaintenance, .exitMaintenance, .maintain, .wait: "maintenance"
        }
    }

    private func legend() -> String {
        let names: [(className: String, name: String)] = [
            ("live", "live"), ("postCopy", "post-copy"), ("staged", "staged"), ("cold", "cold"),
            ("powerOff", "power off"), ("powerOn", "power on"), ("maintenance", "maintenance"),
        ]
        let present = Set(charts.flatMap { $0.lanes.flatMap { $0.bars.map(\.className) } })
        let items = names.filter { present.contains($0.className) }
            .map { "<span style=\"--c:var(--\($0.className))\">\($0.name)</span>" }
        return "<div class=\"legend\">\(items.joined())</div>"
    }
}
