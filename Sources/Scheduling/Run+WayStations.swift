import ClusterModel
import Placement

/// A way for a blocked VM to make room: by a host where it stops over.
private struct Detour {
    var job: Int
    /// Another move can go at once when it has left.
    var helps: Bool
    var station: Int
    /// The station is to be empty, which a VM on it holds up.
    var closes: Bool
    /// What it adds, by the objective: time on links, or what the guest loses.
    var cost: Int64
    var first: JobTable.Row
    var second: JobTable.Row

    func isBetter(than other: Detour) -> Bool {
        if helps != other.helps { return helps }
        if closes != other.closes { return !closes }
        return (cost, job, station) < (other.cost, other.job, other.station)
    }
}

/// What to do when nothing runs and every waiting move waits for another.
extension Run {
    /// VMs looked at for one detour, cheapest first: bounds the work in a large cluster.
    private static let candidateLimit = 64
    /// Stations on equally fast paths that are kept for one VM: the others would cost the same.
    private static let stationLimit = 4

    /// Sends one VM of each independent circle of waiting moves by way of a host that has room. `false`: none can go.
    mutating func breakDeadlock() -> Bool {
        let waiting = (0..<jobs.count).filter { status[$0] == .pending }
        let obstacles = waiting.map { obstacle($0) }
        var wantedHosts: Set<Int> = []
        var wantedDomains: Set<Int32> = []
        for (job, found) in zip(waiting, obstacles) {
            if found == room(on: Int(jobs.to[job])) { wantedHosts.insert(Int(jobs.to[job])) }
            for index in jobs.enteredRange(job) where found == domain(Int(jobs.entered[index])) {
                wantedDomains.insert(jobs.entered[index])
            }
        }
        var relieved: Set<Int> = []
        var hasBegun = false
        for option in detours(among: waiting, wantedHosts, wantedDomains) {
            let (job, source) = (option.job, Int(jobs.from[option.job]))
            guard status[job] == .pending, !relieved.contains(source),
                detour(job, first: option.first, second: option.second)
            else { continue }
            hasBegun = true
            relieved.formUnion(hostsLeading(to: source, through: waiting))
        }
        return hasBegun
    }

    /// Ways for moves that make room, or free a place in a domain, where another waits for it, the cheapest first.
    private func detours(among waiting: [Int], _ wantedHosts: Set<Int>, _ wantedDomains: Set<Int32>) -> [Detour] {
        let helpful = waiting.filter { job in
            jobs.previousLeg[job] < 0 && !bannedFromStations.contains(jobs.vm[job])
                && (wantedHosts.contains(Int(jobs.from[job]))
                    || jobs.leftRange(job).contains { wantedDomains.contains(jobs.left[$0]) })
        }
        let shortest = helpful.sorted { (jobs.milliseconds[$0], $0) < (jobs.milliseconds[$1], $1) }
        let options = shortest.prefix(Self.candidateLimit).flatMap { job in
            let helps = waiting.contains { jobs.to[$0] == jobs.from[job] && makesRoom(job, for: $0) }
            return detours(of: job, helps: helps, avoiding: wantedHosts)
        }
        return options.sorted { $0.isBetter(than: $1) }
    }

    private func makesRoom(_ job: Int, for other: Int) -> Bool {
        let columns = work.columns
        let host = Int(jobs.from[job]) * columns
        let (leaving, coming) = (Int(jobs.vm[job]) * columns, Int(jobs.vm[other]) * columns)
        let loads = work.packed.load
        for column in 0..<columns
        where load[host + column] - loads[leaving + column] + loads[coming + column] > work.packed.limit[host + column]
        {
            return false
        }
        return true
    }

    /// The host and all from which a chain of waiting moves leads there: one detour may set all of them going.
    private func hostsLeading(to host: Int, through waiting: [Int]) -> Set<Int> {
        var sources: [Int: [Int]] = [:]
        for job in waiting { sources[Int(jobs.to[job]), default: []].append(Int(jobs.from[job])) }
        var found: Set<Int> = [host]
        var open = [host]
        while let next = open.popLast() {
            for source in sources[next] ?? [] where found.insert(source).inserted { open.append(source) }
        }
        return found
    }

    /// The cheapest ways for one VM. Hosts whose paths are equally fast cost the same, so few of them need a prediction.
    private func detours(of job: Int, helps: Bool, avoiding wanted: Set<Int>) -> [Detour] {
        let (vm, source, target) = (Int(jobs.vm[job]), Int(jobs.from[job]), Int(jobs.to[job]))
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
                    job: job, helps: helps, station: host, closes: path.closes, cost: cost(first, second, job),
                    first: first, second: second)
            }
        }
    }

    private func cost(_ first: JobTable.Row, _ second: JobTable.Row, _ job: Int) -> Int64 {
        work.request.objective == .disturbance
            ? first.disturbance + second.disturbance - jobs.disturbance[job]
            : first.milliseconds + second.milliseconds - jobs.milliseconds[job]
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
