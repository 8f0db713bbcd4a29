import ArgumentParser
import ClusterModel
internal import Foundation
import Planning

/// `--from`, `--by` and `--timezone`.
struct WindowOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The end of the window: answers whether everything is over by then.",
            discussion: """
                A clock time such as 06:00, the first after the beginning of the window, or an RFC 3339 time such as \
                2026-11-25T06:00:00+01:00.
                """,
            valueName: "time"))
    var by: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The beginning of the window, likewise: the first such time from the planner's clock on. Without it, the planner's clock.",
            valueName: "time"))
    var from: String?

    @OptionGroup var zone: ZoneOption

    func validate() throws {
        guard by != nil || from == nil else {
            throw ValidationError("--from goes with --by: a window needs an end")
        }
    }

    /// The window, and the clock that it was named on; `nil` when none was asked for.
    func window(at moment: Timestamp) throws -> (window: TimeWindow, clock: LocalClock)? {
        guard let by else { return nil }
        let clock = try zone.clock()
        let start = try from.map { try ZoneOption.moment($0, option: "--from", from: moment, clock) } ?? moment
        // A window that ends when it begins lasts a day.
        let end = try ZoneOption.moment(by, option: "--by", from: start.adding(seconds: 1), clock)
        guard start < end else {
            throw Failure("--by \(by): is not after the window's beginning, \(start)")
        }
        return (TimeWindow(from: start, by: end), clock)
    }
}

/// `--timezone`.
struct ZoneOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The time zone of clock times, such as Europe/Paris; without it, the machine's.", valueName: "name"))
    var timezone: String?

    func clock() throws -> LocalClock {
        let zone: TimeZone
        if let timezone {
            guard let known = TimeZone(identifier: timezone) else {
                throw Failure("--timezone \(timezone): not a time zone; allowed: names such as Europe/Paris, or UTC")
            }
            zone = known
        } else {
            zone = TimeZone.current
        }
        return LocalClock(zone: timezone ?? zone.identifier) { moment in
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.secondsSinceEpoch)))
        }
    }

    /// A clock time from `earliest` on, or an RFC 3339 time.
    static func moment(
        _ text: String, option: String, from earliest: Timestamp, _ clock: LocalClock
    ) throws -> Timestamp {
        if let moment = Timestamp(rfc3339: text) { return moment }
        guard let time = ClockTime(text) else {
            throw Failure(
                "\(option) \(text): not a time; allowed: a clock time such as 06:00, or an RFC 3339 time such as "
                    + "2026-11-25T06:00:00+01:00")
        }
        do {
            return try clock.next(time, from: earliest)
        } catch {
            throw Failure("\(option) \(error)")
        }
    }
}
