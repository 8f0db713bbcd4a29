public import ClusterModel

/// What all VMs used together at one time: from the store's hourly or five-minute roll-ups.
public struct UsagePoint: Sendable, Hashable {
    public var at: Timestamp
    /// Reference cores.
    public var cpuCores: Double
    public var memoryBytes: Double

    public init(at: Timestamp, cpuCores: Double, memoryBytes: Double) {
        self.at = at
        self.cpuCores = cpuCores
        self.memoryBytes = memoryBytes
    }
}

/// Where a resource is heading.
///
/// Each day counts with its 95th percentile. The slope is the median of the slopes between all pairs of days (Theil
/// 1950, Sen 1968), which a few odd days do not move; from 15 days on only between days a whole number of weeks apart
/// (as in the seasonal test of Hirsch and Slack, 1984), so that weekends do not look like a decline.
package struct CapacityTrend: Sendable {
    /// Per day.
    package let slope: Double
    /// Level of a busy day at the end of the history.
    package let level: Double
    /// Days in which there are enough points.
    package let days: [Day]
    /// Whether at least three in four slopes point the same way; otherwise there is no trend to speak of.
    package let isClear: Bool

    package struct Day: Sendable {
        /// Days since 1970.
        package let number: Int64
        package let value: Double
    }

    /// `nil` for a history of fewer than three days.
    package init?(_ points: [UsagePoint], value: (UsagePoint) -> Double) {
        let days = Self.days(points, value: value)
        guard days.count >= 3, let last = days.last else { return nil }
        let slopes = Self.slopes(days)
        guard !slopes.isEmpty else { return nil }
        let slope = slopes[slopes.count / 2]
        self.days = days
        self.slope = slope
        let detrended = days.map { $0.value + slope * Double(last.number - $0.number) }.sorted()
        level = detrended[min(detrended.count - 1, detrended.count * 9 / 10)]
        let same = slopes.count { $0 * slope > 0 }
        isClear = slope != 0 && same * 4 >= slopes.count * 3
    }

    /// Days until the level reaches `limit`; 0 when it has, `nil` when the trend does not lead there.
    package func daysUntil(_ limit: Double) -> Double? {
        if level >= limit { return 0 }
        guard isClear, slope > 0 else { return nil }
        return (limit - level) / slope
    }

    private static func days(_ points: [UsagePoint], value: (UsagePoint) -> Double) -> [Day] {
        var byDay: [Int64: [Double]] = [:]
        for point in points where value(point).isFinite {
            let second = point.at.secondsSinceEpoch
            byDay[second >= 0 ? second / 86400 : (second - 86399) / 86400, default: []].append(value(point))
        }
        let usual = byDay.values.map(\.count).max() ?? 0
        // A day with less than half of its points may have missed its busy hours.
        return byDay.filter { $0.value.count * 2 >= usual }.map { number, values in
            let sorted = values.sorted()
            return Day(number: number, value: sorted[min(sorted.count - 1, sorted.count * 95 / 100)])
        }.sorted { $0.number < $1.number }
    }

    /// Sorted slopes; at most the last 400 days are looked at.
    private static func slopes(_ days: [Day]) -> [Double] {
        let days = days.suffix(400)
        let spans = (days.last?.number ?? 0) - (days.first?.number ?? 0)
        var slopes: [Double] = []
        for (offset, first) in days.enumerated() {
            for second in days.dropFirst(offset + 1) {
                let apart = second.number - first.number
                if spans >= 15 && apart % 7 != 0 { continue }
                slopes.append((second.value - first.value) / Double(apart))
            }
        }
        return slopes.sorted()
    }
}
