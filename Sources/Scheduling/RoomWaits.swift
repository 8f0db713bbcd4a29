import Placement

/// How long moves wait at least for the room that others leave, when every VM goes straight to its place.
///
/// Reversed, time runs backwards: every VM is at its target and moves home. A VM counts at both ends of its move, so
/// what has to hold is the same, and what is a wait before a move becomes a wait behind it.
struct RoomWaits {
    /// Hosts looked at while waits are passed on, for each crowded host; in a circle it would never end.
    private static let visitsPerHost = 20
    /// Departures from one host that are looked at one after another.
    private static let departuresTried = 64

    /// A host where what arrives does not fit before something has left.
    private struct CrowdedHost {
        /// Positions of its moves.
        var arrivals: [Int]
        var departures: [Int]
        /// Room at the beginning, for each column.
        var free: [Int64]
        /// For each column: the most that so many departures leave, from none to all.
        var mostLeft: [[Int64]]
    }

    private let columns: Int
    private let load: [Int64]
    private let vm: [Int]
    private let milliseconds: [Int64]
    /// Link time of each move where it arrives, and where it leaves.
    private let arrivalTime: [Double]
    private let departureTime: [Double]
    private let hosts: [CrowdedHost]
    /// Index into `hosts` of the host that each move leaves; -1 when that is not crowded.
    private let leaves: [Int]

    /// A VM that goes by way of a station, or makes room and comes back: from its first host it may be gone from the
    /// beginning, and to its last it may come at the end.
    struct Stray {
        var vm: Int
        var from: Int
        var to: Int
    }

    /// - Parameter jobs: moves that go straight; positions count in these.
    init(work: Workload, jobs: [Int], strays: [Stray], isReversed: Bool) {
        columns = work.columns
        load = work.packed.load
        vm = jobs.map { Int(work.jobs.vm[$0]) }
        milliseconds = jobs.map { work.jobs.milliseconds[$0] }
        func linkTime(_ job: Int, _ link: Int) -> Double {
            Double(work.jobs.milliseconds[job]) * Double(work.jobs.bandwidth[job])
                / Double(max(1, work.links.capacity[link]))
        }
        let leaving = jobs.map { linkTime($0, work.links.out(of: Int(work.jobs.from[$0]))) }
        let coming = jobs.map { linkTime($0, work.links.into(Int(work.jobs.to[$0]))) }
        (arrivalTime, departureTime) = isReversed ? (leaving, coming) : (coming, leaving)
        var arrivals = [[Int]](repeating: [], count: work.hostCount)
        var departures = arrivals
        for (index, job) in jobs.enumerated() {
            let (source, target) = (Int(work.jobs.from[job]), Int(work.jobs.to[job]))
            arrivals[isReversed ? source : target].append(index)
            departures[isReversed ? target : source].append(index)
        }
        let straight = jobs.map {
            Stray(vm: Int(work.jobs.vm[$0]), from: Int(work.jobs.from[$0]), to: Int(work.jobs.to[$0]))
        }
        var free = Self.free(work, isReversed: isReversed, moves: straight + strays)
        for stray in strays {
            let host = isReversed ? stray.to : stray.from
            for column in 0..<columns { free[host * columns + column] += load[stray.vm * columns + column] }
        }
        var crowded: [CrowdedHost] = []
        var leaves = [Int](repeating: -1, count: jobs.count)
        for host in 0..<work.hostCount where !arrivals[host].isEmpty && !departures[host].isEmpty {
            // A host above a limit at the start may stay so: only below the limits is the end a state like any other.
            let isOver = (host * columns..<(host + 1) * columns).contains {
                work.load[$0] > work.packed.limit[$0]
            }
            guard !isReversed || !isOver else { continue }
            let found = Self.crowdedHost(
                arrivals[host], departures[host], free: Array(free[host * columns..<(host + 1) * columns]), vm: vm,
                load: load)
            guard let found else { continue }
            for departure in departures[host] { leaves[departure] = crowded.count }
            crowded.append(found)
        }
        hosts = crowded
        self.leaves = leaves
    }

    /// Limit less load of each host and column: at the start or, reversed, when all moves have been made.
    private static func free(_ work: Workload, isReversed: Bool, moves: [Stray]) -> [Int64] {
        let columns = work.columns
        var free = work.load.indices.map { work.packed.limit[$0] - work.load[$0] }
        guard isReversed else { return free }
        for move in moves {
            for column in 0..<columns {
                let size = work.packed.load[move.vm * columns + column]
                free[move.from * columns + column] += size
                free[move.to * columns + column] -= size
            }
        }
        return free
    }

    private static func crowdedHost(
        _ arrivals: [Int], _ departures: [Int], free: [Int64], vm: [Int], load: [Int64]
    ) -> CrowdedHost? {
        let columns = free.count
        let isCrowded = (0..<columns).contains { column in
            arrivals.reduce(0) { $0 + load[vm[$1] * columns + column] } > free[column]
        }
        guard isCrowded else { return nil }
        let mostLeft = (0..<columns).map { column in
            departures.map { load[vm[$0] * columns + column] }.sorted(by: >)
                .reduce(into: [Int64(0)]) { sums, amount in sums.append((sums.last ?? 0) + amount) }
        }
        return CrowdedHost(arrivals: arrivals, departures: departures, free: free, mostLeft: mostLeft)
    }

    // MARK: Heads

    /// Raises each head to the time by which enough of its destination's departures can have ended.
    func raise(_ heads: inout [Int64]) {
        var isQueued = [Bool](repeating: true, count: hosts.count)
        var queue = Array(hosts.indices)
        var next = 0
        while next < queue.count, next < Self.visitsPerHost * hosts.count {
            let host = hosts[queue[next]]
            isQueued[queue[next]] = false
            next += 1
            let ends = ends(of: host, heads)
            for arrival in host.arrivals {
                guard let needed = departuresNeeded(before: arrival, on: host), needed > 0 else { continue }
                guard ends[needed - 1] > heads[arrival] else { continue }
                heads[arrival] = ends[needed - 1]
                let left = leaves[arrival]
                guard left >= 0, !isQueued[left] else { continue }
                isQueued[left] = true
                queue.append(left)
            }
        }
    }

    /// When one, two ... departures can have ended at the earliest.
    private func ends(of host: CrowdedHost, _ heads: [Int64]) -> [Int64] {
        let single = host.departures.map { heads[$0] + milliseconds[$0] }.sorted()
        let begin = host.departures.map { heads[$0] }.min() ?? 0
        let shortest = host.departures.map { departureTime[$0] }.sorted()
        var sum = 0.0
        return zip(single, shortest).map { end, time in
            sum += time
            return max(end, begin + Milliseconds.wholeAtLeast(sum))
        }
    }

    /// `nil`: not even all departures make enough room.
    private func departuresNeeded(before arrival: Int, on host: CrowdedHost) -> Int? {
        var needed = 0
        for column in 0..<columns {
            let missing = load[vm[arrival] * columns + column] - host.free[column]
            guard missing > 0 else { continue }
            guard let count = host.mostLeft[column].firstIndex(where: { $0 >= missing }) else { return nil }
            needed = max(needed, count)
        }
        return needed
    }

    // MARK: Bound

    /// Before the k-th departure has ended, only what fits into the first room and that of k - 1 departures can have
    /// arrived or be on its way; the link time of the rest comes behind it.
    func bound(heads: [Int64], tails: [Int64]) -> Int64 {
        var bound: Int64 = 0
        for host in hosts {
            let tail = host.arrivals.map { tails[$0] }.min() ?? 0
            let total = host.arrivals.reduce(0) { $0 + arrivalTime[$1] }
            let ends = ends(of: host, heads)
            for column in 0..<columns {
                let sorted = byLinkTimePerLoad(host.arrivals, column)
                for count in 0..<min(ends.count, Self.departuresTried) {
                    let room = host.free[column] + host.mostLeft[column][count]
                    let before = mostLinkTime(of: sorted, within: room, column)
                    guard before < total else { break }
                    bound = max(bound, ends[count] + Milliseconds.wholeAtLeast(total - before) + tail)
                }
            }
        }
        return bound
    }

    private func byLinkTimePerLoad(_ arrivals: [Int], _ column: Int) -> [Int] {
        func ratio(_ index: Int) -> Double { arrivalTime[index] / Double(max(1, load[vm[index] * columns + column])) }
        return arrivals.sorted { (ratio($0), $1) > (ratio($1), $0) }
    }

    /// The most link time that moves within so much room can have; the last of them in part.
    private func mostLinkTime(of sorted: [Int], within room: Int64, _ column: Int) -> Double {
        var left = max(0, room)
        var time = 0.0
        for index in sorted {
            let size = load[vm[index] * columns + column]
            guard size > left else {
                left -= size
                time += arrivalTime[index]
                continue
            }
            return time + arrivalTime[index] * Double(left) / Double(size)
        }
        return time
    }
}
