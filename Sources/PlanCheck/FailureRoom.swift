import ClusterModel

/// Where the VMs of each host would restart, kept up to date as a plan is replayed.
///
/// For each host that can fail it holds one way to place the VMs. As long as the hosts named there have the room,
/// the failure is survived; only failures whose places were taken, or whose VMs became more, are placed anew. VMs
/// are placed by memory, descending, on the first host with room that comes after the failed one (which spreads the
/// places, so that few are taken by one move); when that leaves a VM over, first-fit decreasing in document order
/// by memory, then by CPU. The best of the three counts.
///
/// A VM on the move counts on both hosts. When its source fails, it restarts, and what was kept for it at its
/// destination is free again; when its destination fails, it goes on running at its source.
struct FailureRoom {
    enum Fullness {
        case memory, cpu
    }

    private struct Placement {
        var failed: [Int]
        var places: [Int: [Int]]
        var homeless: Int
    }

    private let replay: Replay
    private let rows: VMRows
    private let capacity: [[Double]]
    private let fullness: Fullness
    private let loads: LoadModel
    private var load: [[Double]]
    private var home: [[Int]]
    /// Moves under way, by source.
    private var leaving: [[Int]]
    private var isAvailable: [Bool]
    private var placements: [Int: Placement] = [:]
    private var homeless = 0
    private var users: [Set<Int>]
    private var stale: Set<Int> = []
    private var numbers: [Int]

    init(replay: Replay, loads: LoadModel, fullness: Fullness) {
        self.replay = replay
        self.loads = loads
        self.fullness = fullness
        rows = VMRows(cluster: replay.cluster, loads: loads)
        let full = ResourceLimits(cpu: 1, memory: 1, disk: 1, network: 1)
        capacity = replay.cluster.hosts.map { host in
            loads.roomRow(of: host, limits: full).map { $0 + abs($0) * LoadModel.slack }
        }
        load = replay.residents.map { loads.total(of: $0) }
        home = replay.residents
        leaving = [[Int]](repeating: [], count: home.count)
        isAvailable = replay.cluster.hosts.map { HostCondition($0.state).takesVMs }
        users = [Set<Int>](repeating: [], count: home.count)
        numbers = Self.numbers(at: 0, loads)
    }

    /// Local disks are not copied when a host fails: they do not count here.
    private static func numbers(at seconds: Double, _ loads: LoadModel) -> [Int] {
        loads.mustFit(from: seconds).filter { loads.resource(of: $0) != .localDisk }
    }

    // MARK: Replaying

    mutating func setAvailability(_ isAvailable: (Int) -> Bool) {
        self.isAvailable = home.indices.map { isAvailable($0) }
        stale.formUnion(home.indices)
    }

    mutating func begin(_ move: Int) {
        let (vm, from, to) = (replay.moves[move].vm, replay.moves[move].from, replay.moves[move].to)
        loads.add(vm, to: &load[to])
        leaving[from].append(move)
        stale.formUnion(users[to])
    }

    mutating func end(_ move: Int) {
        let (vm, from, to) = (replay.moves[move].vm, replay.moves[move].from, replay.moves[move].to)
        loads.add(vm, sign: -1, to: &load[from])
        leaving[from].removeAll { $0 == move }
        home[from].removeAll { $0 == vm }
        home[to].append(vm)
        // Its room at the destination is no longer free when the source fails, and the destination has one more to
        // save.
        stale.insert(to)
        stale.insert(from)
    }

    mutating func open(_ host: Int) {
        if home.indices.contains(host) { isAvailable[host] = true }
    }

    mutating func close(_ host: Int) {
        isAvailable[host] = false
        stale.formUnion(users[host])
    }

    // MARK: Counting

    /// VMs without room at the start, by the less lucky of the two usual orders.
    func shortfallAtStart() -> Int {
        let others = fullest()
        var totals = [0, 0]
        for host in home.indices where mayFail(host) {
            let failed = failing(host, others)
            totals[0] += place(failed, by: .memory, startingAt: 0).homeless
            totals[1] += place(failed, by: .cpu, startingAt: 0).homeless
        }
        return max(totals[0], totals[1])
    }

    /// VMs without room now, and, when they are more than `allowed`, the hosts whose failure leaves them so.
    mutating func shortfall(at seconds: Double, above allowed: Int) -> (count: Int, hosts: [Int]) {
        if replay.plan.policy.horizonSeconds != nil { numbers = Self.numbers(at: seconds, loads) }
        let others = fullest()
        // With single failures nothing has changed for a host that is not stale; with more, the fullest may have.
        for host in others.isEmpty ? stale.sorted() : Array(home.indices) {
            guard mayFail(host) else {
                forget(host)
                continue
            }
            let failed = failing(host, others)
            if let known = placements[host], known.failed == failed, !stale.contains(host) || holds(known) {
                continue
            }
            replace(host, failed)
        }
        stale.removeAll(keepingCapacity: true)
        guard homeless > allowed else { return (homeless, []) }
        // Room may have come free since these were placed.
        for host in placements.filter({ $0.value.homeless > 0 }).keys.sorted() { replace(host, failing(host, others)) }
        return (homeless, placements.filter { $0.value.homeless > 0 }.keys.sorted())
    }

    /// With several failures an empty host counts too: it is lost as room, and the fullest fail with it.
    private func mayFail(_ host: Int) -> Bool {
        !home[host].isEmpty || replay.plan.policy.spareHosts > 1 && isAvailable[host]
    }

    /// The fullest hosts, as many as fail together.
    private func fullest() -> [Int] {
        let count = replay.plan.policy.spareHosts
        guard count > 1 else { return [] }
        let number = fullness == .memory ? loads.cpuSlots : 0
        let filled = home.indices.filter(mayFail)
            .map { host in (-load[host][number] / max(capacity[host][number], .leastNormalMagnitude), host) }
        return filled.sorted { $0 < $1 }.prefix(count).map { $0.1 }
    }

    private func failing(_ host: Int, _ fullest: [Int]) -> [Int] {
        [host] + fullest.filter { $0 != host }.prefix(max(0, replay.plan.policy.spareHosts - 1))
    }

    // MARK: Placing

    private mutating func forget(_ host: Int) {
        guard let known = placements.removeValue(forKey: host) else { return }
        homeless -= known.homeless
        for place in known.places.keys { users[place].remove(host) }
    }

    private mutating func replace(_ host: Int, _ failed: [Int]) {
        forget(host)
        var best = place(failed, by: .memory, startingAt: host + 1)
        for order in [Fullness.memory, .cpu] where best.homeless > 0 {
            let other = place(failed, by: order, startingAt: 0)
            if other.homeless < best.homeless { best = other }
        }
        for place in best.places.keys { users[place].insert(host) }
        placements[host] = best
        homeless += best.homeless
    }

    private func place(_ failed: [Int], by order: Fullness, startingAt first: Int) -> Placement {
        var placement = Placement(failed: failed, places: [:], homeless: 0)
        let released = self.released(by: failed)
        var taken: [Int: [Double]] = [:]
        for vm in restarting(failed, by: order) {
            let row = rows.row(of: vm)
            func takes(_ host: Int) -> Bool {
                guard isAvailable[host] else { return false }
                // What has been taken leaves no more room than there was; what is released does.
                guard !released.isEmpty || fits(row, on: host, beside: nil) else { return false }
                guard rows.reaches(vm, host), !failed.contains(host) else { return false }
                return fits(row, on: host, beside: taken[host] ?? released[host])
            }
            let start = min(first, home.count)
            guard let found = (start..<home.count).first(where: takes) ?? (0..<start).first(where: takes) else {
                placement.homeless += 1
                continue
            }
            var used = taken[found] ?? released[found] ?? [Double](repeating: 0, count: loads.width)
            for number in numbers { used[number] += row[number] }
            taken[found] = used
            placement.places[found, default: []].append(vm)
        }
        return placement
    }

    private func restarting(_ failed: [Int], by order: Fullness) -> [Int] {
        let number = order == .memory ? loads.cpuSlots : 0
        let vms = failed.flatMap { home[$0] }.filter { replay.cluster.vms[$0].restartOnFailure }
        return vms.map { (-rows.row(of: $0)[number], $0) }.sorted { $0 < $1 }.map { $0.1 }
    }

    /// What failing sources no longer need at the destinations of their VMs, as negative loads.
    private func released(by failed: [Int]) -> [Int: [Double]] {
        var released: [Int: [Double]] = [:]
        for host in failed {
            for move in leaving[host] {
                loads.add(
                    replay.moves[move].vm, sign: -1,
                    to: &released[replay.moves[move].to, default: [Double](repeating: 0, count: loads.width)])
            }
        }
        return released
    }

    private func fits(_ row: [Double], on host: Int, beside used: [Double]?) -> Bool {
        numbers.allSatisfy { load[host][$0] + (used?[$0] ?? 0) + row[$0] <= capacity[host][$0] }
    }

    /// Whether the places of a placement are still free, and are for all VMs that need one.
    private func holds(_ placement: Placement) -> Bool {
        var placed: Set<Int> = []
        let released = self.released(by: placement.failed)
        for (host, vms) in placement.places {
            guard isAvailable[host] else { return false }
            placed.formUnion(vms)
            var used = released[host] ?? [Double](repeating: 0, count: loads.width)
            for vm in vms {
                let row = rows.row(of: vm)
                for number in numbers { used[number] += row[number] }
            }
            guard numbers.allSatisfy({ load[host][$0] + used[$0] <= capacity[host][$0] }) else { return false }
        }
        let missing = placement.failed.joinedHomes(home).count {
            replay.cluster.vms[$0].restartOnFailure && !placed.contains($0)
        }
        return missing == 0 && placement.homeless == 0
    }
}

extension [Int] {
    fileprivate func joinedHomes(_ home: [[Int]]) -> [Int] { flatMap { home[$0] } }
}
