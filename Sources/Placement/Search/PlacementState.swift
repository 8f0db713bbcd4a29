/// A placement under search: where each unit is, what each host holds, how many of each group stand in each domain.
///
/// Judges final states; the order of the moves is the scheduler's. A unit may be nowhere (`hostOf` is -1) while a
/// search takes it from one host to the next.
package struct PlacementState: Sendable {
    package let pool: UnitPool
    package let columns: Int
    package private(set) var hostOf: [Int32]
    /// `load[host * columns + column]`.
    package private(set) var load: [Int64]
    package private(set) var unitsOn: [[Int32]]
    /// Hosts that may take units in this search.
    package var isOpen: [Bool] { didSet { refreshOpenBits() } }
    /// The same, 64 hosts to a number: bit 0 of `openBits[block]` is host `64 * block`.
    private(set) var openBits: [UInt64]
    /// Billionths of a reference core in use now on each host.
    private(set) var coresNow: [Int64]
    /// The fullest dimension of each host, as a share of its limit.
    private(set) var fill: [Double]
    /// What changed since tracking began: the way back.
    private var trail: [Change] = []
    private var isTracking = false
    /// Members of each group in each domain.
    private var groupCounts: [[Int32]]
    /// The groups a unit belongs to, and with how many members.
    private let memberships: [[Membership]]

    private struct Membership: Sendable {
        let group: Int
        let members: Int
    }

    /// A unit, and the host on which it was; -1 for none.
    private struct Change: Sendable {
        let unit: Int32
        let from: Int32
    }

    package init(pool: UnitPool) {
        let packed = pool.packed
        self.pool = pool
        coresNow = [Int64](repeating: 0, count: packed.hostCount)
        fill = [Double](repeating: 0, count: packed.hostCount)
        columns = packed.dimensionCount
        hostOf = pool.home
        load = [Int64](repeating: 0, count: packed.hostCount * columns)
        unitsOn = [[Int32]](repeating: [], count: packed.hostCount)
        isOpen = packed.takesVMs
        openBits = []
        groupCounts = packed.groups.map { [Int32](repeating: 0, count: $0.domainCount) }
        memberships = pool.members.map { vms in
            let groups = vms.flatMap { packed.groupsOfVM[Int($0)] }
            return Set(groups).sorted().map { group in
                Membership(group: Int(group), members: groups.count { $0 == group })
            }
        }
        for unit in 0..<pool.count { enter(unit, Int(pool.home[unit])) }
        refreshOpenBits()
    }

    private mutating func refreshOpenBits() {
        var bits = [UInt64](repeating: 0, count: (isOpen.count + 63) / 64)
        for host in isOpen.indices where isOpen[host] { bits[host / 64] |= 1 << UInt64(host % 64) }
        openBits = bits
    }

    package var packed: PackedCluster { pool.packed }

    package func isAtHome(_ unit: Int) -> Bool { hostOf[unit] == pool.home[unit] }

    // MARK: Changing

    /// Takes a unit off its host; it is nowhere until it is placed.
    package mutating func remove(_ unit: Int) {
        guard hostOf[unit] >= 0 else { return }
        note(unit)
        leave(unit)
    }

    /// Puts a unit on a host; whether it may is the caller's question (`allows`).
    package mutating func place(_ unit: Int, on host: Int) {
        note(unit)
        leave(unit)
        enter(unit, host)
    }

    private mutating func note(_ unit: Int) {
        if isTracking { trail.append(Change(unit: Int32(unit), from: hostOf[unit])) }
    }

    private mutating func leave(_ unit: Int) {
        let host = Int(hostOf[unit])
        guard host >= 0 else { return }
        add(unit, to: host, sign: -1)
        coresNow[host] -= pool.coresNow[unit]
        if let position = unitsOn[host].firstIndex(of: Int32(unit)) {
            unitsOn[host].remove(at: position)
        }
        count(unit, on: host, change: -1)
        hostOf[unit] = -1
    }

    private mutating func enter(_ unit: Int, _ host: Int) {
        hostOf[unit] = Int32(host)
        add(unit, to: host, sign: 1)
        coresNow[host] += pool.coresNow[unit]
        unitsOn[host].append(Int32(unit))
        count(unit, on: host, change: 1)
    }

    private mutating func add(_ unit: Int, to host: Int, sign: Int64) {
        var fullest = 0.0
        let (unitBase, hostBase) = (unit * columns, host * columns)
        for column in 0..<columns {
            let sum = load[hostBase + column] + sign * pool.load[unitBase + column]
            load[hostBase + column] = sum
            fullest = max(fullest, Double(sum) * pool.packed.perLimit[hostBase + column])
        }
        fill[host] = fullest
    }

    // MARK: Trying

    /// From here on changes can be undone; what was tracked before is forgotten.
    mutating func beginTracking() {
        trail.removeAll(keepingCapacity: true)
        isTracking = true
    }

    /// Undoes what changed since tracking began: units go back to where they were. Open hosts are the caller's.
    mutating func rollBack() {
        isTracking = false
        for change in trail.reversed() {
            leave(Int(change.unit))
            if change.from >= 0 { enter(Int(change.unit), Int(change.from)) }
        }
        trail.removeAll(keepingCapacity: true)
    }

    /// Hosts that units have left or reached since tracking began, each once, ascending.
    var touchedHosts: [Int] {
        var hosts: Set<Int32> = []
        for change in trail {
            hosts.insert(change.from)
            hosts.insert(hostOf[Int(change.unit)])
        }
        hosts.remove(-1)
        return hosts.map { Int($0) }.sorted()
    }

    private mutating func count(_ unit: Int, on host: Int, change: Int32) {
        guard !groupCounts.isEmpty else { return }
        for membership in memberships[unit] {
            let domain = Int(packed.groups[membership.group].domainOfHost[host])
            groupCounts[membership.group][domain] += change * Int32(membership.members)
        }
    }

    // MARK: Asking

    /// Whether the unit may be on the host in a final state.
    package func allows(_ unit: Int, on host: Int) -> Bool {
        isOpen[host] && pool.mayMove(unit, to: host) && fits(unit, on: host) && groupsAllow(unit, on: host)
    }

    /// Whether a unit may go back to its home: that is no move, so only room and groups are asked.
    package func allowsReturn(_ unit: Int) -> Bool {
        let home = Int(pool.home[unit])
        return fits(unit, on: home) && groupsAllow(unit, on: home)
    }

    package func fits(_ unit: Int, on host: Int) -> Bool {
        let (unitBase, hostBase) = (unit * columns, host * columns)
        for column in 0..<columns
        where load[hostBase + column] + pool.load[unitBase + column] > packed.limit[hostBase + column] {
            return false
        }
        return true
    }

    /// Whether required groups let the unit onto the host, given where the others are now.
    package func groupsAllow(_ unit: Int, on host: Int) -> Bool {
        blockingGroup(unit, on: host) == nil
    }

    /// The first required group that keeps the unit off the host.
    package func blockingGroup(_ unit: Int, on host: Int) -> GroupRule? {
        for membership in memberships[unit] where packed.groups[membership.group].required {
            if violationsAdded(by: unit, on: host, through: membership) > 0 { return packed.groups[membership.group] }
        }
        return nil
    }

    /// How many members of the group beyond what it allows the unit would add to the host's domain.
    private func violationsAdded(by unit: Int, on host: Int, through membership: Membership) -> Int {
        let rule = packed.groups[membership.group]
        let domain = rule.domainOfHost[host]
        let own = membership.members
        let counts = groupCounts[membership.group]
        let current = hostOf[unit]
        let here = Int(counts[Int(domain)]) - (current >= 0 && rule.domainOfHost[Int(current)] == domain ? own : 0)
        switch rule.kind {
        case .apart(let most):
            return max(0, here + own - most)
        case .together:
            let placed = counts.reduce(0) { $0 + Int($1) } - (current >= 0 ? own : 0)
            return placed - here
        }
    }

    /// Broken soft groups that a unit on this host would have part in; a preference, not a refusal.
    package func softCost(_ unit: Int, on host: Int) -> Int {
        var cost = 0
        for membership in memberships[unit] where !packed.groups[membership.group].required {
            cost += violationsAdded(by: unit, on: host, through: membership)
        }
        return cost
    }

    /// Members beyond what a group allows: 0 when it holds.
    package func violations(of group: Int) -> Int {
        let counts = groupCounts[group]
        switch packed.groups[group].kind {
        case .apart(let most): return counts.reduce(0) { $0 + max(0, Int($1) - most) }
        case .together:
            let placed = counts.reduce(0) { $0 + Int($1) }
            return placed - Int(counts.max() ?? 0)
        }
    }

    /// Whether a host is above a limit in any dimension.
    package func isOverLimit(_ host: Int) -> Bool {
        for column in 0..<columns where load[host * columns + column] > packed.limit[host * columns + column] {
            return true
        }
        return false
    }

    /// Host of each packed VM; units that are nowhere count as at home.
    package func targets() -> [Int32] {
        var targets = packed.home
        for unit in 0..<pool.count where hostOf[unit] >= 0 {
            for vm in pool.members[unit] { targets[Int(vm)] = hostOf[unit] }
        }
        return targets
    }

    /// Packed VMs on each host.
    package func residents() -> [[Int32]] { unitsOn.indices.map(residents) }

    /// Packed VMs on a host, ascending.
    func residents(on host: Int) -> [Int32] { unitsOn[host].flatMap { pool.members[Int($0)] }.sorted() }
}
