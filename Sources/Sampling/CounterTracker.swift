/// How a counter went on since it was last read.
package enum CounterChange: Sendable, Hashable {
    /// Never read before, or forgotten since.
    case first
    /// It fell: it began anew somewhere in between, and nobody knows what was missed.
    case reset
    case advanced(by: UInt64, seconds: Double)

    /// The mean rate per second; `nil` unless the counter advanced over a time.
    package var perSecond: Double? {
        guard case .advanced(let amount, let seconds) = self, seconds > 0 else { return nil }
        return Double(amount) / seconds
    }
}

/// Turns counters that only grow into what they grew by.
///
/// Each counter remembers its own time on the monotonic clock, so a step of the wall clock does not matter and a round
/// in which its file was missing only makes its next interval longer.
package struct CounterTracker<Key: Hashable & Sendable>: Sendable {
    private struct Reading: Sendable {
        let value: UInt64
        let nanoseconds: UInt64
        var isSeen: Bool
    }

    private var readings: [Key: Reading] = [:]

    package init() {}

    package var count: Int { readings.count }

    /// Reads a counter. `wrapsAfter`: the largest value, for counters that then go on from zero.
    package mutating func advance(
        _ key: Key, to value: UInt64, atNanoseconds nanoseconds: UInt64, wrapsAfter: UInt64? = nil
    ) -> CounterChange {
        let previous = readings.updateValue(
            Reading(value: value, nanoseconds: nanoseconds, isSeen: true), forKey: key)
        guard let previous, nanoseconds > previous.nanoseconds else { return .first }
        let seconds = Double(nanoseconds - previous.nanoseconds) / 1e9
        if value >= previous.value { return .advanced(by: value - previous.value, seconds: seconds) }
        guard let wrapsAfter, previous.value <= wrapsAfter else { return .reset }
        let rest = wrapsAfter - previous.value
        return .advanced(by: rest.addingClamped(value), seconds: seconds)
    }

    /// Ends a round: forgets every counter that was not read in it, so that a device which comes back begins anew.
    package mutating func forgetUnseen() {
        readings = readings.filter { $0.value.isSeen }
        for key in readings.keys { readings[key]?.isSeen = false }
    }
}
