import MigrationModel
import Testing

/// Auto-converge against figures worked out by hand, in MiB and seconds: 1000 MiB of memory, 100 MiB/s, a pause of 0.5
/// s (50 MiB), a hot set of 200 (and the kernel's 2) that is rewritten at 150.
@Suite struct ThrottleTests {
    static let mebibyte = 1_048_576.0

    static func outcome(busy: Double = 1, rate: Double = 150, hot: Double = 200, maximum: Double = 99) -> CopyOutcome {
        var parameters = CopyParameters(
            contentBytes: 1000 * mebibyte, hotBytes: hot * mebibyte, dirtyBytesPerSecond: rate * mebibyte,
            bytesPerSecond: 100 * mebibyte, limitSeconds: 0.5)
        parameters.throttle = Throttle(maximumPercent: maximum)
        parameters.busyFraction = busy
        return MigrationLoop.preCopy(parameters)
    }

    /// The first pass of 9.5 s makes 202 dirty, less than half of the 950 sent: no mark against it. Then rounds of 1.5
    /// s send 152 and leave 202: a mark, a second one, and the throttle rises by 20, then by 10 after each two. At 40 %
    /// the guest writes 90 a second, which the link outruns, but more than half of what is sent still becomes dirty: as
    /// in QEMU the throttle goes on rising, to 60 %, until the rest fits.
    @Test func theThrottleRisesUntilTheRestFits() {
        let outcome = Self.outcome()
        #expect(outcome.ends)
        #expect(outcome.throttlePercent == 60)
        #expect(abs(outcome.slowdown.peakFraction - 0.6) < 1e-12)
        #expect(outcome.pauseSeconds <= 0.505)
        // Two rounds at each of 20, 30 and 40 %, of 1.52, 1.52, 1.52, 1.42, 1.32 and 1.06 s, and a few short ones.
        #expect(outcome.slowdown.seconds > 8.3 && outcome.slowdown.seconds < 12)
        #expect(outcome.slowdown.lostSeconds > 0.2 * 8.3 && outcome.slowdown.lostSeconds < 0.5 * 12)
    }

    @Test func withoutItTheSameGuestNeverEnds() {
        let parameters = CopyParameters(
            contentBytes: 1000 * Self.mebibyte, hotBytes: 200 * Self.mebibyte, dirtyBytesPerSecond: 150 * Self.mebibyte,
            bytesPerSecond: 100 * Self.mebibyte, limitSeconds: 0.5)
        #expect(!MigrationLoop.preCopy(parameters).ends)
    }

    /// A guest that needs half of its time feels nothing of the first 50 %.
    @Test func idleTimeIsTakenFirst() {
        let outcome = Self.outcome(busy: 0.5)
        #expect(outcome.ends)
        #expect(outcome.throttlePercent == 80)
        #expect(abs(outcome.slowdown.peakFraction - 0.6) < 1e-9)
    }

    /// A guest that writes so much that even a hundredth of it is too fast never ends, and the model says so.
    @Test func someGuestsCannotBeSlowedEnough() {
        let outcome = Self.outcome(rate: 1e6)
        #expect(!outcome.ends)
        #expect(outcome.throttlePercent == 99)
    }

    @Test func aGuestThatEndsByItselfIsNotSlowed() {
        let outcome = Self.outcome(rate: 20)
        #expect(outcome.ends && outcome.throttlePercent == 0 && outcome.slowdown == .none)
    }
}
