import Placement

/// The shortest schedule of a few moves that go straight to their places, or the proof that none is shorter than a
/// known one: depth first over the orders of starts, with a bound from the links.
///
/// Some order gives the best schedule when each move starts as soon as it can, but not before the one ahead of it: take
/// the start times of a best one; by induction nothing starts later. Rules and spare capacity are left out, so what is
/// proved is a bound for the whole question, and what is found has to be tried.
struct ExactOrder {
    static let mostMoves = 12
    /// States kept for one set of started moves, none of which is at least as early as another in every move.
    private static let frontSize = 24

    private let count: Int
    private let columns: Int
    private let work: Workload
    private let tails: [Int64]
    private let heads: [Int64]
    private let milliseconds: [Int64]
    /// Load of each move's VM, for each column; and what was free on its destination at the start.
    private let load: [Int64]
    private let freeAtTarget: [Int64]
    /// For each move, as bits: those that arrive where it arrives, and those that leave from there.
    private let besides: [UInt32]
    private let before: [UInt32]
    /// Whether its destination is so full that something has to leave before all can arrive.
    private let isCrowded: [Bool]
    /// For each move its links, as positions in `capacity`, and its share of the time of each.
    private let linksOf: [[Int]]
    private let capacity: [Int64]
    private let slots: [Int32]
    private let bandwidth: [Int64]

    private var limit: Int64
    private var budget: Int
    private var order: [Int32] = []
    private var best: [Int32]?
    private var ends: [Int64]
    private var fronts: [UInt32: [[Int64]]] = [:]

    struct Answer {
        /// An order that is shorter than what was known.
        var order: [Int32]?
        /// No schedule of straight moves is shorter; `nil` when the work that was allowed did not suffice.
        var provedMilliseconds: Int64?
    }

    /// - Parameters:
    ///   - known: the makespan of a schedule that is there.
    ///   - budget: starts that are tried.
    static func search(_ work: Workload, known: Int64, budget: Int) -> Answer {
        var search = ExactOrder(work, known: known, budget: budget)
        search.descend(started: 0, time: 0)
        return Answer(order: search.best, provedMilliseconds: search.budget > 0 ? search.limit : nil)
    }

    private init(_ work: Workload, known: Int64, budget: Int) {
        self.work = work
        self.budget = budget
        limit = known
        let (jobs, columns) = (work.jobs, work.columns)
        count = jobs.count
        self.columns = columns
        milliseconds = jobs.milliseconds
        bandwidth = jobs.bandwidth
        let all = 0..<jobs.count
        heads = all.map(work.head)
        tails = all.map(work.tail)
        func bits(_ isMember: (Int) -> Bool) -> UInt32 { all.reduce(0) { isMember($1) ? $0 | 1 << UInt32($1) : $0 } }
        besides = all.map { job in bits { jobs.to[$0] == jobs.to[job] } }
        before = all.map { job in bits { jobs.from[$0] == jobs.to[job] } }
        load = all.flatMap { job in (0..<columns).map { work.packed.load[Int(jobs.vm[job]) * columns + $0] } }
        freeAtTarget = all.flatMap { job in
            (0..<columns).map { column in
                let index = Int(jobs.to[job]) * columns + column
                return work.packed.limit[index] - work.load[index]
            }
        }
        let (load, free) = (load, freeAtTarget)
        isCrowded = all.map { job in
            (0..<columns).contains { column in
                let arriving = all.reduce(0) { jobs.to[$1] == jobs.to[job] ? $0 + load[$1 * columns + column] : $0 }
                return arriving > free[job * columns + column]
            }
        }
        let used = Set(all.flatMap { jobs.links[jobs.linkRange($0)] }).sorted()
        let position = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        linksOf = all.map { jobs.links[jobs.linkRange($0)].compactMap { position[$0] } }
        capacity = used.map { work.links.capacity[Int($0)] }
        slots = used.map { work.links.slots[Int($0)] }
        ends = [Int64](repeating: 0, count: jobs.count)
    }

    // MARK: Search

    private mutating func descend(started: UInt32, time: Int64) {
        guard order.count < count else {
            limit = (0..<count).reduce(0) { max($0, ends[$1] + tails[$1]) }
            best = order
            return
        }
        guard budget > 0, bound(started, time) < limit, isNew(started, time) else { return }
        for child in children(started, time) {
            budget -= 1
            guard budget > 0 else { return }
            guard child.start + milliseconds[child.job] + tails[child.job] < limit else { continue }
            ends[child.job] = child.start + milliseconds[child.job]
            order.append(Int32(child.job))
            descend(started: started | 1 << UInt32(child.job), time: child.start)
            order.removeLast()
            ends[child.job] = 0
        }
    }

    /// Moves that can be the next to start, the earliest first. One that another could be over before is left out when
    /// that one's place takes everybody: it may as well go first.
    private func children(_ started: UInt32, _ time: Int64) -> [(job: Int, start: Int64)] {
        var found: [(job: Int, start: Int64)] = []
        var firstOver = Int64.max
        for job in 0..<count where started & 1 << UInt32(job) == 0 {
            guard let start = earliestStart(of: job, started, time) else { continue }
            found.append((job, start))
            if !isCrowded[job] { firstOver = min(firstOver, start + milliseconds[job]) }
        }
        return found.filter { $0.start < firstOver }.sorted { left, right in
            left.start == right.start
                ? (milliseconds[right.job], left.job) < (milliseconds[left.job], right.job) : left.start < right.start
        }
    }

    private func earliestStart(of job: Int, _ started: UInt32, _ time: Int64) -> Int64? {
        var at = max(time, heads[job])
        while !canStart(job, at, started) {
            var next = Int64.max
            for other in 0..<count where started & 1 << UInt32(other) != 0 && ends[other] > at {
                next = min(next, ends[other])
            }
            guard next < Int64.max else { return nil }
            at = next
        }
        return at
    }

    private func canStart(_ job: Int, _ at: Int64, _ started: UInt32) -> Bool {
        for link in linksOf[job] {
            var (used, moves) = (bandwidth[job], Int32(1))
            for other in 0..<count
            where started & 1 << UInt32(other) != 0 && ends[other] > at && linksOf[other].contains(link) {
                used += bandwidth[other]
                moves += 1
            }
            if used > capacity[link] || moves > slots[link] { return false }
        }
        guard isCrowded[job] else { return true }
        let (arrived, left) = (besides[job] & started, before[job] & started)
        for column in 0..<columns {
            var free = freeAtTarget[job * columns + column] - load[job * columns + column]
            for other in 0..<count {
                if arrived & 1 << UInt32(other) != 0 { free -= load[other * columns + column] }
                if left & 1 << UInt32(other) != 0, ends[other] <= at { free += load[other * columns + column] }
            }
            if free < 0 { return false }
        }
        return true
    }

    // MARK: Pruning

    /// Each link still has to carry what runs and what waits; each waiting move still has to be made.
    private func bound(_ started: UInt32, _ time: Int64) -> Int64 {
        var bound: Int64 = 0
        var shares = [Double](repeating: 0, count: capacity.count)
        var least = [Int64](repeating: Int64.max, count: capacity.count)
        for job in 0..<count {
            let isStarted = started & 1 << UInt32(job) != 0
            let left = isStarted ? max(0, ends[job] - time) : milliseconds[job]
            let begin = isStarted ? time : max(time, heads[job])
            bound = max(bound, begin + left + tails[job])
            for link in linksOf[job] where left > 0 {
                shares[link] += Double(left) * Double(bandwidth[job]) / Double(max(1, capacity[link]))
                least[link] = min(least[link], tails[job])
            }
        }
        for link in shares.indices where shares[link] > 0 {
            bound = max(bound, time + Milliseconds.wholeAtLeast(shares[link]) + least[link])
        }
        return bound
    }

    /// Whether no state with the same moves started was as early in everything; notes this one.
    private mutating func isNew(_ started: UInt32, _ time: Int64) -> Bool {
        // What has ended no longer matters, unless something follows it.
        let state = [time] + ends.enumerated().map { tails[$0] > 0 ? $1 : max($1, time) }
        var front = fronts[started] ?? []
        guard !front.contains(where: { zip($0, state).allSatisfy { $0 <= $1 } }) else { return false }
        if front.count < Self.frontSize {
            front.append(state)
            fronts[started] = front
        }
        return true
    }
}
