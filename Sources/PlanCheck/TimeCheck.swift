import ClusterModel

/// Start times and `after` tell the same story, and nothing starts before its time.
struct TimeCheck {
    let replay: Replay

    /// - Complexity: O(steps + `after` entries).
    func violations() -> [Violation] {
        replay.plan.steps.indices.flatMap { violations(of: $0) }
    }

    private func violations(of step: Int) -> [Violation] {
        let plan = replay.plan
        let start = plan.steps[step].startSeconds
        var found = replay.graph.predecessors[step].compactMap { earlier -> Violation? in
            let end = plan.steps[earlier].endSeconds
            guard start < end - Replay.sameTimeSeconds else { return nil }
            return Violation(
                promise: .startTimes, step: replay.stepID(step),
                message: "starts at \(start) s, before \(replay.stepID(earlier)) in its `after` ends at \(end) s")
        }
        // Timestamps are whole milliseconds.
        if let earliest = plan.steps[step].notBefore, start < earliest.seconds(since: plan.startsAt) - 0.001 {
            found.append(
                Violation(
                    promise: .startTimes, step: replay.stepID(step),
                    message: "starts at \(start) s, its notBefore is \(earliest)"))
        }
        return found
    }
}
