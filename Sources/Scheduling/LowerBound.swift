/// What no schedule that takes every VM straight to its place, at its path's full bandwidth, can undercut.
///
/// Each move has a head (it cannot start before: boots, times of VMs, room that others have to leave first) and a tail
/// (what must follow once it has ended: shutdowns, moves into the room that it leaves). On each link, the moves whose
/// heads and tails are at least r and q need r, their link time, and q.
struct LowerBound {
    /// Different tails that are tried on one link.
    private static let tailsTried = 8

    private let work: Workload
    private let jobs: [Int]
    private var heads: [Int64]
    private var tails: [Int64]

    /// - Parameters:
    ///   - jobs: moves that go straight.
    ///   - strays: VMs that do not.
    static func milliseconds(of work: Workload, jobs: [Int], strays: [RoomWaits.Stray] = []) -> Int64 {
        var bound = LowerBound(work: work, jobs: jobs)
        let roomBound = bound.raiseByRoom(strays)
        return max(roomBound, bound.ofLinks(), bound.ofHosts())
    }

    private init(work: Workload, jobs: [Int]) {
        self.work = work
        self.jobs = jobs
        heads = jobs.map(work.head)
        tails = jobs.map(work.tail)
    }

    /// Time runs backwards as well as forwards: the room that a move leaves is a tail, as the room it waits for is a
    /// head.
    private mutating func raiseByRoom(_ strays: [RoomWaits.Stray]) -> Int64 {
        let forwards = RoomWaits(work: work, jobs: jobs, strays: strays, isReversed: false)
        let backwards = RoomWaits(work: work, jobs: jobs, strays: strays, isReversed: true)
        forwards.raise(&heads)
        backwards.raise(&tails)
        return max(forwards.bound(heads: heads, tails: tails), backwards.bound(heads: tails, tails: heads))
    }

    /// Boots, shutdowns, and the longest move with what comes before and behind it.
    private func ofHosts() -> Int64 {
        var bound = work.closingMilliseconds.reduce(Int64(0)) { max($0, $1 ?? 0) }
        for host in work.request.powerOn { bound = max(bound, work.opensAtMilliseconds[host] ?? 0) }
        for (index, job) in jobs.enumerated() {
            bound = max(bound, heads[index] + work.jobs.milliseconds[job] + tails[index])
        }
        return bound
    }

    // MARK: Links

    private func ofLinks() -> Int64 {
        var members = [[Int32]](repeating: [], count: work.links.count)
        for (index, job) in jobs.enumerated() {
            for link in work.jobs.linkRange(job) { members[Int(work.jobs.links[link])].append(Int32(index)) }
        }
        return members.indices.reduce(Int64(0)) { members[$1].isEmpty ? $0 : max($0, of(link: $1, members[$1])) }
    }

    private func of(link: Int, _ members: [Int32]) -> Int64 {
        let latestFirst = members.map(Int.init).sorted { (heads[$0], $0) > (heads[$1], $1) }
        let distinct = Set(members.map { tails[Int($0)] }).sorted()
        let stride = (distinct.count + Self.tailsTried - 1) / Self.tailsTried
        let capacity = Double(max(1, work.links.capacity[link]))
        let slots = Double(max(1, work.links.slots[link]))
        var bound: Int64 = 0
        for (position, tail) in distinct.enumerated() where position % stride == 0 {
            var (linkTime, placeTime) = (0.0, 0.0)
            for index in latestFirst where tails[index] >= tail {
                let duration = Double(work.jobs.milliseconds[jobs[index]])
                linkTime += duration * Double(work.jobs.bandwidth[jobs[index]]) / capacity
                placeTime += duration / slots
                bound = max(bound, heads[index] + Milliseconds.wholeAtLeast(max(linkTime, placeTime)) + tail)
            }
        }
        return bound
    }
}
