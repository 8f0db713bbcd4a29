import Glibc

/// The clocks that the agent runs by; tests bring their own.
package struct AgentClocks: Sendable {
    /// UTC, since 1970.
    package let wallMilliseconds: @Sendable () -> Int64
    /// Never set, for intervals.
    package let monotonicNanoseconds: @Sendable () -> UInt64
    private let sleepNanoseconds: @Sendable (UInt64) async -> Void

    package init(
        wallMilliseconds: @escaping @Sendable () -> Int64, monotonicNanoseconds: @escaping @Sendable () -> UInt64,
        sleepNanoseconds: @escaping @Sendable (UInt64) async -> Void
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.monotonicNanoseconds = monotonicNanoseconds
        self.sleepNanoseconds = sleepNanoseconds
    }

    /// Returns early when the task is cancelled.
    package func sleep(seconds: Double) async {
        await sleepNanoseconds(UInt64(max(0, min(seconds, 1e6)) * 1e9))
    }

    package static let system = AgentClocks(
        wallMilliseconds: {
            let time = now(CLOCK_REALTIME)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        },
        monotonicNanoseconds: {
            let time = now(CLOCK_MONOTONIC)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        },
        sleepNanoseconds: { nanoseconds in
            do {
                try await Task.sleep(nanoseconds: nanoseconds)
            } catch {
                // Cancelled: whoever sleeps looks for that itself.
            }
        })

    private static func now(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
