import ClusterModel
import Placement

/// Which hosts are to be empty by when, and before which others.
struct Urgency: Sendable {
    struct Deadline: Sendable {
        var host: Int
        var milliseconds: Int64
    }

    /// By host index.
    let deadlines: [Deadline]
    /// Hosts in the order in which they are to be empty; only for the objective `firstEmpty`.
    let emptyFirst: [Int]

    init(request: ScheduleRequest) {
        deadlines = request.deadlineSeconds.sorted { $0.key < $1.key }.map {
            Deadline(host: $0.key, milliseconds: Milliseconds.roundedDown($0.value))
        }
        guard request.objective == .firstEmpty else {
            emptyFirst = []
            return
        }
        guard request.emptyFirst.isEmpty else {
            emptyFirst = request.emptyFirst
            return
        }
        let leaving = Self.bytesLeaving(request)
        emptyFirst = Set(request.powerOff + request.enterMaintenance).sorted {
            leaving[$0] == leaving[$1] ? $0 < $1 : leaving[$0] < leaving[$1]
        }
    }

    private static func bytesLeaving(_ request: ScheduleRequest) -> [Int64] {
        let packed = request.packed
        var leaving = [Int64](repeating: 0, count: packed.hostCount)
        for vm in 0..<packed.vmCount where request.target[vm] != packed.home[vm] {
            leaving[Int(packed.home[vm])] += packed.vm(vm).memoryBytes
        }
        return leaving
    }

    var isEmpty: Bool { deadlines.isEmpty && emptyFirst.isEmpty }

    /// Whether a VM that stops over there would be in the way.
    func wantsEmpty(_ host: Int) -> Bool {
        deadlines.contains { $0.host == host } || emptyFirst.contains(host)
    }

    /// A rank for each host, low ones first: by deadline, then in the order of `emptyFirst`; a host that has to make
    /// room for a more urgent one's VMs shares its rank.
    func ranks(of work: Workload) -> [Int32] {
        var ranks = [Int32](repeating: Int32.max, count: work.hostCount)
        let byDeadline = deadlines.sorted { ($0.milliseconds, $0.host) < ($1.milliseconds, $1.host) }
        for host in byDeadline.map(\.host) + emptyFirst where ranks[host] == Int32.max {
            ranks[host] = Int32(ranks.count { $0 != Int32.max })
        }
        return inherited(ranks, work)
    }

    private func inherited(_ own: [Int32], _ work: Workload) -> [Int32] {
        var ranks = own
        var targets = [[Int]](repeating: [], count: work.hostCount)
        let crowded = Self.crowdedHosts(of: work)
        for job in 0..<work.jobs.count where crowded[Int(work.jobs.to[job])] {
            targets[Int(work.jobs.from[job])].append(Int(work.jobs.to[job]))
        }
        var open = ranks.indices.filter { ranks[$0] != Int32.max }.sorted { ranks[$0] > ranks[$1] }
        while let host = open.popLast() {
            for target in targets[host] where ranks[target] > ranks[host] {
                ranks[target] = ranks[host]
                open.append(target)
            }
        }
        return ranks
    }

    /// Hosts where what is to arrive does not fit before something has left.
    private static func crowdedHosts(of work: Workload) -> [Bool] {
        let columns = work.columns
        var load = work.load
        for job in 0..<work.jobs.count {
            let (vm, host) = (Int(work.jobs.vm[job]) * columns, Int(work.jobs.to[job]) * columns)
            for column in 0..<columns { load[host + column] += work.packed.load[vm + column] }
        }
        return (0..<work.hostCount).map { host in
            (host * columns..<(host + 1) * columns).contains { load[$0] > work.packed.limit[$0] }
        }
    }
}
