import ClusterModel

extension PlacementResult {
    /// Adds what a repair could not mend.
    mutating func report(_ repair: Repair, in state: PlacementState) {
        let packed = state.packed
        for group in repair.brokenGroups where state.violations(of: group) > 0 {
            let rule = packed.groups[group]
            let kind = rule.kind == .together ? "affinity" : "antiAffinity"
            unreached.append(
                Unreached(
                    subject: .rule(id: rule.id),
                    reasons: [
                        Unreached.Reason(
                            constraint: kind, hosts: [],
                            detail: "is broken by \(state.violations(of: group)) VMs too many, and no move found mends it")
                    ]))
        }
        for host in repair.overloadedHosts where state.isOverLimit(host) {
            notes.append("host \(packed.host(host).id) stays above a limit: no move found relieves it")
        }
    }
}

extension SpareCapacity {
    /// The shortfall of a state under search.
    package func shortfall(of state: PlacementState, staysOn: [Bool], stoppingAt limit: Int = .max) -> Int {
        shortfall(residents: state.residents(), load: state.load, staysOn: staysOn, stoppingAt: limit)
    }
}
