import ArgumentParser
import ClusterModel
import Planning

/// A duration on the command line: `90s`, `10m`, `1h`.
struct DurationArgument: ExpressibleByArgument, Sendable {
    let seconds: Double

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let last = argument.last, let unit = units[last], let count = Double(argument.dropLast()),
            count > 0, count * unit <= 7 * 86_400
        else { return nil }
        seconds = count * unit
    }
}

/// The hours of a night on the command line: `22:00-06:00`.
struct NightArgument: ExpressibleByArgument, Sendable {
    let from: ClockTime
    let by: ClockTime

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let from = ClockTime(parts[0]), let by = ClockTime(parts[1]) else { return nil }
        (self.from, self.by) = (from, by)
    }

    func windows(from moment: Timestamp, count: Int, _ clock: LocalClock) -> [TimeWindow] {
        clock.nights(from: from, by: by, after: moment, count: count)
    }
}

/// A site on the command line: `site:paris`.
struct SiteArgument: ExpressibleByArgument, Sendable {
    let name: String

    init?(argument: String) {
        guard case .site(let name)? = Link.Endpoint(text: argument) else { return nil }
        self.name = name
    }
}
