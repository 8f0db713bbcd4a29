import ClusterModel

/// Whether the VMs of failed hosts find room on the others: the promise of `spareHosts`.
///
/// Whichever host fails, together with the `spareHosts - 1` fullest others, its VMs with `restartOnFailure` must fit by
/// first-fit decreasing on the hosts that stay on, within full capacity. The contract leaves the order open; a state
/// counts as safe here only when both of the usual orders (by memory and by CPU) find room, so that it is safe
/// whichever of them the platform uses.
public struct SpareCapacity: Sendable {
    private let packed: PackedCluster
    private let spareHosts: Int

    public init(packed: PackedCluster) {
        self.packed = packed
        spareHosts = packed.policy.spareHosts
    }

    /// How many VMs find no room, summed over the failures; 0 when every failure is survived.
    ///
    /// - Parameters:
    ///   - residents: VMs on each host; a VM on the move stands at both ends.
    ///   - load: load of each host and dimension, as in `PackedCluster.load`.
    ///   - staysOn: hosts that can take over.
    ///   - limit: counting stops here; pass 1 to ask only whether all is well.
    /// - Complexity: O(hosts x VMs per host x (log hosts + dimensions)) in the usual case.
    public func shortfall(
        residents: [[Int32]], load: [Int64], staysOn: [Bool], stoppingAt limit: Int = .max
    ) -> Int {
        guard spareHosts > 0 else { return 0 }
        // With several failures an empty host counts too: it is lost as room, and the fullest fail with it.
        // Loops, not closures: a closure here copies the packed cluster, and this is asked a million times in a search.
        var mayFail: [Int] = []
        for host in 0..<packed.hostCount where !residents[host].isEmpty || spareHosts > 1 && staysOn[host] {
            mayFail.append(host)
        }
        let fullest = fullest(of: mayFail, load: load)
        var room = FreeRoom(packed: packed, load: load, staysOn: staysOn)
        var worst = 0
        for order in [packed.byMemory, packed.byCPU] {
            var total = 0
            for host in mayFail {
                var failed = [host]
                for other in fullest where failed.count < spareHosts && other != host { failed.append(other) }
                total += homeless(after: failed, residents: residents, orderedBy: order, room: &room)
                if total >= limit { return total }
            }
            worst = max(worst, total)
        }
        return worst
    }

    private func fullest(of hosts: [Int], load: [Int64]) -> [Int] {
        guard spareHosts > 1 else { return [] }
        var fill = [Double](repeating: 0, count: packed.hostCount)
        for host in hosts {
            let index = host * packed.dimensionCount + packed.memoryColumn
            fill[host] = Double(load[index]) / Double(max(packed.capacity[index], 1))
        }
        return Array(hosts.sorted { (fill[$1], $0) < (fill[$0], $1) }.prefix(spareHosts))
    }

    private func homeless(
        after failed: [Int], residents: [[Int32]], orderedBy order: SizeOrder, room: inout FreeRoom
    ) -> Int {
        let vms = order.sorted(failed.lazy.flatMap { residents[$0] })
        for host in failed { room.close(host) }
        var count = 0
        for vm in vms where room.takeFirstFit(vm: Int(vm)) == nil { count += 1 }
        room.undo()
        return count
    }
}
