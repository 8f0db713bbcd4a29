import ClusterModel
import Foundation
import Planning
import Testing

/// Clock times in a zone that puts its clocks forward and back: Paris, on 2026-03-29 at 01:00Z and 2026-10-25 at
/// 01:00Z.
@Suite struct LocalClockTests {
    private static func clock(_ zone: String = "Europe/Paris") throws -> LocalClock {
        let rules = try #require(TimeZone(identifier: zone))
        return LocalClock(zone: zone) { moment in
            rules.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.secondsSinceEpoch)))
        }
    }

    private static func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test(arguments: [
        ("06:00", "2026-11-24T20:00:00Z", "2026-11-25T05:00:00Z"),
        // Just now, and just over.
        ("21:00", "2026-11-24T20:00:00Z", "2026-11-24T20:00:00Z"),
        ("20:59", "2026-11-24T20:00:00Z", "2026-11-25T19:59:00Z"),
        // In summer the clock is two hours ahead.
        ("02:00", "2026-07-01T12:00:00Z", "2026-07-02T00:00:00Z"),
        // The last and the first minute that the jump leaves.
        ("01:59", "2026-03-28T12:00:00Z", "2026-03-29T00:59:00Z"),
        ("03:00", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("06:00", "2026-10-24T12:00:00Z", "2026-10-25T05:00:00Z"),
    ])
    func theNextTimeThatTheClockShows(_ time: String, _ from: String, _ expected: String) throws {
        let found = try Self.clock().next(try #require(ClockTime(time)), from: try Self.moment(from))
        #expect(found == (try Self.moment(expected)))
    }

    @Test func aTimeThatDoesNotExistOrComesTwiceIsRefused() throws {
        let clock = try Self.clock()
        let time = try #require(ClockTime("02:30"))
        let skipped = #expect(throws: ClockError.self) {
            try clock.next(time, from: try Self.moment("2026-03-28T12:00:00Z"))
        }
        let words = try #require(skipped).description
        #expect(words.hasPrefix("02:30 does not exist on 2026-03-29 in Europe/Paris"))
        let twice = #expect(throws: ClockError.self) {
            try clock.next(time, from: try Self.moment("2026-10-24T12:00:00Z"))
        }
        #expect(
            twice?.description
                == "02:30 comes twice on 2026-10-25 in Europe/Paris, where clocks are put back: say 2026-10-25T00:30:00Z or "
                + "2026-10-25T01:30:00Z")
        // After the jump it means the day after.
        let next = try clock.next(time, from: try Self.moment("2026-03-29T04:00:00Z"))
        #expect(next == (try Self.moment("2026-03-30T00:30:00Z")))
    }

    @Test func nightsOverMidnightAndOverTheChangeOfClocks() throws {
        let clock = try Self.clock()
        let (from, by) = (try #require(ClockTime("22:00")), try #require(ClockTime("06:00")))
        let nights = clock.nights(from: from, by: by, after: try Self.moment("2026-10-24T02:00:00Z"), count: 3)
        // The first is under way at 04:00; the second is an hour longer than the others.
        #expect(
            nights.map { "\($0.from) \($0.by)" } == [
                "2026-10-24T02:00:00Z 2026-10-24T04:00:00Z", "2026-10-24T20:00:00Z 2026-10-25T05:00:00Z",
                "2026-10-25T21:00:00Z 2026-10-26T05:00:00Z",
            ])
        // Within the hour that comes twice, a night is the shorter one.
        let (two, four) = (try #require(ClockTime("02:30")), try #require(ClockTime("04:00")))
        let short = clock.nights(from: two, by: four, after: try Self.moment("2026-10-24T12:00:00Z"), count: 1)
        #expect(short.map { "\($0.from) \($0.by)" } == ["2026-10-25T01:30:00Z 2026-10-25T03:00:00Z"])
        // One that begins where the clock jumps begins with the jump.
        let spring = clock.nights(from: two, by: four, after: try Self.moment("2026-03-28T12:00:00Z"), count: 1)
        #expect(spring.map { "\($0.from) \($0.by)" } == ["2026-03-29T01:00:00Z 2026-03-29T02:00:00Z"])
    }

    @Test func clockTimesAreReadStrictly() {
        #expect(ClockTime("6:05")?.description == "06:05")
        for text in ["", "6", "24:00", "06:60", "-1:00", "6:5", "06:00:00", "٦:٠٠"] {
            #expect(ClockTime(text) == nil, "\(text)")
        }
    }
}
