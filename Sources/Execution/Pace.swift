internal import ClusterModel

/// How many more migrations may begin at one look, by the policy's pace.
struct Pace {
    /// Seconds between two beginnings; `nil`: none are asked for.
    private let spacingSeconds: Double?
    private let now: Timestamp
    /// When the next may begin.
    private var nextAt: Timestamp

    init(_ machine: RunMachine, now: Timestamp) {
        self.now = now
        nextAt = now
        spacingSeconds = machine.policy.execution.pacePerMinute.map { 60 / max(1e-6, $0) }
        guard let spacingSeconds else { return }
        let begun = machine.order.filter { $0.migration != nil }.compactMap { machine.state.intendedAt[$0.id] }
        guard let last = begun.max() else { return }
        // What began at one look has used up the time of as many; what was not used in a long time is not made up for.
        let due = last.adding(seconds: spacingSeconds * Double(begun.count { $0 == last }))
        nextAt = max(due, now.adding(seconds: -max(0, machine.policy.execution.pollSeconds)))
    }

    var isFree: Bool { nextAt <= now }

    /// Counts one that begins now.
    mutating func use() {
        if let spacingSeconds { nextAt = nextAt.adding(seconds: spacingSeconds) }
    }
}
