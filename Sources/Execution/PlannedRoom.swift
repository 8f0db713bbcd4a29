internal import ClusterModel

/// When hosts and the run as a whole have room for one more migration, if migrations follow each other as planned.
struct PlannedRoom {
    /// One end of a host's migrations.
    private enum Gate: Hashable {
        case out(host: String)
        case into(host: String)
    }

    /// By planned end: the latest expected end of those planned to end by then.
    private struct Queue {
        private var plannedEnds: [Double] = []
        private var expectedEnds: [Timestamp] = []

        private func firstAfter(_ seconds: Double) -> Int {
            var (low, high) = (0, plannedEnds.count)
            while low < high {
                let middle = (low + high) / 2
                if plannedEnds[middle] <= seconds { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// Plans carry times to about a millisecond.
        func free(at plannedStart: Double) -> Timestamp? {
            let count = firstAfter(plannedStart + 1e-3)
            return count > 0 ? expectedEnds[count - 1] : nil
        }

        mutating func take(plannedEnd: Double, until end: Timestamp) {
            let index = firstAfter(plannedEnd)
            plannedEnds.insert(plannedEnd, at: index)
            expectedEnds.insert(index > 0 ? max(expectedEnds[index - 1], end) : end, at: index)
            for later in (index + 1)..<max(index + 1, expectedEnds.count) where expectedEnds[later] < end {
                expectedEnds[later] = end
            }
        }
    }

    private let most: Int
    private var queues: [Gate: Queue] = [:]
    /// Ends of the migrations that are expected to be under way last, earliest first; as many as may run at once.
    private var slots: [Timestamp] = []

    init(most: Int) { self.most = most }

    /// The earliest moment with room for a step; `nil`: any, as for power steps.
    func free(for step: PlanStep) -> Timestamp? {
        guard let migration = step.migration else { return nil }
        let gates: [Gate] = [.out(host: migration.from), .into(host: migration.to)]
        let ends = gates.compactMap { queues[$0]?.free(at: step.startSeconds) }
        return (ends + (slots.count >= most ? [slots[0]] : [])).max()
    }

    mutating func take(_ step: PlanStep, until end: Timestamp) {
        guard let migration = step.migration else { return }
        for gate in [Gate.out(host: migration.from), .into(host: migration.to)] {
            queues[gate, default: Queue()].take(plannedEnd: step.endSeconds, until: end)
        }
        slots.insert(end, at: slots.firstIndex { $0 > end } ?? slots.count)
        if slots.count > most { slots.removeFirst() }
    }
}
