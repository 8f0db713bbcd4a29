import ClusterModel

/// The steps of a plan as an SVG chart: a lane for each host that gives VMs away or is switched, a bar for each step.
///
/// Bars that overlap in time lie below each other. With many rows they get thinner, so that 5 moves and 500 fit a page.
struct PlanTimeline {
    private let plan: Plan
    private let end: Double
    private let lanes: [Lane]

    private static let width = 1200.0
    private static let right = 12.0
    private static let top = 24.0

    private struct Bar {
        let start: Double
        let end: Double
        let row: Int
        let className: String
        let label: String
        let title: String
    }

    private struct Lane {
        let name: String
        var bars: [Bar] = []
        var rows = 0
    }

    init(plan: Plan) {
        self.plan = plan
        end = max(plan.steps.map(\.endSeconds).filter(\.isFinite).max() ?? 0, 1)
        var order: [String] = []
        var stepsOf: [String: [PlanStep]] = [:]
        for step in PlanOutcome.inOrder(plan.steps) where step.startSeconds.isFinite && step.endSeconds.isFinite {
            let name = Self.laneName(of: step)
            if stepsOf[name] == nil { order.append(name) }
            stepsOf[name, default: []].append(step)
        }
        lanes = order.map { Self.lane(named: $0, steps: stepsOf[$0] ?? []) }
    }

    func section() -> String {
        HTML.section(
            "Timeline", [legend(), chart()],
            note: "A lane a host; a migration stands in the lane of the host that it leaves.")
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
        let present = Set(lanes.flatMap { $0.bars.map(\.className) })
        let items = names.filter { present.contains($0.className) }
            .map { "<span style=\"--c:var(--\($0.className))\">\($0.name)</span>" }
        return "<div class=\"legend\">\(items.joined())</div>"
    }

    // MARK: - Drawing

    private var rowHeight: Double {
        switch lanes.reduce(0, { $0 + $1.rows }) {
        case ...40: 20
        case ...100: 14
        default: 9
        }
    }

    /// Room for the names of hosts, at 6.6 units a character of 11 units.
    private var left: Double {
        let longest = lanes.map { min($0.name.count, 24) }.max() ?? 0
        return 16 + 6.6 * Double(longest)
    }

    private func x(_ seconds: Double) -> Double { left + (Self.width - left - Self.right) * seconds / end }

    private func chart() -> String {
        var shapes: [String] = []
        var y = Self.top
        for (index, lane) in lanes.enumerated() {
            // A lane is never lower than its name.
            let height = max(Double(lane.rows) * rowHeight + 4, 14)
            if index % 2 == 0 {
                shapes.append(
                    "<rect class=\"band\" x=\"0\" y=\"\(number(y))\" width=\"\(number(Self.width))\" "
                        + "height=\"\(number(height))\"/>")
            }
            let name = lane.name.count > 24 ? lane.name.prefix(23) + "\u{2026}" : lane.name[...]
            shapes.append(
                "<text class=\"lane\" x=\"6\" y=\"\(number(y + height / 2 + 4))\">\(HTML.escape(String(name)))</text>")
            shapes += lane.bars.map { draw($0, top: y + 2) }
            y += height
        }
        let axis = ticks().map { tick in
            let position = number(x(tick))
            return "<line class=\"grid\" x1=\"\(position)\" y1=\"\(number(Self.top - 4))\" x2=\"\(position)\" "
                + "y2=\"\(number(y))\"/>"
                + "<text x=\"\(position)\" y=\"14\" text-anchor=\"middle\">\(Figures.offset(tick))</text>"
        }
        // The grid lies over the bands and under the bars, so bands come first.
        let bands = shapes.filter { $0.hasPrefix("<rect class=\"band\"") }
        let rest = shapes.filter { !$0.hasPrefix("<rect class=\"band\"") }
        return "<svg viewBox=\"0 0 \(number(Self.width)) \(number(y + 4))\" role=\"img\" "
            + "aria-label=\"Timeline of the steps\">\n" + (bands + axis + rest).joined(separator: "\n") + "\n</svg>"
    }

    private func draw(_ bar: Bar, top: Double) -> String {
        let begin = x(bar.start)
        // A bar of no length would not be seen; a gap of one unit keeps neighbours apart.
        let width = max(x(bar.end) - begin - 1, 2)
        let y = top + Double(bar.row) * rowHeight
        let height = rowHeight - (rowHeight > 10 ? 3 : 1)
        var text = ""
        if rowHeight >= 14, Double(bar.label.count) * 6.4 + 8 < width {
            text =
                "<text class=\"inside\" x=\"\(number(begin + 5))\" y=\"\(number(y + height / 2 + 4))\">"
                + "\(HTML.escape(bar.label))</text>"
        }
        return "<g><title>\(HTML.escape(bar.title))</title><rect class=\"\(bar.className)\" x=\"\(number(begin))\" "
            + "y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" rx=\"2\"/>\(text)</g>"
    }

    /// Up to ten round moments.
    private func ticks() -> [Double] {
        let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200]
        var step = steps.first { end / $0 <= 10 } ?? 86400
        while end / step > 10 { step *= 2 }
        return stride(from: 0, through: end, by: step).map { $0 }
    }

    private func number(_ value: Double) -> String { Figures.fixed(value, 1) }
}
