import Placement

/// A host that a VM can go by way of.
private struct Station {
    var host: Int
    /// It is to be switched off, which a VM on it holds up.
    var closes: Bool
    var secondsPerBit: Double

    func isBetter(than other: Station) -> Bool {
        if closes != other.closes { return !closes }
        return secondsPerBit == other.secondsPerBit ? host < other.host : secondsPerBit < other.secondsPerBit
    }
}

/// What to do when nothing runs and every waiting move waits for another.
extension Run {
    /// VMs looked at for one detour, cheapest first: bounds the work in a large cluster.
    private static let candidateLimit = 64

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
        for job in candidates(among: waiting, wantedHosts, wantedDomains) {
            guard !relieved.contains(Int(jobs.from[job])), takeDetour(job, avoiding: wantedHosts) else { continue }
            hasBegun = true
            relieved.formUnion(hostsLeading(to: Int(jobs.from[job]), through: waiting))
        }
        return hasBegun
    }

    /// Moves that make room, or free a place in a domain, where another waits for it; those that let one go first, then
    /// the shortest.
    private func candidates(
        among waiting: [Int], _ wantedHosts: Set<Int>, _ wantedDomains: Set<Int32>
    ) -> [Int] {
        let helpful = waiting.filter { job in
            jobs.previousLeg[job] < 0 && !bannedFromStations.contains(jobs.vm[job])
                && (wantedHosts.contains(Int(jobs.from[job]))
                    || jobs.leftRange(job).contains { wantedDomains.contains(jobs.left[$0]) })
        }
        let rated = helpful.map { job in
            (job: job, helps: waiting.contains { jobs.to[$0] == jobs.from[job] && makesRoom(job, for: $0) })
        }
        let sorted = rated.sorted { left, right in
            if left.helps != right.helps { return left.helps }
            let (first, second) = (jobs.milliseconds[left.job], jobs.milliseconds[right.job])
            return first == second ? left.job < right.job : first < second
        }
        return sorted.prefix(Self.candidateLimit).map(\.job)
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

    private mutating func takeDetour(_ job: Int, avoiding wanted: Set<Int>) -> Bool {
        let (vm, source, target) = (Int(jobs.vm[job]), Int(jobs.from[job]), Int(jobs.to[job]))
        let paths = work.packed.paths
        var stations: [Station] = []
        for host in 0..<work.hostCount
        where !wanted.contains(host) && isStation(host, vm: vm, from: source, to: target) {
            let there = paths.bandwidth(from: source, to: host)
            let onwards = paths.bandwidth(from: host, to: target)
            let closes = work.closingMilliseconds[host] != nil
            stations.append(Station(host: host, closes: closes, secondsPerBit: 1 / there + 1 / onwards))
        }
        for station in stations.sorted(by: { $0.isBetter(than: $1) }) {
            guard case .success(let first) = work.row(vm: vm, from: source, to: station.host),
                case .success(let second) = work.row(vm: vm, from: station.host, to: target)
            else { continue }
            if detour(job, first: first, second: second) { return true }
        }
        return false
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
