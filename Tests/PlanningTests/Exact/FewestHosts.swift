import ClusterModel
import Placement

/// What a placement must keep intact to be compared with a plan's: it may not be worse than what the plan leaves.
struct Intactness {
    /// Violations that each group may have.
    let violations: [Int]
    /// Whether a VM may stay at home, and not only where the constraints let it go.
    let mayStay: [Bool]
    /// Hosts that may end above a limit, as long as nothing comes to them.
    let mayStayOver: [Bool]
    /// VMs that may be without a place, summed over the failures.
    let shortfall: Int
}

/// The fewest hosts on which the VMs of a small cluster can end, by branch and bound over every set of hosts that stays
/// on: the truth against which the search is held, and none of its code.
///
/// It reads the same packed figures as the search (loads, limits, who may go where), asks the same question about spare
/// capacity, and does the rest itself. Sleeping hosts are woken only when no set of the hosts that are on will do, as
/// the goal says.
struct FewestHosts {
    struct Answer {
        /// Hosts on; `nil` when nothing was found.
        let hostsOn: Int?
        /// Smaller sets of hosts that were given up undecided.
        let undecided: Int
        let nodes: Int
    }

    private let packed: PackedCluster
    private let intact: Intactness
    private let forced: [Int]
    private let candidates: [Int]
    private let asleep: [Int]
    private let allowed: [UInt64]
    /// Hosts on that take no VMs and stay on.
    private let others: Int

    /// - Parameter only: leaves each VM this one host, to ask whether a given placement is accepted.
    init(packed: PackedCluster, intact: Intactness, only: [Int32]? = nil) {
        self.packed = packed
        self.intact = intact
        let hosts = 0..<packed.hostCount
        let pinned = (0..<packed.vmCount).map { Self.isPinned($0, packed) }
        var holds = [Bool](repeating: false, count: packed.hostCount)
        for vm in 0..<packed.vmCount where pinned[vm] { holds[Int(packed.home[vm])] = true }
        forced = hosts.filter { packed.takesVMs[$0] && (holds[$0] || !packed.canSwitchOff[$0]) }
        candidates = hosts.filter { packed.takesVMs[$0] && !holds[$0] && packed.canSwitchOff[$0] }
        asleep = packed.policy.powerSave.wake ? hosts.filter { packed.canWake[$0] } : []
        others = hosts.count { packed.host($0).state == .on && !packed.takesVMs[$0] }
        let allowed = (0..<packed.vmCount).map { vm in
            let home = Int(packed.home[vm])
            var bits: UInt64 = pinned[vm] || intact.mayStay[vm] ? 1 << UInt64(home) : 0
            guard !pinned[vm] else { return bits }
            for host in hosts where host != home && packed.mayMove(vm, from: home, to: host) { bits |= 1 << UInt64(host) }
            return bits
        }
        self.allowed = only.map { only in zip(allowed, only).map { $0 & 1 << UInt64($1) } } ?? allowed
    }

    /// A VM that no plan of this goal moves.
    private static func isPinned(_ vm: Int, _ packed: PackedCluster) -> Bool {
        let document = packed.vm(vm)
        if document.migration == .none || !packed.takesVMs[Int(packed.home[vm])] { return true }
        if let last = document.lastMigratedAt, packed.startsAt.seconds(since: last) < packed.policy.coolDownSeconds {
            return true
        }
        return !packed.paths.isMovable(vm: vm)
    }

    /// - Parameter most: no set larger than this is looked at, hosts that take no VMs included.
    func answer(upTo most: Int) -> Answer {
        var (undecided, nodes) = (0, 0)
        guard most > others else { return Answer(hostsOn: nil, undecided: 0, nodes: 0) }
        for sleepers in 0...asleep.count {
            for size in 1...(most - others) where size >= packed.policy.powerSave.minimumHostsOn {
                let awake = size - forced.count - sleepers
                guard awake >= 0, awake <= candidates.count else { continue }
                for woken in Self.choices(of: asleep, sleepers) {
                    for kept in Self.choices(of: candidates, awake) {
                        var attempt = SubsetSearch(
                            packed: packed, intact: intact, allowed: allowed, hosts: (forced + kept + woken).sorted())
                        let outcome = attempt.run()
                        nodes += attempt.nodes
                        switch outcome {
                        case .found: return Answer(hostsOn: size + others, undecided: undecided, nodes: nodes)
                        case .undecided: undecided += 1
                        case .none: break
                        }
                    }
                }
            }
        }
        return Answer(hostsOn: nil, undecided: undecided, nodes: nodes)
    }

    private static func choices(of items: [Int], _ count: Int) -> [[Int]] {
        if count == 0 { return [[]] }
        guard items.count >= count, let first = items.first else { return [] }
        let rest = Array(items.dropFirst())
        return choices(of: rest, count - 1).map { [first] + $0 } + choices(of: rest, count)
    }
}

/// Whether the VMs can end on one set of hosts: depth first over VMs, the hardest first.
private struct SubsetSearch {
    enum Outcome { case found, none, undecided }

    /// Bounds the proof for one set of hosts.
    private static let nodeLimit = 200_000
    private static let leafLimit = 1000

    private(set) var nodes = 0
    private var leaves = 0
    private let packed: PackedCluster
    private let intact: Intactness
    private let hosts: [Int]
    private let isOn: [Bool]
    private let columns: Int
    private let spare: SpareCapacity
    private let spareHosts: Int
    /// VMs in the order of the search, and where each may be.
    private let order: [Int]
    private let open: [[Int]]
    /// What the VMs from each depth on hold together, for each column.
    private let remaining: [Int64]
    /// The most that each host can end with.
    private let ceiling: [Int64]
    private let required: [[Int]]
    private var load: [Int64]
    private var hostOf: [Int]
    private var strangers: [Int]
    private var counts: [[Int]]
    private var placed: [Int]

    init(packed: PackedCluster, intact: Intactness, allowed: [UInt64], hosts: [Int]) {
        self.packed = packed
        self.intact = intact
        self.hosts = hosts
        spare = SpareCapacity(packed: packed)
        spareHosts = packed.policy.spareHosts
        let columns = packed.dimensionCount
        self.columns = columns
        var isOn = [Bool](repeating: false, count: packed.hostCount)
        for host in hosts { isOn[host] = true }
        self.isOn = isOn
        let inPlay = (0..<packed.vmCount).filter { packed.takesVMs[Int(packed.home[$0])] }
        let room = (0..<columns).map { column in hosts.reduce(1.0) { $0 + Double(packed.limit[$1 * columns + column]) } }
        let size = (0..<packed.vmCount).map { vm in
            (0..<columns).reduce(0.0) { max($0, Double(packed.load[vm * columns + $1]) / room[$1]) }
        }
        let choices = (0..<packed.vmCount).map { vm in hosts.filter { allowed[vm] >> UInt64($0) & 1 == 1 } }
        order = inPlay.sorted { left, right in
            let (first, second) = (min(choices[left].count, 2), min(choices[right].count, 2))
            return first == second ? (size[right], left) < (size[left], right) : first < second
        }
        open = order.map { choices[$0] }
        var remaining = [Int64](repeating: 0, count: (order.count + 1) * columns)
        for depth in order.indices.reversed() {
            for column in 0..<columns {
                remaining[depth * columns + column] =
                    remaining[(depth + 1) * columns + column] + packed.load[order[depth] * columns + column]
            }
        }
        self.remaining = remaining
        load = [Int64](repeating: 0, count: packed.hostCount * columns)
        var ceiling = packed.limit
        for vm in inPlay where intact.mayStayOver[Int(packed.home[vm])] {
            for column in 0..<columns { load[Int(packed.home[vm]) * columns + column] += packed.load[vm * columns + column] }
        }
        for index in ceiling.indices { ceiling[index] = max(ceiling[index], load[index]) }
        self.ceiling = ceiling
        load = [Int64](repeating: 0, count: packed.hostCount * columns)
        hostOf = packed.home.map { Int($0) }
        strangers = [Int](repeating: 0, count: packed.hostCount)
        counts = packed.groups.map { [Int](repeating: 0, count: $0.domainCount) }
        placed = [Int](repeating: 0, count: packed.groups.count)
        required = packed.groupsOfVM.map { $0.map { Int($0) }.filter { packed.groups[$0].required } }
        // Those that are out of play stand where they are.
        for vm in 0..<packed.vmCount where !packed.takesVMs[hostOf[vm]] { put(vm, on: hostOf[vm]) }
    }

    mutating func run() -> Outcome {
        guard open.allSatisfy({ !$0.isEmpty }), hasSpareRoom() else { return .none }
        if descend(0) { return .found }
        return nodes >= Self.nodeLimit || leaves >= Self.leafLimit ? .undecided : .none
    }

    /// Whether the hosts without the largest have, added up, the room for all that restarts: a quick no. When the
    /// largest is empty, the others hold everything already.
    private func hasSpareRoom() -> Bool {
        guard spareHosts > 0, intact.shortfall == 0 else { return true }
        return (0..<columns).allSatisfy { column in
            guard packed.dimensions[column].resource != .localDisk else { return true }
            let room = hosts.map { packed.capacity[$0 * columns + column] }
            let need = order.reduce(Int64(0)) { packed.restarts[$1] ? $0 + packed.load[$1 * columns + column] : $0 }
            return need <= room.reduce(0, +) - (room.max() ?? 0)
        }
    }

    private mutating func descend(_ depth: Int) -> Bool {
        if depth == order.count { return isEnd() }
        nodes += 1
        guard nodes < Self.nodeLimit, leaves < Self.leafLimit, hasRoom(from: depth) else { return false }
        let vm = order[depth]
        for host in ranked(open[depth], for: vm) where fits(vm, host) {
            put(vm, on: host)
            if groupsHold(of: vm), descend(depth + 1) { return true }
            take(vm, off: host)
        }
        return false
    }

    /// Whether the hosts' free room adds up to what is still to be placed.
    private func hasRoom(from depth: Int) -> Bool {
        for column in 0..<columns {
            var free: Int64 = 0
            for host in hosts { free += max(0, ceiling[host * columns + column] - load[host * columns + column]) }
            if free < remaining[depth * columns + column] { return false }
        }
        return true
    }

    /// With failures to survive the emptiest first: an even spread leaves every failing host's VMs the most room.
    private func ranked(_ choices: [Int], for vm: Int) -> [Int] {
        guard choices.count > 1 else { return choices }
        let fill = choices.map { host in
            (0..<columns).reduce(0.0) {
                max($0, Double(load[host * columns + $1]) / Double(max(packed.limit[host * columns + $1], 1)))
            }
        }
        let sign = spareHosts > 0 ? 1.0 : -1.0
        return choices.indices.sorted { (sign * fill[$0], $0) < (sign * fill[$1], $1) }.map { choices[$0] }
    }

    private func fits(_ vm: Int, _ host: Int) -> Bool {
        let isHome = Int(packed.home[vm]) == host
        if isHome, intact.mayStayOver[host], strangers[host] == 0 { return true }
        for column in 0..<columns
        where load[host * columns + column] + packed.load[vm * columns + column] > packed.limit[host * columns + column] {
            return false
        }
        return true
    }

    private mutating func put(_ vm: Int, on host: Int) {
        hostOf[vm] = host
        for column in 0..<columns { load[host * columns + column] += packed.load[vm * columns + column] }
        if Int(packed.home[vm]) != host { strangers[host] += 1 }
        for group in required[vm] {
            counts[group][Int(packed.groups[group].domainOfHost[host])] += 1
            placed[group] += 1
        }
    }

    private mutating func take(_ vm: Int, off host: Int) {
        for column in 0..<columns { load[host * columns + column] -= packed.load[vm * columns + column] }
        if Int(packed.home[vm]) != host { strangers[host] -= 1 }
        for group in required[vm] {
            counts[group][Int(packed.groups[group].domainOfHost[host])] -= 1
            placed[group] -= 1
        }
    }

    /// Violations only grow with the members that are placed.
    private func groupsHold(of vm: Int) -> Bool {
        required[vm].allSatisfy { group in
            let rule = packed.groups[group]
            switch rule.kind {
            case .apart(let most): return counts[group].reduce(0) { $0 + max(0, $1 - most) } <= intact.violations[group]
            case .together: return placed[group] - (counts[group].max() ?? 0) <= intact.violations[group]
            }
        }
    }

    private mutating func isEnd() -> Bool {
        leaves += 1
        guard spareHosts > 0 else { return true }
        var residents = [[Int32]](repeating: [], count: packed.hostCount)
        for vm in 0..<packed.vmCount { residents[hostOf[vm]].append(Int32(vm)) }
        let limit = intact.shortfall == .max ? Int.max : intact.shortfall + 1
        return spare.shortfall(residents: residents, load: load, staysOn: isOn, stoppingAt: limit) < limit
    }
}
