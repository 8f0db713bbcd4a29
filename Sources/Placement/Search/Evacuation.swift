import ClusterModel

/// Hosts while they are emptied: who has to leave, who cannot, and what becomes of it.
struct Evacuation {
    let packed: PackedCluster
    let pool: UnitPool
    private let leaving: Set<Int>
    /// Units that have to leave and may.
    let free: [Int]
    private let pinned: [Int]
    private let mended: Set<Int>
    /// The units that leave are nowhere, until they are placed; the emptied hosts take nobody.
    var state: PlacementState

    /// The hosts that take VMs; `nil`: all that may.
    private let destinations: Set<Int>?

    /// - Parameter destinations: the only hosts that take VMs; `nil`: all that may.
    init(hosts: [String], to destinations: [String]? = nil, packed: PackedCluster) {
        self.packed = packed
        let only = destinations.map { names in Set(names.compactMap { packed.hostIndex[$0] }) }
        self.destinations = only
        leaving = Set(hosts.compactMap { packed.hostIndex[$0] })
        pool = UnitPool(packed: packed, honoursCoolDown: false)
        state = PlacementState(pool: pool)
        for host in 0..<packed.hostCount where leaving.contains(host) || !(only?.contains(host) ?? true) {
            state.isOpen[host] = false
        }
        var repair = Repair(state: state, effort: packed.policy.balance.effort * 100)
        mended = packed.policy.repair ? Set(repair.run(on: &state)) : []
        let (leaving, pool) = (leaving, pool)
        let movers = (0..<pool.count).filter { leaving.contains(Int(pool.home[$0])) }
        pinned = movers.filter { pool.pin[$0] != nil }
        free = movers.filter { pool.pin[$0] == nil }
        for unit in free { state.remove(unit) }
    }

    /// Finds hosts for all that leave, pushing others aside where it must.
    /// - Returns: the units that found none, which are nowhere.
    mutating func rehome(lastResort: [String], preference: Rehoming.Preference) -> [Int] {
        let mayEject = (0..<pool.count).map { unit in
            pool.pin[unit] == nil && !mended.contains(unit) && packed.host(Int(pool.home[unit])).state == .on
        }
        var rehoming = Rehoming(mayEject: mayEject)
        var homeless = free
        let spared = lastResort.compactMap { packed.hostIndex[$0] }.filter { state.isOpen[$0] }
        if !spared.isEmpty {
            for host in spared { state.isOpen[host] = false }
            homeless = rehoming.place(homeless, in: &state, preference: preference, effort: 0).stuck
            for host in spared { state.isOpen[host] = true }
        }
        let effort = packed.policy.balance.effort * 200
        return rehoming.place(homeless, in: &state, preference: preference, effort: effort).stuck
    }

    /// Puts everybody where a placement that was found elsewhere has them.
    mutating func settle(at target: [Int32]) {
        for unit in 0..<pool.count { state.place(unit, on: Int(target[Int(pool.members[unit][0])])) }
    }

    /// The placement as it stands, with reasons for those that stay.
    /// - Parameter stuck: units that are nowhere.
    func result(stuck: [Int]) -> PlacementResult {
        var state = state
        var result = PlacementResult(target: [])
        let finder = RefusalFinder(state: state)
        for unit in (stuck + pinned).sorted() {
            for vm in pool.members[unit] {
                result.unreached.append(Unreached(vm: Int(vm), reasons: reasons(for: unit, finder)))
            }
        }
        for unit in stuck { state.place(unit, on: Int(pool.home[unit])) }
        result.target = state.targets()
        if destinations == nil { enterMaintenance(state, result: &result) }
        for vm in 0..<packed.vmCount where result.target[vm] != packed.home[vm] {
            result.reasons[vm] = reason(ofLeaving: Int(packed.home[vm]))
        }
        return result
    }

    private func reason(ofLeaving host: Int) -> String {
        guard leaving.contains(host) else { return "makes room for a VM of a host that is to be empty" }
        let document = packed.host(host)
        return destinations == nil
            ? "host \(document.id) is to be empty" : "site \(document.site ?? "") is to be empty"
    }

    /// What the hosts say that may take VMs; what all of them say when these are none.
    private func reasons(for unit: Int, _ finder: RefusalFinder) -> [Unreached.Reason] {
        let all = finder.reasons(for: unit)
        guard let destinations else { return all }
        let theirs = all.compactMap { reason -> Unreached.Reason? in
            let hosts = reason.hosts.filter(destinations.contains)
            guard reason.hosts.isEmpty || !hosts.isEmpty else { return nil }
            return Unreached.Reason(constraint: reason.constraint, hosts: hosts, detail: reason.detail)
        }
        return theirs.isEmpty ? all : theirs
    }

    /// Hosts that end up empty go into maintenance, unless that would take spare capacity away.
    private func enterMaintenance(_ end: PlacementState, result: inout PlacementResult) {
        let before = SpareJudge.shortfall(of: PlacementState(pool: pool))
        var state = end
        state.isOpen = packed.takesVMs
        var judge = SpareJudge(state: state)
        for host in leaving.sorted() where packed.host(host).state == .on && state.unitsOn[host].isEmpty {
            state.isOpen[host] = false
            if judge.shortfall(of: state, changed: [host]) > before {
                state.isOpen[host] = true
                _ = judge.shortfall(of: state, changed: [host])
                result.notes.append(
                    "host \(packed.host(host).id) stays on when it is empty: without it spare capacity for "
                        + "\(packed.policy.spareHosts) host failures is missing")
            } else {
                result.enterMaintenance.append(host)
            }
        }
    }
}
