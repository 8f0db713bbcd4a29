/// A stretch of time as an SVG chart of lanes and bars. With many rows they get thinner, so that 5 moves and 500 fit a
/// page.
struct TimelineChart {
    struct Bar {
        let start: Double
        let end: Double
        let row: Int
        let className: String
        let label: String
        let title: String
    }

    struct Lane {
        let name: String
        var bars: [Bar] = []
        var rows = 0
    }

    private static let width = 1200.0
    private static let right = 12.0
    private static let top = 24.0

    /// In seconds of the plan's clock.
    let start: Double
    let end: Double
    let lanes: [Lane]

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

    private func x(_ seconds: Double) -> Double {
        left + (Self.width - left - Self.right) * (seconds - start) / (end - start)
    }

    func svg() -> String {
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
        var step = steps.first { (end - start) / $0 <= 10 } ?? 86400
        while (end - start) / step > 10 { step *= 2 }
        return stride(from: (start / step).rounded(.up) * step, through: end, by: step).map { $0 }
    }

    private func number(_ value: Double) -> String { Figures.fixed(value, 1) }
}
