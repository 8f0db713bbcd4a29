/// CPU use of control groups, from their counters of CPU time.
struct ControlGroupTimes: Sendable {
    private var counters = CounterTracker<String>()

    /// Cores used since the last round; `nil` in a first one, and when the counter cannot be read or was reset.
    mutating func cores(of file: ControlGroupFile, into round: inout SamplingRound) -> Double? {
        guard let contents = round.readExpected(file.path),
            let nanoseconds = round.expectParsed(file.nanoseconds(parsing: contents), of: file.path)
        else { return nil }
        let change = counters.advance(file.path, to: nanoseconds, atNanoseconds: round.nanoseconds)
        if change == .reset { round.warnOfReset(file.path) }
        return change.perSecond.map { $0 / 1e9 }
    }

    /// Ends a round.
    mutating func forgetUnseen() { counters.forgetUnseen() }
}
