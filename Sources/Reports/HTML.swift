/// Text on its way into HTML or SVG.
enum HTML {
    /// Safe in text and in quoted attributes; control characters that HTML does not allow become spaces.
    static func escape(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 32 || (127...159).contains(scalar.value): result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A whole page that needs nothing else: no script, no font, no picture, nothing from outside.
    static func page(title: String, body: [String]) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(escape(title))</title>
        <style>
        \(HTMLStyle.sheet)
        </style>
        </head>
        <body>
        <main>
        \(body.joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    /// A table; `cells` are HTML already. Columns named in `numeric` are set right.
    static func table(heads: [String], numeric: Set<Int>, rows: [[String]], className: String = "") -> String {
        func attribute(_ column: Int) -> String { numeric.contains(column) ? " class=\"n\"" : "" }
        let head = heads.enumerated().map { "<th\(attribute($0))>\(escape($1))</th>" }.joined()
        let lines = rows.map { row in
            "<tr>" + row.enumerated().map { "<td\(attribute($0))>\($1)</td>" }.joined() + "</tr>"
        }
        return "<div class=\"scroll\"><table class=\"\(className)\"><thead><tr>\(head)</tr></thead>\n<tbody>\n"
            + lines.joined(separator: "\n") + "\n</tbody></table></div>"
    }

    /// A headline figure: what it is, the figure, and a line below.
    static func tile(_ label: String, _ figure: String, _ below: String = "") -> String {
        let note = below.isEmpty ? "" : "<div class=\"below\">\(escape(below))</div>"
        return "<div class=\"tile\"><div class=\"label\">\(escape(label))</div>"
            + "<div class=\"figure\">\(figure)</div>\(note)</div>"
    }

    /// Two figures with an arrow between them.
    static func change(_ before: String, _ after: String) -> String {
        "<span class=\"was\">\(escape(before))</span><span class=\"arrow\">&#8594;</span>\(escape(after))"
    }

    static func section(_ title: String, _ content: [String], note: String = "") -> String {
        let below = note.isEmpty ? "" : "<p class=\"note\">\(escape(note))</p>"
        return "<section>\n<h2>\(escape(title))</h2>\(below)\n\(content.joined(separator: "\n"))\n</section>"
    }

    /// Two bars of a host, before above after, or one alone, with the limit as a tick. Fractions of capacity; beyond 1
    /// they end at the edge.
    static func bars(before: Double?, after: Double, limit: Double, label: String) -> String {
        func width(_ fraction: Double) -> String { Figures.fixed(min(max(fraction, 0), 1) * 100, 1) + "%" }
        let over = after > limit + 1e-9 ? " over" : ""
        let first = before.map { "<i class=\"b\" style=\"width:\(width($0))\"></i>" }
        let only = before == nil ? " only" : ""
        return "<div class=\"bars\" title=\"\(escape(label))\">\(first ?? "")"
            + "<i class=\"a\(only)\(over)\" style=\"width:\(width(after))\"></i>"
            + "<u style=\"left:\(width(limit))\"></u></div>"
    }
}
