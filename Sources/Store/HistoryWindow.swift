import ClusterModel
import Forecasting

/// The five-minute buckets of a query: those that begin after its begin and not after its end.
struct HistoryWindow {
    let buckets: Range<Int64>

    init(_ query: HistoryQuery) {
        let size = TimeGrid.bucketMilliseconds
        let earliest = TimeGrid.allowedMilliseconds.lowerBound
        let latest = TimeGrid.allowedMilliseconds.upperBound
        let after = min(max(query.after.millisecondsSinceEpoch, earliest), latest)
        let upTo = min(max(query.upTo.millisecondsSinceEpoch, earliest), latest)
        buckets = after / size + 1..<max(after / size + 1, upTo / size + 1)
    }

    var bucketCount: Int { buckets.count }

    /// The hours that the buckets touch.
    var hours: Range<Int64> {
        guard !buckets.isEmpty else { return 0..<0 }
        return TimeGrid.hour(ofBucket: buckets.lowerBound)..<TimeGrid.hour(ofBucket: buckets.upperBound - 1) + 1
    }

    /// Whole days of the window that lie before a moment.
    func days(before milliseconds: Int64) -> Range<Int64> {
        let perDay = Int64(TimeGrid.bucketsPerDay)
        let first = (buckets.lowerBound + perDay - 1) / perDay
        let end = min(buckets.upperBound / perDay, milliseconds / TimeGrid.dayMilliseconds)
        return first..<max(first, end)
    }
}
