import Sampling
import Testing

@Suite struct CounterTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func goesOnAndStartsAnew() {
        var counters = CounterTracker<String>()
        #expect(counters.advance("a", to: 100, atNanoseconds: 0) == .first)
        #expect(counters.advance("a", to: 150, atNanoseconds: 2 * Self.second) == .advanced(by: 50, seconds: 2))
        #expect(counters.advance("a", to: 10, atNanoseconds: 3 * Self.second) == .reset)
        #expect(counters.advance("a", to: 30, atNanoseconds: 4 * Self.second).perSecond == 20)
        // The same moment again, or one before: no rate, and no division by zero.
        #expect(counters.advance("a", to: 40, atNanoseconds: 4 * Self.second) == .first)
    }

    @Test func aMissedRoundMakesTheIntervalLonger() {
        var counters = CounterTracker<String>()
        _ = counters.advance("a", to: 0, atNanoseconds: 0)
        _ = counters.advance("b", to: 0, atNanoseconds: 0)
        _ = counters.advance("b", to: 5, atNanoseconds: Self.second)
        #expect(counters.advance("a", to: 90, atNanoseconds: 3 * Self.second) == .advanced(by: 90, seconds: 3))
    }

    @Test func whatIsNotSeenIsForgotten() {
        var counters = CounterTracker<String>()
        _ = counters.advance("a", to: 5, atNanoseconds: 0)
        counters.forgetUnseen()
        counters.forgetUnseen()
        #expect(counters.count == 0)
        #expect(counters.advance("a", to: 6, atNanoseconds: Self.second) == .first)
    }

    @Test func wraps() {
        var counters = CounterTracker<String>()
        _ = counters.advance("a", to: 990, atNanoseconds: 0, wrapsAfter: 1000)
        #expect(
            counters.advance("a", to: 20, atNanoseconds: Self.second, wrapsAfter: 1000) == .advanced(by: 30, seconds: 1)
        )
        // Beyond its own range it cannot have wrapped.
        _ = counters.advance("a", to: 2000, atNanoseconds: 2 * Self.second, wrapsAfter: 1000)
        #expect(counters.advance("a", to: 1, atNanoseconds: 3 * Self.second, wrapsAfter: 1000) == .reset)
        _ = counters.advance("b", to: .max, atNanoseconds: 0, wrapsAfter: .max)
        #expect(counters.advance("b", to: .max - 1, atNanoseconds: 1, wrapsAfter: .max).perSecond != nil)
    }

    @Test(arguments: [
        (Int64(10_000), nil), (11_500, nil), (8_500, nil), (3_610_000, 3_600_000), (-3_590_000, -3_600_000),
        (Int64.max, Int64.max - 1_000_010_000), (Int64.min, Int64.min),
    ])
    func clockSteps(wallDelta: Int64, expected: Int64?) {
        var watch = ClockWatch()
        let start: Int64 = 1_000_000_000
        #expect(watch.step(wallMilliseconds: start, nanoseconds: 5) == nil)
        let wall = wallDelta == .max || wallDelta == .min ? wallDelta : start + wallDelta
        #expect(watch.step(wallMilliseconds: wall, nanoseconds: 5 + 10 * Self.second) == expected)
    }

    @Test func warningsAreToldOnce() {
        var warnings = WarningLog()
        warnings.began("x", "missing")
        warnings.began("x", "missing")
        warnings.happened("y", atNanoseconds: 0, "reset")
        warnings.happened("y", atNanoseconds: 10 * Self.second, "reset")
        #expect(warnings.take() == ["missing", "reset"])
        warnings.ended("x")
        warnings.began("x", "missing again")
        warnings.happened("y", atNanoseconds: 3601 * Self.second, "reset again")
        #expect(warnings.take() == ["missing again", "reset again"])
        #expect(warnings.take() == [])
    }
}
