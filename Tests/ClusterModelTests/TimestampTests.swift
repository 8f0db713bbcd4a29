import ClusterModel
import Testing

@Suite struct TimestampTests {
    /// Seconds by GNU date (`date -u -d TEXT +%s`).
    static let moments: [(String, Int64)] = [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -1),
        ("2026-11-22T20:00:00Z", 1_795_377_600),
        ("2000-02-29T12:00:00Z", 951_825_600),
        ("1900-03-01T00:00:00Z", -2_203_891_200),
        ("2100-02-28T23:59:59Z", 4_107_542_399),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ]

    @Test(arguments: moments) func readsAndWrites(text: String, seconds: Int64) throws {
        let time = try #require(Timestamp(rfc3339: text))
        #expect(time.secondsSinceEpoch == seconds)
        #expect(time.description == text)
    }

    static let otherForms: [(String, String)] = [
        ("2026-11-22t20:00:00z", "2026-11-22T20:00:00Z"),
        ("2026-11-22 20:00:00Z", "2026-11-22T20:00:00Z"),
        ("2026-11-22T20:00:00+02:00", "2026-11-22T18:00:00Z"),
        ("2026-11-22T20:00:00-00:30", "2026-11-22T20:30:00Z"),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"),
        ("2026-11-22T20:00:00.5Z", "2026-11-22T20:00:00.500Z"),
        ("2026-11-22T20:00:00.123456Z", "2026-11-22T20:00:00.123Z"),
        ("2026-11-22T20:00:00.000Z", "2026-11-22T20:00:00Z"),
        ("1969-12-31T23:59:59.250Z", "1969-12-31T23:59:59.250Z"),
    ]

    @Test(arguments: otherForms) func otherFormsMeanTheSame(text: String, canonical: String) throws {
        #expect(try #require(Timestamp(rfc3339: text)).description == canonical)
    }

    static let refused = [
        "", "2026", "2026-11-22", "2026-11-22T20:00Z", "2026-11-22T20:00:00", "2026-11-22T20:00:00.Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "0000-01-01T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z", "2026-1-1T00:00:00Z", "+026-01-01T00:00:00Z",
        "２０２６-01-01T00:00:00Z",
    ]

    @Test(arguments: refused) func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func arithmetic() {
        let time = Timestamp(millisecondsSinceEpoch: 1_500)
        #expect(time.adding(seconds: 1.2345).millisecondsSinceEpoch == 2_735)
        #expect(time.adding(seconds: -2).millisecondsSinceEpoch == -500)
        #expect(Timestamp(millisecondsSinceEpoch: -500).secondsSinceEpoch == -1)
        #expect(time.seconds(since: Timestamp(millisecondsSinceEpoch: 2_000)) == -0.5)
        #expect(Timestamp(secondsSinceEpoch: 1) < time)
    }

    /// Every day of 800 years, there and back: the calendar's cycle is 400 years.
    @Test func everyDayRoundTrips() {
        for day in Int64(-170_000)..<122_000 {
            let time = Timestamp(secondsSinceEpoch: day * 86_400 + 1)
            #expect(Timestamp(rfc3339: time.description) == time)
        }
    }
}
