/// Notices when the wall clock is set, by comparing it with the monotonic clock.
///
/// Rates are safe from steps, since intervals come from the monotonic clock. Timestamps follow the wall clock as it is,
/// which after a step is taken to be right.
package struct ClockWatch: Sendable {
    /// Slewing by NTP is at most 500 parts in a million: a difference of two seconds between rounds is a step.
    private static let toleranceMilliseconds: Int64 = 2000

    private var last: (wallMilliseconds: Int64, nanoseconds: UInt64)?

    package init() {}

    /// How far the wall clock jumped since the last call, in milliseconds; `nil` when it went on as it should.
    package mutating func step(wallMilliseconds: Int64, nanoseconds: UInt64) -> Int64? {
        defer { last = (wallMilliseconds, nanoseconds) }
        guard let last, nanoseconds >= last.nanoseconds else { return nil }
        let elapsed = Int64(clamping: (nanoseconds - last.nanoseconds) / 1_000_000)
        let (expected, overflow) = last.wallMilliseconds.addingReportingOverflow(elapsed)
        let (step, overflowToo) = wallMilliseconds.subtractingReportingOverflow(expected)
        guard !overflow, !overflowToo else { return wallMilliseconds < last.wallMilliseconds ? .min : .max }
        return step.magnitude > Self.toleranceMilliseconds.magnitude ? step : nil
    }
}
