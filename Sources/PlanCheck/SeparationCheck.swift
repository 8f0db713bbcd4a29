/// One required rule that lets at most so many of its VMs be in each domain, at the predicted times and in every
/// order.
///
/// A VM on the move counts at both ends, once per domain: it enters a domain when its move starts and has left one
/// when its move has ended. So the most VMs that a domain can have is a `BestSelection`, as with loads.
struct SeparationCheck {
    /// With more domains than this both entered and left, a rule that was broken at the start is held to each
    /// domain's own count at the start instead of the sum, whose maximum takes 2^domains selections.
    static let maximumJointDomains = 12

    private let replay: Replay
    private let rule: String
    private let most: Int
    private let isRefused: Bool
    private let before: [Int: Int]
    private let after: [Int: Int]
    /// Moves of the rule's VMs from one domain to another, as they stand in the plan.
    private let crossings: [Crossing]

    private struct Crossing {
        let move: Int
        let from: Int
        let to: Int
    }

    init(replay: Replay, rule: String, vms: [Int], domainOfHost: [Int], most: Int, isRefused: Bool) {
        self.replay = replay
        self.rule = rule
        // No rule has more VMs; the bound keeps sums of a hostile number from overflowing.
        self.most = min(max(most, 0), vms.count)
        self.isRefused = isRefused
        var before: [Int: Int] = [:]
        var after: [Int: Int] = [:]
        for vm in vms {
            if let host = replay.initialHost[vm] { before[domainOfHost[host], default: 0] += 1 }
            if let host = replay.finalHost(of: vm) { after[domainOfHost[host], default: 0] += 1 }
        }
        self.before = before
        self.after = after
        crossings = vms.flatMap { replay.movesOfVM[$0] }.sorted().compactMap { move in
            let (from, to) = (domainOfHost[replay.moves[move].from], domainOfHost[replay.moves[move].to])
            return from == to ? nil : Crossing(move: move, from: from, to: to)
        }
    }

    /// - Complexity: O(crossings^2) when every domain could hold all that ever enters it, else a minimum cut per
    ///   domain; for a rule that was broken at the start, and whose domains do not settle it one by one, 2^domains
    ///   minimum cuts.
    func violations() -> [Violation] {
        let excessBefore = excess(before)
        let excessAfter = excess(after)
        if excessAfter > excessBefore || excessAfter > 0 && !isRefused {
            let why = excessAfter <= excessBefore ? ", and `refusals` does not name the rule" : ""
            return [
                violation(.ruleAtEnd, nil, "\(excessAfter) VMs too many at the end, \(excessBefore) at the start\(why)")
            ]
        }
        return onTheWay(excessBefore).map { [$0] } ?? inEveryOrder(excessBefore).map { [$0] } ?? []
    }

    private func excess(_ counts: [Int: Int]) -> Int {
        counts.values.reduce(0) { $0 + max(0, $1 - most) }
    }

    private func violation(_ promise: Promise, _ move: Int?, _ what: String) -> Violation {
        Violation(
            promise: promise, step: move.map { replay.stepID(ofMove: $0) },
            vm: move.map { replay.vmID(replay.moves[$0].vm) }, rule: rule,
            message: "rule \(rule) lets \(most) of its VMs be in one domain: \(what)")
    }

    // MARK: Predicted times

    private func onTheWay(_ excessBefore: Int) -> Violation? {
        for crossing in crossings {
            let step = replay.moves[crossing.move].step
            var counts = before
            for other in crossings {
                if replay.hasStarted(other.move, whenStarts: step) { counts[other.to, default: 0] += 1 }
                if replay.hasEnded(other.move, whenStarts: step) { counts[other.from, default: 0] -= 1 }
            }
            let now = excess(counts)
            if now > excessBefore {
                let host = replay.hostID(replay.moves[crossing.move].to)
                return violation(
                    .ruleOnTheWay, crossing.move,
                    "\(now) too many when VM \(replay.vmID(replay.moves[crossing.move].vm)) goes to \(host), "
                        + "\(excessBefore) at the start")
            }
        }
        return nil
    }

    // MARK: Every order

    private func inEveryOrder(_ excessBefore: Int) -> Violation? {
        let domains = Set(crossings.map(\.to)).sorted()
        let crowded = domains.filter { domain in
            let allowed = max(most, before[domain] ?? 0)
            guard (before[domain] ?? 0) + crossings.count(where: { $0.to == domain }) > allowed else { return false }
            return worstCount(in: [domain]).count > allowed
        }
        guard let first = crowded.first else { return nil }
        if excessBefore == 0 { return outOfOrder(worstCount(in: [first]), excessBefore) }
        // Another domain's relief may make up for this one: only the sum over domains decides.
        let touched = Set(crossings.flatMap { [$0.from, $0.to] }).sorted()
        guard touched.count <= Self.maximumJointDomains else {
            return outOfOrder(worstCount(in: [first]), excessBefore)
        }
        let untouched = before.filter { !touched.contains($0.key) }
        for choice in 1..<(1 << touched.count) {
            let chosen = touched.indices.filter { choice >> $0 & 1 == 1 }.map { touched[$0] }
            let worst = worstCount(in: Set(chosen))
            if worst.count - most * chosen.count + excess(untouched) > excessBefore {
                return outOfOrder(worst, excessBefore)
            }
        }
        return nil
    }

    /// The most VMs that can be in these domains, summed, and the moves into them that have started then.
    private func worstCount(in domains: Set<Int>) -> (count: Int, moves: [Int]) {
        let entering = crossings.filter { domains.contains($0.to) }
        let leaving = crossings.filter { domains.contains($0.from) }
        let options = entering.map { crossing in
            BestSelection.Option(
                gain: 1, needs: leaving.indices.filter { replay.isBefore(leaving[$0].move, crossing.move) })
        }
        let best = BestSelection(options: options, costs: leaving.map { _ in 1 }).solve()
        let initial = domains.reduce(0) { $0 + (before[$1] ?? 0) }
        return (initial + Int(best.worth.rounded()), best.taken.map { entering[$0].move })
    }

    private func outOfOrder(_ worst: (count: Int, moves: [Int]), _ excessBefore: Int) -> Violation {
        let last = worst.moves.max { replay.moves[$0].startSeconds < replay.moves[$1].startSeconds }
        let names = worst.moves.prefix(5).map { replay.stepID(ofMove: $0) }.joined(separator: ", ")
        return violation(
            .ruleInEveryOrder, last,
            "\(worst.count) can be when \(names) have started and nothing has ended that need not; "
                + "\(excessBefore) too many at the start")
    }
}
