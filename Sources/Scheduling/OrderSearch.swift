import Placement
import Randomness

/// Finds a good order of the moves: by the most loaded link for large plans, by counted local search for small ones.
struct OrderSearch {
    /// Above this many moves only the queues decide: they come near the bound there, and a search would not end.
    static let searchedMoves = 40
    /// Steps without gain after which the search is thrown back from a mixed-up best order.
    private static let patience = 120
    /// Starts that the exact search may try, for each unit of effort.
    private static let startsPerEffort = 20

    let work: Workload
    let banned: Set<Int32>

    private struct Candidate {
        var order: [Int32]
        var isStrict: Bool
        var score: Score
    }

    struct Found {
        var run: Run
        /// No schedule in which every VM goes straight is shorter, as far as links and room decide.
        var provedMilliseconds: Int64 = 0
    }

    func best() -> Found {
        let template = Run(work: work, bannedFromStations: banned)
        if !work.request.order.isEmpty { return Found(run: complete(template, givenOrder, true)) }
        let queued = bestQueued(from: template)
        let bound = LowerBound.milliseconds(of: work, jobs: Array(0..<work.jobs.count))
        let score = Score(queued)
        guard work.jobs.count > 1, work.jobs.count <= Self.searchedMoves, !Self.isGoodEnough(score, bound) else {
            return Found(run: queued)
        }
        let found = search(from: template, beating: score, bound: bound) ?? queued
        guard work.jobs.count <= ExactOrder.mostMoves, !Self.isGoodEnough(Score(found), bound) else {
            return Found(run: found)
        }
        return proved(found, template)
    }

    /// A shorter run of few moves, or the proof that there is none.
    private func proved(_ found: Run, _ template: Run) -> Found {
        let score = Score(found)
        guard score.costs.isEmpty, work.urgency.deadlines.isEmpty else { return Found(run: found) }
        let known = score.dropped == 0 ? score.makespan : Int64.max
        let answer = ExactOrder.search(work, known: known, budget: work.request.effort * Self.startsPerEffort)
        var result = Found(run: found)
        if let order = answer.order {
            var run = template
            var dispatcher = SerialDispatcher(order: order)
            run.complete(with: &dispatcher)
            if Score(run) < score { result.run = run }
        }
        let isStraight = result.run.stations == 0 && !result.run.status.contains(.dropped)
        if isStraight { result.provedMilliseconds = answer.provedMilliseconds ?? 0 }
        return result
    }

    /// Without urgent hosts, and with them first when there are any.
    private func bestQueued(from template: Run) -> Run {
        func completed(_ ranks: [Int32]?) -> Run {
            var run = template
            var dispatcher = QueueDispatcher(run: template, ranks: ranks)
            run.complete(with: &dispatcher)
            return run
        }
        let plain = completed(nil)
        guard !work.urgency.isEmpty else { return plain }
        let urgent = completed(work.urgency.ranks(of: work))
        return Score(plain) < Score(urgent) ? plain : urgent
    }

    /// The moves in the order that was asked for.
    private var givenOrder: [Int32] {
        var rank = [Int](repeating: Int.max, count: work.packed.vmCount)
        for (position, vm) in work.request.order.enumerated() { rank[vm] = min(rank[vm], position) }
        return (0..<work.jobs.count).sorted { left, right in
            let (a, b) = (rank[Int(work.jobs.vm[left])], rank[Int(work.jobs.vm[right])])
            return a == b ? left < right : a < b
        }.map { Int32($0) }
    }

    /// Nothing is left out, nothing makes a detour, and a thousandth is all that could be gained.
    private static func isGoodEnough(_ score: Score, _ bound: Int64) -> Bool {
        score.dropped == 0 && score.stations == 0 && score.tardiness == 0 && score.costs.isEmpty
            && score.makespan - bound <= 1 + bound / 1000
    }

    // MARK: Search

    /// Local search over orders. The work is counted, so that the answer is the same everywhere.
    private func search(from template: Run, beating start: Score, bound: Int64) -> Run? {
        var random = SplitMix64(seed: 0x5EED)
        var budget = work.request.effort * 150
        var best: Candidate?
        var sinceBest = 0
        func evaluate(_ order: [Int32], _ isStrict: Bool) -> Candidate {
            let run = complete(template, order, isStrict)
            budget -=
                100 + order.count * order.count / 2 + work.load.count / 8
                + run.exactQuestions * work.packed.vmCount * 8
            let candidate = Candidate(order: order, isStrict: isStrict, score: Score(run))
            sinceBest += 1
            if candidate.score < best?.score ?? start {
                best = candidate
                sinceBest = 0
            }
            return candidate
        }
        func isDone() -> Bool {
            budget <= 0 || work.packed.isOutOfTime || sinceBest > Self.patience * 6
                || Self.isGoodEnough(best?.score ?? start, bound)
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

    private func mutated(_ candidate: Candidate, times: Int, _ random: inout SplitMix64) -> Candidate {
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
