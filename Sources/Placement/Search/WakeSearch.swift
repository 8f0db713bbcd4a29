import ClusterModel

/// Repairs a cluster, waking sleeping hosts one by one as long as load or spare capacity needs them.
package struct WakeSearch {
    private let packed: PackedCluster
    package private(set) var notes: [String] = []
    /// VMs without a place after host failures, at the start.
    package private(set) var shortfallBefore = 0

    package init(packed: PackedCluster) {
        self.packed = packed
    }

    /// What is still wrong with a state: less is better, 0 is well.
    private func need(_ state: PlacementState, _ repair: Repair) -> Int {
        repair.brokenGroups.count + repair.overloadedHosts.count + SpareJudge.shortfall(of: state)
    }

    package mutating func run(
        from start: PlacementState
    ) -> (state: PlacementState, woken: [Int], fixed: Set<Int>) {
        shortfallBefore = SpareJudge.shortfall(of: start)
        if shortfallBefore > 0 {
            notes.append("spare capacity for \(packed.policy.spareHosts) host failures is missing at the start")
        }
        var woken: [Int] = []
        var best = attempt(from: start, waking: [])
        var candidates = packed.policy.powerSave.wake ? wakeOrder() : []
        var lacking = need(best.state, best.repair)
        while lacking > 0, !candidates.isEmpty {
            // The first host that helps; one that does not is passed over.
            var helped = false
            for host in candidates {
                let next = attempt(from: start, waking: woken + [host])
                let stillLacking = need(next.state, next.repair)
                if stillLacking < lacking {
                    (best, lacking) = (next, stillLacking)
                    woken.append(host)
                    candidates.removeAll { $0 == host }
                    helped = true
                    break
                }
            }
            if !helped { break }
        }
        for host in woken.sorted() { notes.append("host \(packed.host(host).id) is woken: load or spare capacity needs it") }
        return (best.state, woken.sorted(), best.fixed)
    }

    private func attempt(
        from start: PlacementState, waking hosts: [Int]
    ) -> (state: PlacementState, repair: Repair, fixed: Set<Int>) {
        var state = start
        for host in hosts { state.isOpen[host] = true }
        var repair = Repair(state: state, effort: packed.policy.powerSave.effort * 10)
        let fixed = repair.run(on: &state)
        return (state, repair, fixed)
    }

    /// Sleeping hosts, the cheapest watts for their memory first.
    private func wakeOrder() -> [Int] {
        func price(_ host: Int) -> Double {
            let document = packed.host(host)
            return (document.power?.watts(atCPUFraction: 0.5) ?? 0) / Double(max(document.capacityMemoryBytes, 1))
        }
        let asleep = (0..<packed.hostCount).filter { packed.canWake[$0] }
        return asleep.sorted { (price($0), $0) < (price($1), $1) }
    }
}
