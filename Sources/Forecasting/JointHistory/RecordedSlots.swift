/// Recorded series side by side: a row for each slot of time, a column for each series.
///
/// All series of a moment lie together, because that is how they are added up and merged.
package struct RecordedSlots: Sendable {
    package let seriesCount: Int
    package let slotCount: Int
    /// `values[slot * seriesCount + series]`.
    private var values: [Float]

    /// Slots in which no series has a value are left out: nothing was recorded then. A gap of one series counts with
    /// the greater of the values on both sides of it when it is short, and with the series' substitute otherwise.
    ///
    /// - Parameters:
    ///   - series: values in the order of time, NaN where nothing was recorded; all of the same length.
    ///   - substitutes: what each series counts with where it recorded nothing for long.
    ///   - bridgedCount: the longest gap, in slots, that counts as short.
    package init(series: [[Float]], substitutes: [Float], bridgedCount: Int) {
        precondition(series.count == substitutes.count, "each series needs what it counts with in its gaps")
        let (columns, length) = (series.count, series.first?.count ?? 0)
        precondition(series.allSatisfy { $0.count == length }, "series of different lengths")
        let rows = (0..<length).filter { slot in series.contains { !$0[slot].isNaN } }
        (seriesCount, slotCount) = (columns, rows.count)
        values = [Float](unsafeUninitializedCapacity: columns * rows.count) { buffer, count in
            for (column, values) in series.enumerated() {
                let whole = Self.filled(values, substitute: substitutes[column], bridgedCount: bridgedCount)
                for (place, row) in rows.enumerated() { buffer[place * columns + column] = whole[row] }
            }
            count = columns * rows.count
        }
    }

    private static func filled(_ values: [Float], substitute: Float, bridgedCount: Int) -> [Float] {
        var values = values
        var before: Float?
        var slot = 0
        while slot < values.count {
            guard values[slot].isNaN else {
                before = values[slot]
                slot += 1
                continue
            }
            let end = values[slot...].firstIndex { !$0.isNaN } ?? values.count
            var filling = substitute
            if let before, end < values.count, end - slot <= bridgedCount { filling = max(before, values[end]) }
            for gap in slot..<end { values[gap] = filling }
            slot = end
        }
        return values
    }

    /// Rows one after the other.
    init(rows: [[Float]], seriesCount: Int) {
        self.seriesCount = seriesCount
        slotCount = rows.count
        values = rows.flatMap { $0 }
    }

    package subscript(slot slot: Int, series series: Int) -> Float { values[slot * seriesCount + series] }

    /// Calls back with a slot's values, by series.
    func withRow<Result>(_ slot: Int, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
        values.withUnsafeBufferPointer { all in
            body(UnsafeBufferPointer(rebasing: all[slot * seriesCount..<(slot + 1) * seriesCount]))
        }
    }
}
