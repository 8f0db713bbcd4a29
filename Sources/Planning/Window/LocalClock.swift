public import ClusterModel

/// A time of day as a clock shows it, to the minute.
public struct ClockTime: Sendable, Hashable, CustomStringConvertible {
    public let hour: Int
    public let minute: Int

    /// Reads `06:00` or `6:00`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        self.hour = hour
        self.minute = minute
    }

    public var description: String {
        (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }

    var secondsOfDay: Int64 { Int64(hour * 3600 + minute * 60) }
}

/// Why a clock never shows a time, or shows it twice.
public enum ClockError: Error, Sendable, CustomStringConvertible {
    /// The clock is put forward over it.
    case skipped(time: ClockTime, date: String, zone: String, at: Timestamp)
    /// The clock is put back, and shows it twice.
    case repeated(time: ClockTime, date: String, zone: String, first: Timestamp, second: Timestamp)

    public var description: String {
        switch self {
        case .skipped(let time, let date, let zone, let at):
            "\(time) does not exist on \(date) in \(zone): clocks are put forward over it at \(at); name another time, "
                + "or one with its date as RFC 3339"
        case .repeated(let time, let date, let zone, let first, let second):
            "\(time) comes twice on \(date) in \(zone), where clocks are put back: say \(first) or \(second)"
        }
    }
}

/// Turns what a clock on the wall shows into moments and back, in a time zone whose rules the caller knows.
public struct LocalClock: Sendable {
    public let zone: String
    /// Seconds that the clock is ahead of UTC at a moment.
    private let offset: @Sendable (Timestamp) -> Int

    public init(zone: String, offset: @escaping @Sendable (Timestamp) -> Int) {
        self.zone = zone
        self.offset = offset
    }

    /// Which of two moments is meant when the clock shows a time twice, and what a time becomes that it never shows:
    /// for a window that repeats every night, the choice that makes it shorter.
    public enum Edge: Sendable {
        case begin, end
    }

    // MARK: To moments

    /// The first moment at or after `earliest` at which the clock shows the time.
    /// - Throws: when on that day it never does, or does so twice.
    public func next(_ time: ClockTime, from earliest: Timestamp) throws(ClockError) -> Timestamp {
        let today = day(of: earliest)
        for day in today...today + 1 {
            let found = moments(time, on: day)
            switch found.count {
            case 1: if found[0] >= earliest { return found[0] }
            case 0:
                // A time that is over anyway need not exist.
                let jump = jump(over: time, on: day)
                guard jump >= earliest else { continue }
                throw .skipped(time: time, date: Self.date(day), zone: zone, at: jump)
            default:
                guard found[1] >= earliest else { continue }
                throw .repeated(time: time, date: Self.date(day), zone: zone, first: found[0], second: found[1])
            }
        }
        // The third day's clock shows every time that it skipped on the first two.
        return moment(time, on: today + 2, as: .begin)
    }

    /// The moment at which the clock shows the time on a day, counted from 1970-01-01; always an answer.
    public func moment(_ time: ClockTime, on day: Int64, as edge: Edge) -> Timestamp {
        let found = moments(time, on: day)
        guard let first = found.first, let last = found.last else { return jump(over: time, on: day) }
        return edge == .begin ? last : first
    }

    /// The day that the clock's calendar shows at a moment, counted from 1970-01-01.
    public func day(of moment: Timestamp) -> Int64 {
        let seconds = shown(moment).secondsSinceEpoch
        return seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    }

    private func shown(_ moment: Timestamp) -> Timestamp { moment.adding(seconds: Double(offset(moment))) }

    private func naive(_ time: ClockTime, on day: Int64) -> Timestamp {
        Timestamp(secondsSinceEpoch: day * 86_400 + time.secondsOfDay)
    }

    /// All moments at which the clock shows the time on that day, ascending: usually one.
    private func moments(_ time: ClockTime, on day: Int64) -> [Timestamp] {
        let naive = naive(time, on: day)
        let offsets = Set([-86_400.0, 86_400.0].map { offset(naive.adding(seconds: $0)) })
        return offsets.map { naive.adding(seconds: -Double($0)) }.filter { shown($0) == naive }.sorted()
    }

    /// When the clock is put forward over the time.
    private func jump(over time: ClockTime, on day: Int64) -> Timestamp {
        let naive = naive(time, on: day)
        var low = naive.adding(seconds: -86_400).secondsSinceEpoch
        var high = naive.adding(seconds: 86_400).secondsSinceEpoch
        while high - low > 1 {
            let middle = (low + high) / 2
            if shown(Timestamp(secondsSinceEpoch: middle)) < naive { low = middle } else { high = middle }
        }
        return Timestamp(secondsSinceEpoch: high)
    }

    // MARK: Nights

    /// The hours of each night from a moment on; when it lies within one, that begins with it. One that ends when it
    /// begins lasts a day. Where clocks are put forward or back within the hour a night is the shorter one.
    public func nights(from: ClockTime, by: ClockTime, after moment: Timestamp, count: Int) -> [TimeWindow] {
        var nights: [TimeWindow] = []
        var day = day(of: moment) - 1
        let isOverMidnight = by.secondsOfDay <= from.secondsOfDay
        while nights.count < count {
            let begin = self.moment(from, on: day, as: .begin)
            let end = self.moment(by, on: isOverMidnight ? day + 1 : day, as: .end)
            if end > moment, begin < end { nights.append(TimeWindow(from: max(begin, moment), by: end)) }
            day += 1
        }
        return nights
    }

    // MARK: From moments

    /// What calendar and clock show, to the minute, rounded down: `2026-11-25 02:00`.
    public func text(_ moment: Timestamp) -> String {
        let parts = shown(moment).description.split(separator: "T")
        guard parts.count == 2 else { return moment.description }
        return "\(parts[0]) \(parts[1].prefix(5))"
    }

    private static func date(_ day: Int64) -> String {
        String(Timestamp(secondsSinceEpoch: day * 86_400).description.prefix(10))
    }
}
