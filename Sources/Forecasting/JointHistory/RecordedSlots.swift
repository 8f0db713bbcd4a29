/// Recorded series side by side: a row for each slot of time, a column for each series.
///
/// All series of a moment lie together, because that is how they are added up and merged.
package struct RecordedSlots: Sendable {
    package let seriesCount: Int
    package let slotCount: Int
    /// `values[slot * seriesCount + series]`.
    private var values: [Float]

    /// Slots in which no series has a value are left out: nothing was recorded then.
    ///
    /// - Parameters:
    ///   - series: values in the order of time, NaN where nothing was recorded; all of the same length.
    ///   - substitutes: what each series counts with where nothing was recorded.
    package init(series: [[Float]], substitutes: [Float]) {
        precondition(series.count == substitutes.count, "each series needs what it counts with in its gaps")
        let (columns, length) = (series.count, series.first?.count ?? 0)
        precondition(series.allSatisfy { $0.count == length }, "series of different lengths")
        let rows = (0..<length).filter { slot in series.contains { !$0[slot].isNaN } }
        (seriesCount, slotCount) = (columns, rows.count)
        values = [Float](unsafeUninitializedCapacity: columns * rows.count) { buffer, count in
            for (column, values) in series.enumerated() {
                for (place, row) in rows.enumerated() {
                    buffer[place * columns + column] = values[row].isNaN ? substitutes[column] : values[row]
                }
            }
            count = columns * rows.count
        }
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
