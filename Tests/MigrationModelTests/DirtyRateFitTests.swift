import ClusterModel
import MigrationModel
import Randomness
import TestSupport
import Testing

/// Rate and hot set from measurements of distinct pages over two periods.
@Suite struct DirtyRateFitTests {
    static let mebibyte = 1_048_576.0

    /// Everything in MiB and seconds.
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let samples: [(seconds: Double, rate: Double)]
        let rate: Double
        let hot: Double
        var rateAtLeast = false
        var hotAtLeast = false
    }

    static let cases = [
        Case(
            testDescription: "the short period grows, the long one is saturated",
            samples: [(1, 20), (5, 12.8)], rate: 20, hot: 64),
        Case(
            testDescription: "measured on QEMU: hot set 64, rate 20, four at 1 s and one at 5 s",
            samples: [(1, 20), (1, 24), (1, 10), (1, 26), (5, 12)], rate: 20, hot: 60),
        Case(
            testDescription: "measured on QEMU: hot set 64, rate 60, 4096 pages a GiB",
            samples: [(1, 61), (1, 57), (1, 55), (5, 12.8)], rate: 57.667, hot: 64, rateAtLeast: true),
        Case(
            testDescription: "both periods saturated: the rate is at least what the short one shows",
            samples: [(1, 66), (1, 74), (1, 72), (1, 64), (5, 13)], rate: 68.2, hot: 68.2, rateAtLeast: true),
        Case(
            testDescription: "neither saturated: the hot set is at least what the long one found",
            samples: [(1, 21), (5, 19)], rate: 21, hot: 95, hotAtLeast: true),
        Case(
            testDescription: "a rate that rose in between counts as one rate",
            samples: [(1, 10), (4, 15)], rate: 14, hot: 60, hotAtLeast: true),
        Case(testDescription: "an idle guest", samples: [(1, 0), (5, 0)], rate: 0, hot: 0),
        Case(
            testDescription: "one period alone says neither", samples: [(1, 30)], rate: 30, hot: 30,
            rateAtLeast: true, hotAtLeast: true),
        Case(
            testDescription: "an outlier among five is left out",
            samples: [(1, 20), (1, 20), (1, 20), (1, 20), (1, 4000), (5, 12.8)], rate: 20, hot: 64),
        Case(
            testDescription: "three periods", samples: [(0.5, 20), (1, 20), (10, 6)], rate: 20, hot: 60),
    ]

    @Test(arguments: cases) func fit(_ example: Case) throws {
        let samples = example.samples.compactMap {
            DirtySample(periodSeconds: $0.seconds, distinctBytesPerSecond: $0.rate * Self.mebibyte)
        }
        let fit = try #require(DirtyRateFit(samples))
        #expect(abs(fit.bytesPerSecond / Self.mebibyte - example.rate) < 0.5, "\(fit)")
        #expect(abs(fit.hotBytes / Self.mebibyte - example.hot) < 0.5, "\(fit)")
        #expect(fit.isRateAtLeast == example.rateAtLeast)
        #expect(fit.isHotSetAtLeast == example.hotAtLeast)
        #expect(DirtyRateFit(samples.reversed()) == fit)
    }

    @Test func aHotSetWithoutASeenEndIsAllMemory() throws {
        let sample = try #require(DirtySample(periodSeconds: 1, distinctBytesPerSecond: 30))
        let fit = try #require(DirtyRateFit([sample]))
        #expect(fit.dirtyRate(memoryBytes: 4096) == DirtyRate(hotBytes: 4096, bytesPerSecond: 30))
    }

    @Test func senselessMeasurementsAreNone() {
        #expect(DirtySample(periodSeconds: 0, distinctBytesPerSecond: 1) == nil)
        #expect(DirtySample(periodSeconds: 1, distinctBytesPerSecond: -1) == nil)
        #expect(DirtySample(periodSeconds: 1, distinctBytesPerSecond: .nan) == nil)
        #expect(DirtySample(periodSeconds: .infinity, distinctBytesPerSecond: 1) == nil)
        #expect(DirtyRateFit([]) == nil)
    }

    /// Whatever guest is measured five times at 1 s and five times at 8 s, with the noise of 512 pages per GiB of 16
    /// GiB: both figures are within a fifth, or flagged as bounds that hold.
    @Test(arguments: UInt64(0)..<200) func noisyMeasurementsOfAKnownGuest(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let memory = 16 * 1024 * Self.mebibyte
        let hot = Double.random(in: 0.01...0.9, using: &generator) * memory
        let rate = Double.random(in: 0.005...1, using: &generator) * memory
        var samples: [DirtySample] = []
        for seconds in [1.0, 8] {
            for _ in 0..<5 {
                let share = min(rate * seconds, hot) / memory
                let found = (0..<8192).count { _ in Double.random(in: 0..<1, using: &generator) < share }
                let bytes = Double(found) / 8192 * memory
                samples += [DirtySample(periodSeconds: seconds, distinctBytesPerSecond: bytes / seconds)].compactMap(
                    \.self)
            }
        }
        let fit = try #require(DirtyRateFit(samples))
        if fit.isRateAtLeast {
            #expect(fit.bytesPerSecond <= rate * 1.4)
            #expect(fit.bytesPerSecond >= min(rate, hot) * 0.8)
        } else {
            #expect(abs(fit.bytesPerSecond / rate - 1) < 0.2, "\(fit) \(rate)")
        }
        if fit.isHotSetAtLeast {
            #expect(fit.hotBytes <= hot * 1.2)
            #expect(fit.hotBytes >= min(hot, 8 * rate) * 0.8)
        } else {
            #expect(abs(fit.hotBytes / hot - 1) < 0.2, "\(fit) \(hot)")
        }
    }
}
