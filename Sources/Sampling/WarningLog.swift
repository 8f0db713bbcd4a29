/// Lets each warning through once, not once a round.
package struct WarningLog: Sendable {
    /// An event (a reset counter) that repeats is told again after this long: an hour on the monotonic clock.
    private static let repeatNanoseconds: UInt64 = 3_600_000_000_000

    private var conditions: Set<String> = []
    private var events: [String: UInt64] = [:]
    private var pending: [String] = []

    package init() {}

    /// A condition that lasts, such as a missing file: told when it begins, and again only after it was `ended`.
    package mutating func began(_ key: String, _ message: @autoclosure () -> String) {
        if conditions.insert(key).inserted { pending.append(message()) }
    }

    package mutating func ended(_ key: String) {
        conditions.remove(key)
    }

    /// A thing that happened: told unless the same was told within the hour.
    package mutating func happened(
        _ key: String, atNanoseconds nanoseconds: UInt64, _ message: @autoclosure () -> String
    ) {
        if let last = events[key], nanoseconds < last.addingClamped(Self.repeatNanoseconds) { return }
        if events.count >= 1000 {
            events = events.filter { nanoseconds < $0.value.addingClamped(Self.repeatNanoseconds) }
        }
        events[key] = nanoseconds
        pending.append(message())
    }

    /// The warnings since the last call.
    package mutating func take() -> [String] {
        defer { pending = [] }
        return pending
    }
}
