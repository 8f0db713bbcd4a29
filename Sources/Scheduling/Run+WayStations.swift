import ClusterModel
import Placement

/// What to do when nothing runs and every waiting move waits for another.
extension Run {
    /// VMs looked at for one detour, cheapest first: bounds the work in a large cluster.
    private static let candidateLimit = 64
    /// VMs of one host looked at that are not to move at all.
    private static let bystanderLimit = 16

    /// Sends one VM of each independent circle of waiting moves by way of a host that has room; when none can go so,
    /// and the request allows it, one that is not to move makes room for a while. `false`: nothing can be done.
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
            let source = option.first.from
            guard !relieved.contains(source), take(option) else { continue }
            hasBegun = true
            relieved.formUnion(hostsLeading(to: source, through: waiting))
        }
        if !hasBegun, work.request.movesOthers {
            let blocked = zip(waiting, obstacles).filter { $1 == room(on: Int(jobs.to[$0])) }.map(\.0)
            return bystanderDetours(for: blocked, avoiding: wantedHosts).contains { take($0) }
        }
        return hasBegun
    }

    private mutating func take(_ option: Detour) -> Bool {
        if let job = option.job, status[job] != .pending { return false }
        return detour(option.job, first: option.first, second: option.second)
    }

    /// Ways for VMs that are not to move, out of the way of one that is, and back; the cheapest first.
    private func bystanderDetours(for blocked: [Int], avoiding wanted: Set<Int>) -> [Detour] {
        let packed = work.packed
        let moved = Set(jobs.vm)
        let options = blocked.flatMap { job -> [Detour] in
            let host = Int(jobs.to[job])
            let others = packed.residents[host].filter { vm in
                packed.home[Int(vm)] == work.request.target[Int(vm)] && packed.vm(Int(vm)).migration == .live
                    && packed.eligibility.allows(vm: Int(vm), host: host) && !moved.contains(vm)
                    && !bannedFromStations.contains(vm) && makesRoom(vm, on: host, for: job)
            }
            let smallest = others.sorted { (packed.vm(Int($0)).memoryBytes, $0) < (packed.vm(Int($1)).memoryBytes, $1) }
            return smallest.prefix(Self.bystanderLimit).flatMap { vm in
                detours(of: Int(vm), from: host, to: host, job: nil, helps: true, avoiding: wanted)
            }
        }
        return options.sorted { $0.isBetter(than: $1) }
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
            let (vm, source) = (jobs.vm[job], Int(jobs.from[job]))
            let helps = waiting.contains { Int(jobs.to[$0]) == source && makesRoom(vm, on: source, for: $0) }
            return detours(
                of: Int(vm), from: source, to: Int(jobs.to[job]), job: job, helps: helps, avoiding: wantedHosts)
        }
        return options.sorted { $0.isBetter(than: $1) }
    }

    /// Whether a move could start to the host once the VM has left it.
    private func makesRoom(_ vm: Int32, on host: Int, for other: Int) -> Bool {
        let columns = work.columns
        let host = host * columns
        let (leaving, coming) = (Int(vm) * columns, Int(jobs.vm[other]) * columns)
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
}
