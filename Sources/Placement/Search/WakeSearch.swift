import ClusterModel

/// Repairs a cluster, waking sleeping hosts one by one as long as load or spare capacity needs them.
package struct WakeSearch {
    /// Hosts that are tried left asleep once a row of hosts to wake is found: each try repairs the cluster anew.
    private static let triesWithout = 16

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
        var best = attempt(from: start, waking: [])
        var woken: [Int] = []
        if best.need > 0, packed.policy.powerSave.wake {
            woken = hostsWorthWaking(from: start, lacking: best.need)
            if !woken.isEmpty { best = attempt(from: start, waking: woken) }
        }
        for host in woken.sorted() { notes.append("host \(packed.host(host).id) is woken: load or spare capacity needs it") }
        return (best.state, woken.sorted(), best.fixed)
    }

    /// The shortest row of sleeping hosts, from the cheapest on, that leaves as little wanting as waking all would, less
    /// those of it that are not needed; none when even all would not help.
    private func hostsWorthWaking(from start: PlacementState, lacking: Int) -> [Int] {
        let order = wakeOrder()
        let least = need(from: start, waking: order)
        guard least < lacking else { return [] }
        var (fewest, most) = (1, order.count)
        while fewest < most {
            let middle = (fewest + most) / 2
            if need(from: start, waking: Array(order.prefix(middle))) <= least { most = middle } else { fewest = middle + 1 }
        }
        var woken = Array(order.prefix(fewest))
        // The last one is needed: without it the row was too short.
        for host in woken.dropLast().reversed().prefix(Self.triesWithout) {
            let others = woken.filter { $0 != host }
            if need(from: start, waking: others) <= least { woken = others }
        }
        return woken
    }

    private func need(from start: PlacementState, waking hosts: [Int]) -> Int { attempt(from: start, waking: hosts).need }

    private func attempt(
        from start: PlacementState, waking hosts: [Int]
    ) -> (state: PlacementState, need: Int, fixed: Set<Int>) {
        var state = start
        for host in hosts { state.isOpen[host] = true }
        var repair = Repair(state: state, effort: packed.policy.powerSave.effort * 10)
        let fixed = repair.run(on: &state)
        return (state, need(state, repair), fixed)
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
