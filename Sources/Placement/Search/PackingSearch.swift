import ClusterModel
import Randomness

/// Finds places for all units of a small cluster on a given set of hosts at once: depth first, the unit with the fewest
/// hosts left first.
///
/// Hosts that are emptied one after another leave the room of those that stay scattered; that there is a packing of all
/// VMs on fewer hosts shows only when they are placed together. What may be left broken is what is broken at the start.
struct PackingSearch {
    /// Which hosts a unit tries first.
    enum Preference {
        /// The host it is on, then the fullest.
        case stay
        /// The fullest.
        case pack
        /// The emptiest.
        case spread
        /// The host it is on more often than not, then any.
        case chance
    }

    /// Up to this many units and hosts a packing from scratch is worth its work.
    private static let mostUnits = 128
    private static let mostHosts = 16
    /// A look at the way to a placement counts as so many nodes.
    private static let nodesOfWalk = 10
    /// Placements to which no way is found are left for others of another kind after so many.
    private static let mostWalks = 3

    private let start: PlacementState
    private let packed: PackedCluster
    private let pool: UnitPool
    /// Units that are placed anew.
    private let free: [Int]
    /// For each of these a bit for every host where it may be.
    private let mayGo: [UInt64]
    private let size: [Double]
    /// Violations that each group may have.
    private let allowedViolations: [Int]
    private let hasBrokenGroups: Bool
    private var spare: SpareJudge
    /// VMs that may find no room, summed over the failures.
    var shortfallAllowed = 0
    /// Hosts that sleep, or would when they were closed, and could be woken: where VMs find no room, none of them may
    /// help.
    let sleepers: [Int]
    let walk: SafeWalk
    /// VMs that get stuck on the way to the placement at the start of the search.
    private let stuckAllowed: Int

    // While a set of hosts is tried.
    private var state: PlacementState
    private var preference = Preference.stay
    private var hosts: [Int] = []
    private var nodesLeft = 0
    private var walksLeft = 0
    private var random = SplitMix64(seed: 0xC105E)

    /// `nil` when the cluster is too large.
    ///
    /// - Parameter fixed: units that mend a rule: they go where they may, and home only where the rule lets them.
    init?(state: PlacementState, fixed: [Bool]) {
        let (packed, pool) = (state.packed, state.pool)
        let free = (0..<pool.count).filter { pool.pin[$0] == nil && packed.takesVMs[Int(pool.home[$0])] }
        guard packed.hostCount <= Self.mostHosts, !free.isEmpty, free.count <= Self.mostUnits else { return nil }
        start = state
        self.state = state
        self.packed = packed
        self.pool = pool
        self.free = free
        mayGo = free.map { unit in
            let home = Int(pool.home[unit])
            var bits: UInt64 = fixed[unit] ? 0 : 1 << UInt64(home)
            for host in 0..<packed.hostCount where pool.mayMove(unit, to: host) { bits |= 1 << UInt64(host) }
            return bits
        }
        size = free.map { unit in
            (0..<state.columns).reduce(0.0) {
                max($0, Double(pool.load[unit * state.columns + $1]) * packed.mostPerLimit[$1])
            }
        }
        allowedViolations = packed.groups.indices.map { state.violations(of: $0) }
        hasBrokenGroups = allowedViolations.contains { $0 > 0 }
        spare = SpareJudge(state: state)
        sleepers = packed.policy.powerSave.wake ? packed.maySleep : []
        walk = SafeWalk(packed: packed)
        stuckAllowed = walk.stuck(target: state.targets(), isOpen: state.isOpen)
    }

    /// Work that a node counts as: tried placements.
    var workOfNode: Int { free.count }

    /// A placement of all units on the hosts that are open, within everything that holds at the end.
    ///
    /// - Parameter nodes: partial placements that may be looked at; what is left of them comes back.
    mutating func pack(open: [Bool], preference: Preference, nodes: inout Int) -> PlacementState? {
        self.preference = preference
        nodesLeft = nodes
        walksLeft = Self.mostWalks
        defer { nodes = max(nodesLeft, 0) }
        hosts = open.indices.filter { open[$0] }
        state = start
        state.isOpen = open
        for unit in free { state.remove(unit) }
        return descend(free.count) ? state : nil
    }

    /// Whether no more VMs get stuck on the way to a placement than on the way to the first.
    func isReachable(_ state: PlacementState) -> Bool {
        walk.stuck(target: state.targets(), isOpen: state.isOpen) <= stuckAllowed
    }

    /// Takes over a placement near the one that was found to which safe moves lead.
    private mutating func goNear() -> Bool {
        guard let hostOf = walk.reach(near: state.targets(), isOpen: state.isOpen) else { return false }
        let found = state
        for unit in free {
            let hosts = Set(pool.members[unit].map { hostOf[Int($0)] })
            if let host = hosts.first, hosts.count == 1 {
                if state.hostOf[unit] != host { state.place(unit, on: Int(host)) }
            } else {
                state = found
                return false
            }
        }
        let holds = packed.groups.indices.allSatisfy {
            !packed.groups[$0].required || state.violations(of: $0) <= allowedViolations[$0]
        }
        // Who mends a rule may have stayed behind.
        if holds, isSafe(), isReachable(state), mendsAsMuch(state) { return true }
        state = found
        return false
    }

    /// Whether no more units than at the start of the search stand where a rule does not let them.
    private func mendsAsMuch(_ state: PlacementState) -> Bool {
        func misplaced(_ state: PlacementState) -> Int {
            free.indices.count { state.isAtHome(free[$0]) && mayGo[$0] >> UInt64(pool.home[free[$0]]) & 1 == 0 }
        }
        return misplaced(state) <= misplaced(start)
    }

    private mutating func descend(_ left: Int) -> Bool {
        if left == 0 {
            guard isSafe() else { return false }
            nodesLeft -= Self.nodesOfWalk
            walksLeft -= 1
            return goNear()
        }
        nodesLeft -= 1
        guard nodesLeft >= 0, placedCanRestart(), let (index, places) = hardest() else { return false }
        let unit = free[index]
        for host in ranked(places, for: unit) {
            state.place(unit, on: host)
            if descend(left - 1) { return true }
            state.remove(unit)
            if nodesLeft < 0 || walksLeft == 0 { return false }
        }
        return false
    }

    /// The unit with the fewest hosts left, the largest of these, and its hosts; `nil` when one has none.
    private mutating func hardest() -> (index: Int, hosts: [Int])? {
        var best: (index: Int, hosts: [Int])?
        for (index, unit) in free.enumerated() where state.hostOf[unit] < 0 {
            var places: [Int] = []
            let most = best?.hosts.count ?? .max
            for host in hosts where mayGo[index] >> UInt64(host) & 1 == 1 {
                if allows(unit, on: host) { places.append(host) }
                if places.count > most { break }
            }
            if places.isEmpty { return nil }
            if let best, (places.count, -size[index]) >= (most, -size[best.index]) { continue }
            best = (index, places)
        }
        return best
    }

    private mutating func allows(_ unit: Int, on host: Int) -> Bool {
        guard state.fits(unit, on: host) || staysAbove(unit, on: host) else { return false }
        if state.groupsAllow(unit, on: host) { return true }
        guard hasBrokenGroups else { return false }
        state.place(unit, on: host)
        defer { state.remove(unit) }
        return pool.members[unit].allSatisfy { vm in
            packed.groupsOfVM[Int(vm)].allSatisfy { group in
                !packed.groups[Int(group)].required || state.violations(of: Int(group)) <= allowedViolations[Int(group)]
            }
        }
    }

    /// Whether the host is above a limit anyway and holds none but units that were there: these may stay.
    private func staysAbove(_ unit: Int, on host: Int) -> Bool {
        start.hostOf[unit] == Int32(host) && start.isOverLimit(host)
            && state.unitsOn[host].allSatisfy { start.hostOf[Int($0)] == Int32(host) }
    }

    private mutating func ranked(_ places: [Int], for unit: Int) -> [Int] {
        guard places.count > 1 else { return places }
        let current = Int(start.hostOf[unit])
        if preference == .chance {
            var shuffled = places
            for index in places.indices { shuffled.swapAt(index, random.below(places.count)) }
            if random.below(3) > 0, let stay = shuffled.firstIndex(of: current) { shuffled.swapAt(0, stay) }
            return shuffled
        }
        let sign = preference == .spread ? 1.0 : -1.0
        return places.sorted { left, right in
            if preference == .stay, (left == current) != (right == current) { return left == current }
            return (sign * state.fill[left], left) < (sign * state.fill[right], right)
        }
    }

    // MARK: Spare capacity

    /// Whether every VM that has a place would find another host with room as things stand; room only gets less.
    private func placedCanRestart() -> Bool {
        guard packed.policy.spareHosts > 0, shortfallAllowed == 0 else { return true }
        for host in hosts {
            for unit in state.unitsOn[host] {
                for vm in pool.members[Int(unit)] where packed.restarts[Int(vm)] {
                    guard hosts.contains(where: { $0 != host && couldRestart(Int(vm), on: $0) }) else { return false }
                }
            }
        }
        return true
    }

    private func couldRestart(_ vm: Int, on host: Int) -> Bool {
        guard packed.reach.allows(vm: vm, host: host) else { return false }
        let (row, base) = (vm * state.columns, host * state.columns)
        for column in 0..<state.columns where packed.dimensions[column].resource != .localDisk {
            if state.load[base + column] + packed.load[row + column] > packed.capacity[base + column] { return false }
        }
        return true
    }

    private mutating func isSafe() -> Bool {
        guard packed.policy.spareHosts > 0 else { return true }
        let limit = shortfallAllowed + 1
        let shortfall = spare.shortfall(of: state, changed: [], stoppingAt: limit)
        return shortfall < limit && spare.maySleep(sleepers, in: &state, shortfall: shortfall)
    }
}
