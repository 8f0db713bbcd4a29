import MigrationModel
import Randomness
import TestSupport
import Testing

/// The hypervisor's loop against figures worked out by hand.
@Suite struct MigrationLoopTests {
    static let mebibyte = 1_048_576.0

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let content: Double
        let hot: Double
        let rate: Double
        let bandwidth: Double
        let limitSeconds: Double
        var guestRuns = true
        let ends: Bool
        let seconds: Double
        let pauseSeconds: Double
        let sent: Double
        let rounds: Int
    }

    /// Everything in MiB and MiB/s; setup 0.1 s.
    static let preCopy = [
        // One pass of 1000 - 50 MiB in 9.5 s; 50 are left; nothing is new.
        Case(
            testDescription: "paused guest", content: 1000, hot: 100, rate: 10, bandwidth: 100, limitSeconds: 0.5,
            guestRuns: false, ends: true, seconds: 10.1, pauseSeconds: 0.5, sent: 1000, rounds: 1),
        // 950 MiB in 9.5 s, 2 new ones of the kernel: 52 > 50.5. Then 2 MiB in 0.02 s, and the hot set (2) is left.
        Case(
            testDescription: "idle guest", content: 1000, hot: 0, rate: 0, bandwidth: 100, limitSeconds: 0.5,
            ends: true, seconds: 9.64, pauseSeconds: 0.02, sent: 954, rounds: 2),
        // A hot set that fits the pause ends, however fast it is rewritten: 900 MiB in 9 s leave 100 + 38 + 2; 40 more
        // in 0.4 s leave the hot set of 38 + 2.
        Case(
            testDescription: "hot set fits", content: 1000, hot: 38, rate: 1e6, bandwidth: 100, limitSeconds: 1,
            ends: true, seconds: 9.9, pauseSeconds: 0.4, sent: 980, rounds: 2),
        Case(
            testDescription: "never ends", content: 1000, hot: 200, rate: 150, bandwidth: 100, limitSeconds: 0.5,
            ends: false, seconds: .infinity, pauseSeconds: 0, sent: 0, rounds: 60),
        Case(
            testDescription: "no bandwidth", content: 1000, hot: 0, rate: 0, bandwidth: 0, limitSeconds: 0.5,
            ends: false, seconds: .infinity, pauseSeconds: 0, sent: 0, rounds: 0),
    ]

    @Test(arguments: preCopy) func preCopyRounds(_ example: Case) {
        let outcome = MigrationLoop.preCopy(Self.parameters(example))
        #expect(outcome.ends == example.ends)
        #expect(outcome.rounds == example.rounds)
        guard example.ends else { return }
        #expect(abs(outcome.durationSeconds - example.seconds) < 1e-9, "\(outcome)")
        #expect(abs(outcome.pauseSeconds - example.pauseSeconds) < 1e-9, "\(outcome)")
        #expect(abs(outcome.transferBytes / Self.mebibyte - example.sent) < 1e-6, "\(outcome)")
    }

    static func parameters(_ example: Case) -> CopyParameters {
        CopyParameters(
            contentBytes: example.content * mebibyte, hotBytes: example.hot * mebibyte,
            dirtyBytesPerSecond: example.rate * mebibyte, guestRuns: example.guestRuns,
            bytesPerSecond: example.bandwidth * mebibyte, limitSeconds: example.limitSeconds)
    }

    @Test func postCopySendsTheRewrittenPagesOnceMore() {
        let outcome = MigrationLoop.postCopy(Self.parameters(Self.preCopy[3]))
        // 1000 MiB in 10 s, then 200 + 2 MiB; the pause is the hand-over alone.
        #expect(outcome.ends)
        #expect(abs(outcome.durationSeconds - 12.12) < 1e-9)
        #expect(outcome.pauseSeconds == 0)
        #expect(abs(outcome.transferBytes / Self.mebibyte - 1202) < 1e-6)
    }

    @Test func coldPausesForTheWholeCopy() {
        let outcome = MigrationLoop.cold(Self.parameters(Self.preCopy[3]))
        #expect(abs(outcome.durationSeconds - 10.1) < 1e-9)
        #expect(abs(outcome.pauseSeconds - 10) < 1e-9)
    }

    @Test func stagedStopsAfterAPassThatLeavesLittle() {
        // 1000 MiB in 10 s; 45 + 2 MiB were rewritten, which is less than the 50 that the pause holds.
        let outcome = MigrationLoop.staged(
            CopyParameters(
                contentBytes: 1000 * Self.mebibyte, hotBytes: 45 * Self.mebibyte,
                dirtyBytesPerSecond: 1e6 * Self.mebibyte, bytesPerSecond: 100 * Self.mebibyte, limitSeconds: 0.5))
        #expect(outcome.ends && outcome.rounds == 1)
        #expect(abs(outcome.pauseSeconds - 0.47) < 1e-9)
        #expect(abs(outcome.durationSeconds - 10.57) < 1e-9)
    }

    @Test func zeroPagesCostAScanOnly() {
        let with = MigrationLoop.cold(
            CopyParameters(
                contentBytes: 100 * Self.mebibyte, zeroBytes: 8000 * Self.mebibyte, hotBytes: 0, dirtyBytesPerSecond: 0,
                bytesPerSecond: 100 * Self.mebibyte, limitSeconds: 0))
        #expect(abs(with.durationSeconds - 1.1 - 8000 / 150) < 1e-9)
        #expect(with.transferBytes == 100 * Self.mebibyte)
    }

    @Test(arguments: UInt64(0)..<200) func everyOutcomeIsFiniteAndConsistent(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let parameters = CopyParameters(
            contentBytes: Double.random(in: 0...1e12, using: &generator),
            hotBytes: Double.random(in: 0...1e11, using: &generator),
            dirtyBytesPerSecond: Double.random(in: 0...1e10, using: &generator),
            bytesPerSecond: Double.random(in: 1...1e11, using: &generator),
            limitSeconds: Double.random(in: 0...5, using: &generator))
        for outcome in [MigrationLoop.preCopy(parameters), MigrationLoop.staged(parameters)] {
            #expect(outcome.durationSeconds.isFinite && outcome.durationSeconds >= outcome.pauseSeconds)
            #expect(outcome.rounds <= parameters.maxRounds)
            let allowed = parameters.limitSeconds + 0.5 * Self.mebibyte / parameters.bytesPerSecond
            if outcome.ends { #expect(outcome.pauseSeconds <= allowed * (1 + 1e-9)) }
        }
    }
}
