internal import Glibc

/// A clock that is never set, for how long something took. Read at the edges only: what is planned takes its time as a
/// value.
package enum MonotonicClock {
    /// Seconds since some moment, on a clock that is never set.
    package static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
