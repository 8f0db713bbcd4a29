import Placement

/// Finds a good order of the moves: by the most loaded link for large plans, by counted local search for small ones.
struct OrderSearch {
    /// Above this many moves only the queues decide: they come near the bound there, and a search would not end.
    static let searchedMoves = 40
    /// Steps without gain after which the search is thrown back from a mixed-up best order.
    private static let patience = 120

    let work: Workload
    let banned: Set<Int32>

    /// How good a run is: what it leaves out first, then how long it takes.
    struct Score: Comparable {
        var dropped: Int
        var stations: Int
        var makespan: Int64

        static func < (left: Score, right: Score) -> Bool {
            (left.dropped, left.makespan, left.stations) < (right.dropped, right.makespan, right.stations)
        }
    }

    private struct Candidate {
        var order: [Int32]
        var isStrict: Bool
        var score: Score
    }

    func best() -> Run {
        let template = Run(work: work, bannedFromStations: banned)
        var queued = template
        var dispatcher = QueueDispatcher(run: template)
        queued.complete(with: &dispatcher)
        let bound = LowerBound.milliseconds(of: work, jobs: Array(0..<work.jobs.count))
        let score = Self.score(queued)
        guard work.jobs.count > 1, work.jobs.count <= Self.searchedMoves, !Self.isGoodEnough(score, bound) else {
            return queued
        }
        let found = search(from: template, beating: score, bound: bound)
        return found ?? queued
    }

    /// Nothing is left out, nothing makes a detour, and a thousandth is all that could be gained.
    private static func isGoodEnough(_ score: Score, _ bound: Int64) -> Bool {
        score.dropped == 0 && score.stations == 0 && score.makespan - bound <= 1 + bound / 1000
    }

    static func score(_ run: Run) -> Score {
        var lastDeparture = [Int64](repeating: 0, count: run.work.hostCount)
        var end: Int64 = 0
        var dropped = 0
        for job in 0..<run.jobs.count {
            switch run.status[job] {
            case .done:
                end = max(end, run.endedAt[job])
                let source = Int(run.jobs.from[job])
                lastDeparture[source] = max(lastDeparture[source], run.endedAt[job])
            case .dropped: dropped += 1
            case .pending, .running, .waiting, .replaced: break
            }
        }
        for (host, closing) in run.work.closingMilliseconds.enumerated() {
            if let closing { end = max(end, lastDeparture[host] + closing) }
        }
        return Score(dropped: dropped, stations: run.stations, makespan: end)
    }

    // MARK: Search

    /// Local search over orders. The work is counted, so that the answer is the same everywhere.
    private func search(from template: Run, beating start: Score, bound: Int64) -> Run? {
        var random = RandomSource(seed: 0x5EED)
        var budget = work.request.effort * 150
        var best: Candidate?
        var sinceBest = 0
        func evaluate(_ order: [Int32], _ isStrict: Bool) -> Candidate {
            let run = complete(template, order, isStrict)
            budget -=
                100 + order.count * order.count / 2 + work.load.count / 8
                + run.exactQuestions * work.packed.vmCount * 8
            let candidate = Candidate(order: order, isStrict: isStrict, score: Self.score(run))
            sinceBest += 1
            if candidate.score < best?.score ?? start {
                best = candidate
                sinceBest = 0
            }
            return candidate
        }
        func isDone() -> Bool {
            budget <= 0 || work.packed.isOutOfTime || sinceBest > Self.patience * 6 || Self.isGoodEnough(best?.score ?? start, bound)
        }
        var current = evaluate(byBottleneck(), false)
        for (order, isStrict) in [(byBottleneck(), true), (byDuration(), false), (byDuration(), true)] where !isDone() {
            let other = evaluate(order, isStrict)
            if other.score < current.score { current = other }
        }
        var sinceGain = 0
        while !isDone() {
            let neighbour = mutated(current, times: sinceGain > Self.patience ? 4 : 1, &random)
            let other = evaluate(neighbour.order, neighbour.isStrict)
            if other.score < current.score { sinceGain = 0 } else { sinceGain += 1 }
            if other.score <= current.score || sinceGain > Self.patience + 1 {
                if sinceGain > Self.patience + 1 { sinceGain = 0 }
                current = other
            }
        }
        return best.map { complete(template, $0.order, $0.isStrict) }
    }

    private func complete(_ template: Run, _ order: [Int32], _ isStrict: Bool) -> Run {
        var run = template
        var dispatcher = OrderDispatcher(order: order, isStrict: isStrict, linkCount: work.links.count)
        run.complete(with: &dispatcher)
        return run
    }

    private func mutated(_ candidate: Candidate, times: Int, _ random: inout RandomSource) -> Candidate {
        var changed = candidate
        let count = changed.order.count
        if random.below(8) == 0 { changed.isStrict.toggle() }
        for _ in 0..<times {
            let from = random.below(count)
            let to = random.below(count)
            if random.below(3) == 0 {
                changed.order.swapAt(from, to)
            } else {
                changed.order.insert(changed.order.remove(at: from), at: to)
            }
        }
        return changed
    }

    private func byBottleneck() -> [Int32] {
        var workLeft = [Double](repeating: 0, count: work.links.count)
        for job in 0..<work.jobs.count {
            for index in work.jobs.linkRange(job) {
                let link = Int(work.jobs.links[index])
                let share = Double(work.jobs.bandwidth[job]) / Double(max(1, work.links.capacity[link]))
                workLeft[link] += Double(work.jobs.milliseconds[job]) * share
            }
        }
        let keys = (0..<work.jobs.count).map { job in
            work.jobs.linkRange(job).reduce(0) { max($0, workLeft[Int(work.jobs.links[$1])]) }
        }
        return sorted { (keys[$0], work.jobs.milliseconds[$0]) > (keys[$1], work.jobs.milliseconds[$1]) }
    }

    private func byDuration() -> [Int32] { sorted { work.jobs.milliseconds[$0] > work.jobs.milliseconds[$1] } }

    /// Ties keep the order of the VMs.
    private func sorted(by isBefore: (Int, Int) -> Bool) -> [Int32] {
        (0..<work.jobs.count).sorted { isBefore($0, $1) || (!isBefore($1, $0) && $0 < $1) }.map { Int32($0) }
    }
}
