/// Percentiles by nearest rank: the smallest value of which at least `percentile` per cent of the values are no larger.
///
/// No interpolation: the result is always a value that was seen, whatever the count, and the store can select it
/// without sorting.
public enum Percentile {
    /// The rank of the percentile among `count` values in ascending order, from 0; `count` must not be 0.
    ///
    /// The least value for 0 per cent and below, the greatest for 100 and above.
    public static func index(count: Int, percentile: Double) -> Int {
        precondition(count > 0, "a percentile of nothing")
        guard percentile > 0 else { return 0 }
        guard percentile < 100 else { return count - 1 }
        let rank = (percentile * Double(count) / 100).rounded(.up)
        return min(max(Int(rank), 1), count) - 1
    }

    /// The percentile of values in any order; `nil` when there are none.
    public static func value(of values: [Double], percentile: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        return values.sorted()[index(count: values.count, percentile: percentile)]
    }
}
