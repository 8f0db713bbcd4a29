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

    package mutating func run(
        from start: PlacementState
    ) -> (state: PlacementState, woken: [Int], fixed: Set<Int>) {
        shortfallBefore = SpareJudge.shortfall(of: start)
        if shortfallBefore > 0 {
            notes.append("spare capacity for \(packed.policy.spareHosts) host failures is missing at the start")
        }
        var best = attempt(from: start, waking: [])
        var woken: [Int] = []
        if packed.policy.powerSave.wake {
            if best.broken > 0 {
                woken = hostsForRepair(from: start, broken: best.broken)
                if !woken.isEmpty { best = attempt(from: start, waking: woken) }
            }
            woken += wakeForSpareCapacity(in: &best.state)
        }
        for host in woken.sorted() { notes.append(note(ofWaking: host)) }
        return (best.state, woken.sorted(), best.fixed)
    }

    package func note(ofWaking host: Int) -> String {
        "host \(packed.host(host).id) is woken: load or spare capacity needs it"
    }

    /// The shortest row of sleeping hosts, from the cheapest on, that leaves as little broken as waking all would, less
    /// those of it that are not needed; none when even all would not help.
    private func hostsForRepair(from start: PlacementState, broken: Int) -> [Int] {
        let order = wakeOrder()
        func stillBroken(waking hosts: [Int]) -> Int { attempt(from: start, waking: hosts).broken }
        let least = stillBroken(waking: order)
        guard least < broken else { return [] }
        var (fewest, most) = (1, order.count)
        while fewest < most {
            let middle = (fewest + most) / 2
            if stillBroken(waking: Array(order.prefix(middle))) <= least { most = middle } else { fewest = middle + 1 }
        }
        var woken = Array(order.prefix(fewest))
        // Leaves out ever smaller parts of the row that are not needed. The last host is: without it the row was too
        // short.
        var part = (woken.count + 1) / 2
        while part > 0 {
            for from in stride(from: 0, to: woken.count, by: part).reversed() where from < woken.count {
                let others = Array(woken[..<from] + woken[min(from + part, woken.count)...])
                if stillBroken(waking: others) <= least { woken = others }
            }
            part /= 2
        }
        return woken
    }

    /// Asks at the end what was asked at the start: hosts that were emptied, or have slept on, and that would give room
    /// to VMs which find none after a failure. Otherwise the next plan would switch on what this one switches off.
    package func wakeAgain(_ closed: [Int], in state: inout PlacementState) -> [Int] {
        guard packed.policy.powerSave.wake, shortfallBefore > 0 else { return [] }
        return wakeForSpareCapacity(in: &state, closed: Set(closed))
    }

    /// Wakes hosts, the cheapest first, each of which gives room to VMs that would find none after a failure.
    private func wakeForSpareCapacity(in state: inout PlacementState, closed: Set<Int> = []) -> [Int] {
        var judge = SpareJudge(state: state)
        var lacking = judge.shortfall(of: state, changed: [])
        var woken: [Int] = []
        for host in wakeOrder(closed) where lacking > 0 && !state.isOpen[host] {
            guard let left = judge.open(host, of: &state, lessening: lacking) else { continue }
            lacking = left
            woken.append(host)
        }
        return woken
    }

    /// Repairs the cluster with some hosts awake; `broken` counts what stays wrong.
    private func attempt(
        from start: PlacementState, waking hosts: [Int]
    ) -> (state: PlacementState, broken: Int, fixed: Set<Int>) {
        var state = start
        for host in hosts { state.isOpen[host] = true }
        var repair = Repair(state: state, effort: packed.policy.powerSave.effort * 10)
        let fixed = repair.run(on: &state)
        return (state, repair.brokenGroups.count + repair.overloadedHosts.count, fixed)
    }

    /// Sleeping hosts, the cheapest watts for their memory first.
    private func wakeOrder(_ closed: Set<Int> = []) -> [Int] {
        func price(_ host: Int) -> Double {
            let document = packed.host(host)
            return (document.power?.watts(atCPUFraction: 0.5) ?? 0) / Double(max(document.capacityMemoryBytes, 1))
        }
        let asleep = (0..<packed.hostCount).filter { packed.canWake[$0] || closed.contains($0) }
        return asleep.sorted { (price($0), $0) < (price($1), $1) }
    }
}
