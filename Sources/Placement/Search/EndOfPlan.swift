package import ClusterModel

/// The placement with which a plan ends, as a state that can be asked: which hosts would take a unit, and why others
/// not.
package struct EndOfPlan: Sendable {
    package let pool: UnitPool
    package let state: PlacementState

    /// - Parameters:
    ///   - hostOf: host of each packed VM at the end.
    ///   - isOn: hosts that are on at the end.
    package init(packed: PackedCluster, goal: Goal, hostOf: [Int32], isOn: [Bool]) {
        let pool = UnitPool(packed: packed, honoursCoolDown: Self.honoursCoolDown(goal))
        var state = PlacementState(pool: pool)
        let emptied = Self.hostsToEmpty(goal, packed.cluster)
        for host in 0..<packed.hostCount {
            // A silent host is no destination, nor is one that the goal empties; one that the plan wakes is.
            state.isOpen[host] =
                isOn[host] && (packed.takesVMs[host] || packed.host(host).state != .on)
                && !emptied.contains(packed.host(host).id)
        }
        for vm in 0..<packed.vmCount {
            let unit = Int(pool.unitOfVM[vm])
            if state.hostOf[unit] != hostOf[vm] { state.place(unit, on: Int(hostOf[vm])) }
        }
        self.pool = pool
        self.state = state
    }

    private static func honoursCoolDown(_ goal: Goal) -> Bool {
        switch goal {
        case .balance, .powerSave: true
        case .evacuate, .place, .relocate, .rolling: false
        }
    }

    private static func hostsToEmpty(_ goal: Goal, _ cluster: Cluster) -> Set<String> {
        switch goal {
        case .evacuate(let hosts): return Set(hosts)
        case .relocate(_, let to): return Set(cluster.hosts.filter { $0.site != to }.map(\.id))
        case .balance, .powerSave, .place, .rolling: return []
        }
    }
}
