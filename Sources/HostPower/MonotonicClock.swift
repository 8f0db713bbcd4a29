internal import Glibc

package enum MonotonicClock {
    /// Seconds since some moment, on a clock that is never set.
    package static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
