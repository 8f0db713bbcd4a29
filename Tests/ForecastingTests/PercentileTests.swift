import ClusterModel
import Forecasting
import Randomness
import TestSupport
import Testing

struct PercentileCase: Sendable, CustomTestStringConvertible {
    let values: [Double]
    let percentile: Double
    let expected: Double?

    var testDescription: String { "p\(percentile) of \(values.count)" }

    static let all = [
        PercentileCase(values: [], percentile: 95, expected: nil),
        PercentileCase(values: [7], percentile: 0, expected: 7),
        PercentileCase(values: [7], percentile: 100, expected: 7),
        PercentileCase(values: [3, 1, 2], percentile: 50, expected: 2),
        PercentileCase(values: [4, 3, 2, 1], percentile: 50, expected: 2),
        PercentileCase(values: [4, 3, 2, 1], percentile: 50.1, expected: 3),
        PercentileCase(values: (1...20).map(Double.init), percentile: 95, expected: 19),
        PercentileCase(values: (1...21).map(Double.init), percentile: 95, expected: 20),
        PercentileCase(values: (1...100).map(Double.init), percentile: 99, expected: 99),
        PercentileCase(values: (1...100).map(Double.init), percentile: 99.5, expected: 100),
        PercentileCase(values: (1...1000).map(Double.init), percentile: 99.9, expected: 999),
        PercentileCase(values: [1, 2, 3], percentile: -5, expected: 1),
        PercentileCase(values: [1, 2, 3], percentile: 500, expected: 3),
    ]
}

struct PercentileTests {
    @Test(arguments: PercentileCase.all)
    func nearestRank(_ example: PercentileCase) {
        #expect(Percentile.value(of: example.values, percentile: example.percentile) == example.expected)
    }

    /// The definition itself: enough values are no larger, and with the next smaller value there would not be enough.
    @Test(arguments: UInt64(0)..<100)
    func theSmallestValueThatCoversEnough(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let values = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
            Double(Int.random(in: 0...30, using: &generator))
        }
        let percentile = Double(Int.random(in: 1...100, using: &generator))
        let found = try #require(Percentile.value(of: values, percentile: percentile))
        let covered = { (limit: Double) in Double(values.count { $0 <= limit }) * 100 }
        #expect(covered(found) >= percentile * Double(values.count))
        if let smaller = values.filter({ $0 < found }).max() {
            #expect(covered(smaller) < percentile * Double(values.count))
        }
    }
}

struct ProfileSlotsTests {
    @Test func aDayHasHoursOfUTC() throws {
        let moment = try #require(Timestamp(rfc3339: "2026-11-22T20:15:00Z"))
        let slots = try #require(ProfileSlots(profile: .day, at: moment))
        #expect(slots.count == 24)
        #expect(slots.start.description == "2026-11-22T00:00:00Z")
        #expect(slots.slot(of: moment) == 20)
        #expect(slots.slot(of: moment.adding(seconds: -86400)) == 20)
        #expect(slots.slot(of: slots.start.adding(seconds: -1)) == 23)
    }

    @Test func aWeekRepeatsAfterSevenDays() throws {
        let moment = try #require(Timestamp(rfc3339: "2026-11-22T20:15:00Z"))
        let slots = try #require(ProfileSlots(profile: .week, at: moment))
        #expect(slots.count == 168)
        #expect(slots.slot(of: moment.adding(seconds: -7 * 86400)) == 20)
        #expect(slots.slot(of: moment.adding(seconds: -86400)) == 164)
    }

    @Test func noProfileHasNoSlots() {
        #expect(ProfileSlots(profile: .none, at: .testMoment) == nil)
    }
}
