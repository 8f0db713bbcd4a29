import ClusterModel

/// What fits into which night: groups follow each other, and a night holds them as long as so large a share of its runs
/// as the policy's confidence is over by its end.
struct NightTimetable {
    private static let runs = 400

    /// A night with something in it, or about to have.
    struct Night {
        var window: TimeWindow?
        /// Its beginning, on the plan's clock.
        var startSeconds: Double
        /// Predicted time of what is in it.
        var usedSeconds = 0.0
        /// Time of each run.
        var finishes = [Double](repeating: 0, count: NightTimetable.runs)
    }

    private(set) var nights: [Night]
    private let windows: [TimeWindow]
    private let startsAt: Timestamp
    private let confidence: Double
    private let defaults: HostDefaults
    private var count: UInt64 = 0
    private var longestSeconds = 0.0

    init(windows: [TimeWindow], startsAt: Timestamp, confidence: Double, defaults: HostDefaults) {
        self.windows = windows
        self.startsAt = startsAt
        self.confidence = confidence
        self.defaults = defaults
        nights = [Night(window: windows.first, startSeconds: 0)]
    }

    /// When the next group would begin, on the plan's clock, if it fits tonight.
    var nextStartSeconds: Double { nights.last.map { $0.startSeconds + $0.usedSeconds } ?? 0 }

    /// Gives a group its place; `nil`, and nothing changed, when no night is long enough for it or none is left.
    ///
    /// - Parameters:
    ///   - downSeconds: how long its hosts are down; nothing else follows in the group.
    ///   - overlaps: whether it is emptied while the group before it is down, tonight or not at all. It goes down when that
    ///     is back.
    mutating func add(
        _ steps: [PlanStep], cluster: Cluster, downSeconds: Double, overlaps: Bool
    ) -> (night: Int, startSeconds: Double)? {
        let times = FinishEstimate.runs(
            steps, cluster: cluster, defaults: defaults, count: Self.runs, stream: count)
        longestSeconds = FinishEstimate.quantile(times.sorted(), confidence)
        let makespan = steps.map(\.endSeconds).max() ?? 0
        let group = Group(
            times: times, makespan: makespan, downSeconds: downSeconds, headStartSeconds: overlaps ? downSeconds : 0)
        if let tonight = nights.last, let slot = adding(group, to: tonight, number: nights.count - 1) {
            return slot
        }
        guard !overlaps, nights.count < windows.count else { return nil }
        let window = windows[nights.count]
        let night = Night(window: window, startSeconds: window.from.seconds(since: startsAt))
        return adding(group, to: night, number: nights.count)
    }

    /// What a group takes of a night.
    private struct Group {
        /// By run.
        let times: [Double]
        let makespan: Double
        let downSeconds: Double
        /// How long before the end of the group before it begins.
        let headStartSeconds: Double

        /// When it is over, in a night whose groups before it are over at `end`.
        func end(after end: Double, lasting seconds: Double) -> Double {
            max(end - headStartSeconds + seconds - downSeconds, end) + downSeconds
        }
    }

    private mutating func adding(
        _ group: Group, to night: Night, number: Int
    ) -> (night: Int, startSeconds: Double)? {
        var night = night
        let start = night.startSeconds + night.usedSeconds - group.headStartSeconds
        for run in night.finishes.indices {
            night.finishes[run] = group.end(after: night.finishes[run], lasting: group.times[run])
        }
        night.usedSeconds = group.end(after: night.usedSeconds, lasting: group.makespan)
        if let window = night.window {
            guard finishSeconds(of: night) <= window.seconds else { return nil }
        }
        if number < nights.count { nights[number] = night } else { nights.append(night) }
        count += 1
        return (number, start)
    }

    /// Seconds after a night's beginning at which it is over, at the confidence.
    func finishSeconds(of night: Night) -> Double { FinishEstimate.quantile(night.finishes.sorted(), confidence) }

    /// Why the group that was offered last has no place.
    func refusal(of host: String) -> Refusal.Reason {
        let longest = windows.map(\.seconds).max() ?? 0
        let takes = Int(longestSeconds.rounded(.up))
        let detail =
            longestSeconds > longest
            ? "it takes \(takes) s at the confidence of \(confidence), and the longest window has \(Int(longest)) s"
            : "the \(windows.count) windows are full; it takes \(takes) s at the confidence of \(confidence)"
        return Refusal.Reason(constraint: "window", hosts: [host], detail: detail)
    }
}
