import ClusterModel

/// Whichever host fails, together with the `spareHosts` - 1 fullest others, its VMs with `restartOnFailure` find
/// room on the hosts that are on and stay on; a start that lacks it is not made worse.
///
/// Held at the predicted times, after every instant at which something starts or ends. "Worse" means that the
/// number of VMs without room, summed over the failures, is higher than at the start. The contract leaves the order
/// of first-fit decreasing open, so a state is good when any of three orders finds room (see `FailureRoom`), and
/// the start is taken by the less lucky of the two usual ones: no plan is called unsafe for having been made with
/// another order.
struct SpareCapacityCheck {
    private let replay: Replay
    private let loads: LoadModel

    init(replay: Replay, loads: LoadModel) {
        self.replay = replay
        self.loads = loads
    }

    /// - Complexity: O(hosts x VMs per host x hosts) for the start; then, per instant, the failures whose places
    ///   were taken.
    func violations() -> [Violation] {
        guard replay.plan.policy.spareHosts > 0, !replay.moves.isEmpty || !replay.switches.allSatisfy(\.isEmpty) else {
            return []
        }
        var fullestBy: [FailureRoom.Fullness] = [.memory]
        // Which hosts are the fullest is open too; it matters only when more than one host fails.
        if replay.plan.policy.spareHosts > 1 { fullestBy.append(.cpu) }
        var found: [Violation] = []
        for fullness in fullestBy {
            found = follow(fullness)
            if found.isEmpty { return [] }
        }
        return found
    }

    private func follow(_ fullness: FailureRoom.Fullness) -> [Violation] {
        var room = FailureRoom(replay: replay, loads: loads, fullness: fullness)
        // What the start lacks matters only where something is lacking later.
        let start = room
        var worst = 0
        var isStartKnown = false
        room.setAvailability { host in spans(of: host).first?.from == -.infinity }
        var found: [Violation] = []
        for instant in instants() {
            for event in instant.events { apply(event, to: &room) }
            var now = room.shortfall(at: instant.seconds, above: worst)
            if now.count > worst, !isStartKnown {
                worst = start.shortfallAtStart()
                isStartKnown = true
                now = room.shortfall(at: instant.seconds, above: worst)
            }
            guard now.count > worst else { continue }
            worst = now.count
            let hosts = now.hosts.prefix(5).map { replay.hostID($0) }.joined(separator: ", ")
            found.append(
                Violation(
                    promise: .spareCapacity, step: instant.events.last.map { replay.stepID($0.step) },
                    host: now.hosts.first.map { replay.hostID($0) },
                    message: "at \(instant.seconds) s \(now.count) VMs would find no room if one of \(hosts) failed"))
        }
        return found
    }

    private func apply(_ event: Event, to room: inout FailureRoom) {
        switch event.change {
        case .begins(let move): room.begin(move)
        case .ends(let move): room.end(move)
        case .opens(let host): room.open(host)
        case .closes(let host): room.close(host)
        }
    }

    // MARK: Timeline

    private struct Event {
        enum Change {
            case begins(move: Int)
            case ends(move: Int)
            case opens(host: Int)
            case closes(host: Int)
        }

        let seconds: Double
        /// At one moment ends come before starts, except that of a step without duration.
        let rank: Int
        let step: Int
        let change: Change
    }

    private struct Instant {
        let seconds: Double
        var events: [Event]
    }

    private func instants() -> [Instant] {
        var events: [Event] = []
        for (index, move) in replay.moves.enumerated() {
            events.append(Event(seconds: move.startSeconds, rank: 1, step: move.step, change: .begins(move: index)))
            let end = max(move.endSeconds - Replay.sameTimeSeconds, move.startSeconds)
            let rank = end > move.startSeconds ? 0 : 2
            events.append(Event(seconds: end, rank: rank, step: move.step, change: .ends(move: index)))
        }
        for host in replay.switches.indices {
            guard let step = replay.switches[host].last else { continue }
            for span in spans(of: host) {
                if span.from > -.infinity {
                    events.append(Event(seconds: span.from, rank: 0, step: step, change: .opens(host: host)))
                }
                if span.until < .infinity {
                    events.append(Event(seconds: span.until, rank: 1, step: step, change: .closes(host: host)))
                }
            }
        }
        if events.isEmpty, let step = replay.switches.joined().min() {
            events.append(Event(seconds: 0, rank: 0, step: step, change: .opens(host: -1)))
        }
        events.sort { ($0.seconds, $0.rank, $0.step) < ($1.seconds, $1.rank, $1.step) }
        var instants: [Instant] = []
        for event in events {
            if let last = instants.last, last.seconds == event.seconds {
                instants[instants.count - 1].events.append(event)
            } else {
                instants.append(Instant(seconds: event.seconds, events: [event]))
            }
        }
        return instants
    }

    /// While a host counts, in seconds of the plan.
    private struct Span {
        var from: Double
        var until: Double
    }

    /// When a host is on and stays on. One that is down at the end never counts: it is given up from the beginning. One
    /// that goes down and comes back counts but from the beginning of its emptying until it is back.
    private func spans(of host: Int) -> [Span] {
        var condition = HostCondition(replay.cluster.hosts[host].state)
        var open: Double? = condition.takesVMs ? -.infinity : nil
        var found: [Span] = []
        for step in replay.switches[host] {
            let (action, times) = (replay.plan.steps[step].action, replay.plan.steps[step])
            let wasOpen = condition.takesVMs
            _ = condition.apply(action)
            if let from = open, wasOpen, !condition.takesVMs || action.takesHostDown {
                found.append(Span(from: from, until: max(from, emptying(of: host, before: times.startSeconds))))
                open = nil
            }
            if open == nil, condition.takesVMs { open = times.endSeconds }
        }
        guard condition.takesVMs, let from = open else { return [] }
        return found + [Span(from: from, until: .infinity)]
    }

    /// When the host begins to be emptied: at the first departure after the last arrival before it goes down.
    private func emptying(of host: Int, before seconds: Double) -> Double {
        let arrived = replay.arrivals[host].map { replay.moves[$0] }.filter { $0.startSeconds < seconds }
            .reduce(-Double.infinity) { max($0, $1.endSeconds) }
        let departures = replay.departures[host].map { replay.moves[$0].startSeconds }
        return departures.filter { $0 >= arrived - Replay.sameTimeSeconds && $0 < seconds }.min() ?? seconds
    }
}
