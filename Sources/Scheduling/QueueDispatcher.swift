import Placement

/// Starts moves by the work that is left on the most loaded link they use: what is critical goes first.
///
/// Every waiting move stands in the queue of one thing that keeps it from starting, and is looked at again only when
/// that has become freer; so the effort is about that of the moves, not of their square.
struct QueueDispatcher: Dispatcher {
    /// Moves that wait for spare capacity and are tried again at one moment: each may cost a walk over all VMs.
    private static let spareTries = 2

    private var queues: [[Int32]]
    /// Milliseconds of link time still to be started on each link, and what must follow on the host when it is over.
    private var workLeft: [Int64]
    private var hasBegun = false
    /// For each VM the first required group that it must stay together with; -1 for none.
    private let groupOf: [Int32]
    /// Members of each group that are still to be started, and whether one has been.
    private var groupLeft: [Int32]
    private var groupBegun: [Bool]
    private let ranks: [Int32]?

    private struct Key {
        var begun: Bool
        var rank: Int32
        var bottleneck: Int64
        var sum: Int64

        func isAbove(_ other: Key) -> Bool {
            if begun != other.begun { return begun }
            if rank != other.rank { return rank < other.rank }
            return bottleneck == other.bottleneck ? sum > other.sum : bottleneck > other.bottleneck
        }
    }

    /// - Parameter ranks: of each host; moves away from hosts of a low rank go first.
    init(run: Run, ranks: [Int32]? = nil) {
        self.ranks = ranks
        queues = [[Int32]](repeating: [], count: run.obstacleCount)
        workLeft = [Int64](repeating: 0, count: run.work.links.count)
        let packed = run.work.packed
        var groupOf = [Int32](repeating: -1, count: packed.vmCount)
        for (index, group) in packed.groups.enumerated() where group.required && group.kind == .together {
            for member in group.members where groupOf[Int(member)] < 0 { groupOf[Int(member)] = Int32(index) }
        }
        self.groupOf = groupOf
        groupLeft = [Int32](repeating: 0, count: packed.groups.count)
        groupBegun = [Bool](repeating: false, count: packed.groups.count)
        for (host, closing) in run.work.closingMilliseconds.enumerated() {
            workLeft[run.work.links.out(of: host)] += closing ?? 0
        }
        for job in 0..<run.jobs.count { add(job, run, sign: 1) }
    }

    private mutating func add(_ job: Int, _ run: Run, sign: Int64) {
        for index in run.jobs.linkRange(job) {
            workLeft[Int(run.jobs.links[index])] += sign * linkTime(job, index, run)
        }
        let group = groupOf[Int(run.jobs.vm[job])]
        if group >= 0 { groupLeft[Int(group)] += Int32(sign) }
    }

    private func linkTime(_ job: Int, _ index: Int, _ run: Run) -> Int64 {
        let capacity = Double(max(1, run.work.links.capacity[Int(run.jobs.links[index])]))
        return Int64(Double(run.jobs.milliseconds[job]) * (Double(run.jobs.bandwidth[job]) / capacity))
    }

    mutating func relax(_ run: inout Run) -> Bool { false }

    mutating func dispatch(_ run: inout Run) {
        var candidates = gather(&run)
        while !candidates.isEmpty {
            guard let best = takeBest(from: &candidates, run) else { return }
            let obstacle = run.start(Int(best))
            if obstacle == Run.none {
                add(Int(best), run, sign: -1)
                let group = groupOf[Int(run.jobs.vm[Int(best)])]
                if group >= 0 { groupBegun[Int(group)] = true }
            } else {
                queues[obstacle].append(best)
            }
        }
    }

    /// Moves whose obstacle has become freer.
    private mutating func gather(_ run: inout Run) -> [Int32] {
        var candidates = run.released
        for job in run.released { add(Int(job), run, sign: 1) }
        run.released.removeAll(keepingCapacity: true)
        if !hasBegun {
            hasBegun = true
            return (0..<Int32(run.jobs.count)).filter { run.status[Int($0)] == .pending }
        }
        for obstacle in run.freed where !queues[obstacle].isEmpty {
            if obstacle == run.spareCapacity, !run.ends.isEmpty, queues[obstacle].count > Self.spareTries {
                candidates += queues[obstacle].prefix(Self.spareTries)
                queues[obstacle].removeFirst(Self.spareTries)
            } else {
                candidates += queues[obstacle]
                queues[obstacle].removeAll(keepingCapacity: true)
            }
        }
        run.freed.removeAll(keepingCapacity: true)
        candidates.removeAll { run.status[Int($0)] != .pending }
        return candidates
    }

    /// Sends candidates whose link is taken back to its queue, and takes out the most urgent of the others.
    private mutating func takeBest(from candidates: inout [Int32], _ run: Run) -> Int32? {
        var best: (index: Int, key: Key)?
        var index = 0
        while index < candidates.count {
            let job = candidates[index]
            let link = run.linkObstacle(Int(job))
            if link != Run.none {
                queues[link].append(job)
                candidates.swapAt(index, candidates.count - 1)
                candidates.removeLast()
                continue
            }
            let key = key(of: Int(job), run)
            if let known = best {
                let isTie = !key.isAbove(known.key) && !known.key.isAbove(key)
                if key.isAbove(known.key) || (isTie && job < candidates[known.index]) { best = (index, key) }
            } else {
                best = (index, key)
            }
            index += 1
        }
        guard let best else { return nil }
        candidates.swapAt(best.index, candidates.count - 1)
        return candidates.removeLast()
    }

    private func key(of job: Int, _ run: Run) -> Key {
        // A VM on a way-station holds room that others may need.
        let rank = run.jobs.previousLeg[job] >= 0 ? -1 : ranks?[Int(run.jobs.from[job])] ?? 0
        var key = Key(begun: false, rank: rank, bottleneck: 0, sum: 0)
        for index in run.jobs.linkRange(job) {
            let left = workLeft[Int(run.jobs.links[index])]
            key.bottleneck = max(key.bottleneck, left)
            key.sum += left
        }
        let group = groupOf[Int(run.jobs.vm[job])]
        key.begun = group >= 0 && groupBegun[Int(group)] && groupLeft[Int(group)] > 0
        return key
    }
}
