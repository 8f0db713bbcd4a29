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
/// the goal says. A set of hosts counts when the VMs can end on it and a safe way leads there: hosts that are to be
/// switched off are no refuge from the plan's start on, each move has to be safe, and at the end no host may sleep that
/// the next plan would wake (`WakingRule`). Where neither a way nor that there is none is found, the set counts.
struct FewestHosts {
    struct Answer {
        /// Hosts on; `nil` when nothing was found.
        var hostsOn: Int?
        /// Sleeping hosts that are woken for it.
        var woken = 0
        /// Whether a way there was found; otherwise neither a way nor that there is none.
        var isReached = false
        /// Smaller sets of hosts that were given up undecided.
        var undecided = 0
        /// Smaller sets on which the VMs could be, were there a safe way.
        var unreachable = 0
        var nodes = 0
    }

    private let packed: PackedCluster
    private let intact: Intactness
    private let forced: [Int]
    private let candidates: [Int]
    private let asleep: [Int]
    private let allowed: [UInt64]
    private let movable: [Bool]
    private let asksForWay: Bool
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
            for host in hosts where host != home && packed.mayMove(vm, from: home, to: host) {
                bits |= 1 << UInt64(host)
            }
            return bits
        }
        movable = pinned.map { !$0 }
        asksForWay = only == nil
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

    /// - Parameters:
    ///   - most: no set larger than this is looked at, hosts that take no VMs included.
    ///   - waking: no more sleeping hosts are woken.
    func answer(upTo most: Int, waking: Int) -> Answer {
        var answer = Answer()
        guard most > others else { return answer }
        for sleepers in 0...min(waking, asleep.count) {
            for size in 1...(most - others) where size >= packed.policy.powerSave.minimumHostsOn {
                let awake = size - forced.count - sleepers
                guard awake >= 0, awake <= candidates.count else { continue }
                for woken in Self.choices(of: asleep, sleepers) {
                    for kept in Self.choices(of: candidates, awake) where lastsThroughClosings(kept) {
                        if holds(kept: kept, woken: woken, noting: &answer) {
                            answer.hostsOn = size + others
                            answer.woken = sleepers
                            return answer
                        }
                    }
                }
            }
        }
        return answer
    }

    /// Whether the VMs can end on these hosts, and safe moves lead there as far as is known.
    private func holds(kept: [Int], woken: [Int], noting answer: inout Answer) -> Bool {
        let hosts = (forced + kept + woken).sorted()
        var search = SubsetSearch(packed: packed, intact: intact, allowed: allowed, hosts: hosts)
        let outcome = search.run()
        answer.nodes += search.nodes
        guard outcome == .found else {
            if outcome == .undecided { answer.undecided += 1 }
            return false
        }
        guard woken.isEmpty, asksForWay else { return true }
        let emptying = SafeEmptying(
            packed: packed, intact: intact, stays: (0..<packed.hostCount).map { hosts.contains($0) }, movable: movable)
        switch emptying.run() {
        case .reached: answer.isReached = true
        case .undecided: break
        case .unreachable:
            answer.unreachable += 1
            return false
        }
        return true
    }

    /// Whether the hosts that stay on could take over before anything has moved. From the plan's start on, hosts that
    /// it switches off take nobody over: no plan may switch off what this needs.
    private func lastsThroughClosings(_ kept: [Int]) -> Bool {
        guard packed.policy.spareHosts > 0 else { return true }
        let isKept = Set(kept + forced)
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: packed.hostCount * columns)
        for (vm, host) in packed.home.enumerated() {
            for column in 0..<columns { load[Int(host) * columns + column] += packed.load[vm * columns + column] }
        }
        func shortfall(_ staysOn: [Bool]) -> Int {
            SpareCapacity(packed: packed).shortfall(residents: packed.residents, load: load, staysOn: staysOn)
        }
        return shortfall((0..<packed.hostCount).map { isKept.contains($0) }) <= shortfall(packed.takesVMs)
    }

    private static func choices(of items: [Int], _ count: Int) -> [[Int]] {
        if count == 0 { return [[]] }
        guard items.count >= count, let first = items.first else { return [] }
        let rest = Array(items.dropFirst())
        return choices(of: rest, count - 1).map { [first] + $0 } + choices(of: rest, count)
    }
}
