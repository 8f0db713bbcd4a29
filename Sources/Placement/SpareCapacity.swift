import ClusterModel

/// Whether the VMs of failed hosts find room on the others: the promise of `spareHosts`.
///
/// Whichever host fails, together with the `spareHosts - 1` fullest others, its VMs with `restartOnFailure` must fit by
/// first-fit decreasing on the hosts that stay on, within full capacity. The contract leaves the order open; a state
/// counts as safe here only when both of the usual orders (by memory and by CPU) find room, so that it is safe whichever
/// of them the platform uses.
public struct SpareCapacity: Sendable {
    private let packed: PackedCluster
    private let spareHosts: Int
    private let memoryColumn: Int
    private let cpuColumn: Int

    public init(packed: PackedCluster) {
        self.packed = packed
        spareHosts = packed.policy.spareHosts
        memoryColumn = packed.dimensions.firstIndex { $0.resource == .memory } ?? 0
        cpuColumn = packed.dimensions.firstIndex { $0.resource == .cpu } ?? 0
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
        let fullest = hostsByFill(load: load, residents: residents)
        var worst = 0
        for column in memoryColumn == cpuColumn ? [memoryColumn] : [memoryColumn, cpuColumn] {
            var room = FreeRoom(packed: packed, load: load, staysOn: staysOn, column: memoryColumn)
            var total = 0
            for host in 0..<packed.hostCount where !residents[host].isEmpty {
                var failed = [host]
                for other in fullest where failed.count < spareHosts && other != host { failed.append(other) }
                total += homeless(after: failed, residents: residents, orderedBy: column, room: &room)
                if total >= limit { return total }
            }
            worst = max(worst, total)
        }
        return worst
    }

    private func hostsByFill(load: [Int64], residents: [[Int32]]) -> [Int] {
        guard spareHosts > 1 else { return [] }
        let columns = packed.dimensionCount
        func fill(_ host: Int) -> Double {
            let index = host * columns + memoryColumn
            return Double(load[index]) / Double(max(packed.capacity[index], 1))
        }
        let candidates = (0..<packed.hostCount).filter { !residents[$0].isEmpty }
        let sorted = candidates.sorted { (fill($1), $0) < (fill($0), $1) }
        return Array(sorted.prefix(spareHosts))
    }

    private func homeless(
        after failed: [Int], residents: [[Int32]], orderedBy column: Int, room: inout FreeRoom
    ) -> Int {
        let columns = packed.dimensionCount
        var vms = failed.flatMap { residents[$0] }.filter { packed.restarts[Int($0)] }
        vms.sort { left, right in
            let (a, b) = (packed.load[Int(left) * columns + column], packed.load[Int(right) * columns + column])
            return a == b ? left < right : a > b
        }
        for host in failed { room.close(host) }
        var count = 0
        for vm in vms where !room.takeFirstFit(vm: Int(vm)) { count += 1 }
        room.undo()
        return count
    }
}

/// Free full capacity of the hosts that stay on, searched first-fit through a tree over one column.
private struct FreeRoom {
    private let packed: PackedCluster
    private let columns: Int
    private let column: Int
    private var free: [Int64]
    /// A tournament tree: the most of `column` that is free in each range of hosts; leaves from `leafBase`.
    private var most: [Int64]
    private let leafBase: Int
    private var changed: [(host: Int, amounts: [Int64])] = []

    init(packed: PackedCluster, load: [Int64], staysOn: [Bool], column: Int) {
        self.packed = packed
        self.column = column
        columns = packed.dimensionCount
        free = zip(packed.capacity, load).map { $0 - $1 }
        var base = 1
        while base < packed.hostCount { base *= 2 }
        leafBase = base
        most = [Int64](repeating: -1, count: 2 * base)
        for host in 0..<packed.hostCount where staysOn[host] {
            most[base + host] = free[host * columns + column]
        }
        for node in stride(from: base - 1, through: 1, by: -1) { most[node] = max(most[2 * node], most[2 * node + 1]) }
    }

    /// Takes a failed host out until `undo`.
    mutating func close(_ host: Int) {
        guard most[leafBase + host] >= 0 else { return }
        changed.append((host, Array(free[host * columns..<(host + 1) * columns])))
        setLeaf(host, -1)
    }

    mutating func takeFirstFit(vm: Int) -> Bool {
        let need = packed.load[vm * columns + column]
        var host = next(from: 0, need: need)
        while host < packed.hostCount {
            if fits(vm: vm, host: host), packed.reach.allows(vm: vm, host: host) {
                take(vm: vm, host: host)
                return true
            }
            host = next(from: host + 1, need: need)
        }
        return false
    }

    private func fits(vm: Int, host: Int) -> Bool {
        for index in 0..<columns where packed.load[vm * columns + index] > free[host * columns + index] {
            // A local disk is lost with its host, or stays there: it needs no room elsewhere.
            if packed.dimensions[index].resource != .localDisk { return false }
        }
        return true
    }

    private mutating func take(vm: Int, host: Int) {
        changed.append((host, Array(free[host * columns..<(host + 1) * columns])))
        for index in 0..<columns { free[host * columns + index] -= packed.load[vm * columns + index] }
        setLeaf(host, free[host * columns + column])
    }

    /// Puts everything back as it was.
    mutating func undo() {
        for (host, amounts) in changed.reversed() {
            free.replaceSubrange(host * columns..<(host + 1) * columns, with: amounts)
            setLeaf(host, amounts[column])
        }
        changed.removeAll(keepingCapacity: true)
    }

    private mutating func setLeaf(_ host: Int, _ value: Int64) {
        var node = leafBase + host
        most[node] = value
        while node > 1 {
            node /= 2
            most[node] = max(most[2 * node], most[2 * node + 1])
        }
    }

    /// The first host at or after `start` that has `need` free in the tree's column; `hostCount` or more when none has.
    private func next(from start: Int, need: Int64) -> Int {
        guard start < packed.hostCount else { return packed.hostCount }
        var node = leafBase + start
        if most[node] >= need { return start }
        while true {
            // Up to the next subtree on the right that has enough, then down to its first leaf that has.
            while node & 1 == 1 {
                node /= 2
                if node <= 1 { return packed.hostCount }
            }
            node += 1
            if most[node] >= need { break }
        }
        while node < leafBase { node = most[2 * node] >= need ? 2 * node : 2 * node + 1 }
        return node - leafBase
    }
}
