import ClusterModel
import MigrationModel
import Randomness
import TestSupport
import Testing

/// What finished migrations teach, and what they do not.
@Suite struct MigrationCorrectionTests {
    static func experience(
        _ ratio: Double?, mode: MigrationMode = .live, pauseRatio: Double = 1,
        correction: MigrationCorrection.Factors = .none
    ) -> MigrationExperience {
        let predicted = MigrationExperience.Figures(
            durationSeconds: 10 * correction.duration, downtimeMilliseconds: 200 * correction.downtime,
            transferBytes: 1e9)
        return MigrationExperience(
            vm: "v", from: "a", to: "b", mode: mode, endedAt: Timestamp(secondsSinceEpoch: 0), predicted: predicted,
            measured: ratio.map {
                .init(durationSeconds: 10 * $0, downtimeMilliseconds: 200 * pauseRatio, transferBytes: 1e9)
            }, failure: ratio == nil ? "notConverging" : nil, correction: correction)
    }

    static func learned(_ ratios: [Double], mode: MigrationMode = .live) -> MigrationCorrection {
        MigrationCorrection(learnedFrom: ratios.map { experience($0, mode: mode) })
    }

    @Test func nothingTeachesNothing() {
        #expect(MigrationCorrection(learnedFrom: []) == .none)
        #expect(MigrationCorrection(learnedFrom: [Self.experience(nil)]) == .none)
        #expect(MigrationCorrection.none[.live].factors == .none)
    }

    /// With n migrations and 5 that are assumed right, a mode alone: log 2 is drawn towards n/(n+5) of itself, and that
    /// again: (n x 1 + 5 x n/(n+5)) / (n+5).
    @Test(arguments: [(1, 1.2361), (5, 1.6818), (20, 1.9455), (200, 1.9992)])
    func fewMigrationsMoveLittle(count: Int, factor: Double) {
        let learned = Self.learned(Array(repeating: 2, count: count))
        #expect(learned[.live].migrations == count)
        #expect(abs(learned[.live].factors.duration - factor) < 0.002, "\(learned)")
        #expect(learned[.live].factors.downtime == 1)
    }

    /// Thirty migrations that took 1.2 times as long, and some that took a hundred times as long or a hundredth: the
    /// correction moves by less than 2 %, its spread by less than a tenth.
    @Test(arguments: UInt64(0)..<50) func aFewOutliersChangeLittle(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let ratios = (0..<30).map { _ in 1.2 * Double.random(in: 0.9...1.1, using: &generator) }
        let clean = Self.learned(ratios)[.live]
        let outliers = [100, 100, 0.01].prefix(Int.random(in: 1...3, using: &generator))
        let soiled = Self.learned(ratios + outliers)[.live]
        #expect(abs(soiled.factors.duration / clean.factors.duration - 1) < 0.02)
        #expect(abs(soiled.spread.logDeviation - clean.spread.logDeviation) < 0.02)
    }

    @Test func aModeWithoutManyTakesFromTheOthers() {
        var all = (0..<40).map { _ in Self.experience(1.5) }
        all.append(Self.experience(1.5, mode: .cold))
        let learned = MigrationCorrection(learnedFrom: all)
        #expect(learned[.cold].factors.duration > 1.4)
        #expect(learned[.postCopy].migrations == 0 && learned[.postCopy].factors == .none)
    }

    /// Predictions that were corrected already teach the same as uncorrected ones: the correction does not swing.
    @Test func aCorrectionDoesNotLearnFromItself() {
        let factors = MigrationCorrection.Factors(duration: 1.9, downtime: 1.4)
        let plain = (0..<20).map { _ in Self.experience(2, pauseRatio: 1.5) }
        let corrected = (0..<20).map { _ in Self.experience(2, pauseRatio: 1.5, correction: factors) }
        let first = MigrationCorrection(learnedFrom: plain)
        let second = MigrationCorrection(learnedFrom: corrected)
        #expect(abs(first[.live].factors.duration - second[.live].factors.duration) < 2e-4)
        #expect(abs(first[.live].factors.downtime - second[.live].factors.downtime) < 2e-4)
    }

    @Test func whatIsFarOffIsNoErrorOfTheModel() {
        #expect(Self.learned(Array(repeating: 1000, count: 500))[.live].factors.duration == 8)
        #expect(Self.learned(Array(repeating: 1e-9, count: 500))[.live].factors.duration == 0.125)
    }

    @Test func steadyMigrationsNarrowTheSpread() {
        let steady = Self.learned(Array(repeating: 1, count: 100))[.live].spread
        #expect(steady.factor(confidence: 0.95) < 1.1)
        #expect(Spread.unmeasured.factor(confidence: 0.95) == MigrationModel.spreadFactor)
        #expect(Spread.unmeasured.factor(confidence: 0.5) == 1)
        #expect(abs(Spread(logDeviation: 0.1).factor(confidence: 0.99) - 1.2619) < 0.001)
        #expect(abs(Spread(logDeviation: 0.1).factor(confidence: 0.1) - 0.8797) < 0.001)
    }

    @Test func itStandsInAClusterDocument() {
        let all = (0..<7).map { Self.experience(1 + Double($0) / 10, mode: $0 < 3 ? .live : .cold) }
        let learned = MigrationCorrection(learnedFrom: all)
        #expect(MigrationCorrection(learned.value) == learned)
        #expect(learned.sentence?.contains("(3 measured)") == true)
        #expect(MigrationCorrection.none.sentence == nil)
        #expect(MigrationCorrection(.string(value: "x")) == .none)
        let absurd = JSONValue.object(fields: [
            "live": .object(fields: [
                "migrations": .integer(value: 3), "durationFactor": .integer(value: 9000),
                "downtimeFactor": .integer(value: 1), "logDeviation": .number(value: 0.1),
            ])
        ])
        #expect(MigrationCorrection(absurd) == .none)
    }
}
