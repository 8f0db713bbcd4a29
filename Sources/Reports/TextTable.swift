/// A table in plain text: columns as wide as their widest cell, two spaces apart, a line under the heads.
package struct TextTable {
    package enum Alignment {
        case left, right
    }

    package struct Column {
        package let head: String
        package let alignment: Alignment

        package static func left(_ head: String) -> Column { Column(head: head, alignment: .left) }
        package static func right(_ head: String) -> Column { Column(head: head, alignment: .right) }
    }

    package let columns: [Column]
    private var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// Missing cells are empty; control characters in a cell become spaces, so that a name cannot break the table.
    package mutating func add(_ cells: [String]) {
        let clean = cells.map(Self.oneLine)
        rows.append(clean + Array(repeating: "", count: max(0, columns.count - clean.count)))
    }

    /// The lines, without spaces at their ends.
    package func lines(indent: String = "") -> [String] {
        let heads = columns.map(\.head)
        let widths = columns.indices.map { column in
            ([heads] + rows).reduce(0) { max($0, $1[column].count) }
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return [line(heads, widths, indent), indent + rule] + rows.map { line($0, widths, indent) }
    }

    private func line(_ cells: [String], _ widths: [Int], _ indent: String) -> String {
        var line = indent
        for (column, width) in widths.enumerated() {
            let padding = String(repeating: " ", count: width - cells[column].count)
            line += columns[column].alignment == .left ? cells[column] + padding : padding + cells[column]
            line += "  "
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }
}
