import ClusterModel
import Placement

/// A way for a VM to make room: by a host where it stops over.
struct Detour {
    /// The move that is replaced; `nil` for a VM that is not to move, and comes back.
    var job: Int?
    /// Another move can go at once when it has left.
    var helps: Bool
    /// The station is to be empty, which a VM on it holds up.
    var closes: Bool
    /// What it adds, by the objective: time on links, or what the guest loses.
    var cost: Int64
    var first: JobTable.Row
    var second: JobTable.Row

    func isBetter(than other: Detour) -> Bool {
        if helps != other.helps { return helps }
        if closes != other.closes { return !closes }
        return (cost, first.vm, first.to) < (other.cost, other.first.vm, other.first.to)
    }
}

extension Run {
    /// Stations on equally fast paths that are kept for one VM: the others would cost the same.
    private static let stationLimit = 4

    /// The cheapest ways for one VM. Hosts whose paths are equally fast cost the same, so few of them need a
    /// prediction.
    ///
    /// - Parameter job: the move that is replaced; `nil` for a VM that comes back to where it is.
    func detours(
        of vm: Int, from source: Int, to target: Int, job: Int?, helps: Bool, avoiding wanted: Set<Int>
    ) -> [Detour] {
        let paths = work.packed.paths
        struct Path: Hashable {
            var there: Double
            var onwards: Double
            var closes: Bool
        }
        var stations: [Path: [Int]] = [:]
        for host in 0..<work.hostCount
        where !wanted.contains(host) && isStation(host, vm: vm, from: source, to: target) {
            let path = Path(
                there: paths.bandwidth(from: source, to: host), onwards: paths.bandwidth(from: host, to: target),
                closes: work.closingMilliseconds[host] != nil || work.urgency.wantsEmpty(host))
            if stations[path, default: []].count < Self.stationLimit { stations[path, default: []].append(host) }
        }
        return stations.flatMap { path, hosts in
            hosts.compactMap { host in
                guard case .success(let first) = work.row(vm: vm, from: source, to: host),
                    case .success(let second) = work.row(vm: vm, from: host, to: target)
                else { return nil }
                return Detour(
                    job: job, helps: helps, closes: path.closes, cost: cost(first, second, insteadOf: job),
                    first: first,
                    second: second)
            }
        }
    }

    private func cost(_ first: JobTable.Row, _ second: JobTable.Row, insteadOf job: Int?) -> Int64 {
        work.request.objective == .disturbance
            ? first.disturbance + second.disturbance - (job.map { jobs.disturbance[$0] } ?? 0)
            : first.milliseconds + second.milliseconds - (job.map { jobs.milliseconds[$0] } ?? 0)
    }

    private func isStation(_ host: Int, vm: Int, from source: Int, to target: Int) -> Bool {
        guard host != source, host != target, isOpen[host], hasRoom(for: vm, on: host) else { return false }
        let packed = work.packed
        guard packed.mayStopOver(vm, from: source, at: host), packed.paths.allows(vm: vm, from: host, to: target) else {
            return false
        }
        let crossed = work.separation.crossed(vm: vm, from: source, to: host).entered
        guard crossed.allSatisfy({ !isFull(Int($0)) }) else { return false }
        return packed.groupsOfVM[vm].allSatisfy { index in
            let group = packed.groups[Int(index)]
            guard group.required, group.kind == .together else { return true }
            let domain = group.domainOfHost[host]
            return domain == group.domainOfHost[source] || domain == group.domainOfHost[target]
        }
    }
}
