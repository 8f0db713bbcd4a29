/// Free full capacity of the hosts that stay on, searched first-fit through a tree over one column.
struct FreeRoom: Sendable {
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

    /// Notes what a host holds and whether it can take over; not undone by `undo`.
    mutating func refresh(_ host: Int, load: [Int64], staysOn: Bool) {
        for index in host * columns..<(host + 1) * columns { free[index] = packed.capacity[index] - load[index] }
        setLeaf(host, staysOn ? free[host * columns + column] : -1)
    }

    /// Takes a failed host out until `undo`.
    mutating func close(_ host: Int) {
        guard most[leafBase + host] >= 0 else { return }
        changed.append((host, Array(free[host * columns..<(host + 1) * columns])))
        setLeaf(host, -1)
    }

    /// Gives the VM the first host, from `start` on and then round, that has room for it and that it can reach.
    mutating func takeFirstFit(vm: Int, from start: Int = 0) -> Int? {
        let need = packed.load[vm * columns + column]
        for range in [start..<packed.hostCount, 0..<start] {
            var host = next(from: range.lowerBound, need: need)
            while host < range.upperBound {
                if fits(vm: vm, host: host), packed.reach.allows(vm: vm, host: host) {
                    take(vm: vm, host: host)
                    return host
                }
                host = next(from: host + 1, need: need)
            }
        }
        return nil
    }

    /// Whether a VM could be taken over by a host, next to what it holds and what has been taken.
    func fits(vm: Int, host: Int) -> Bool {
        for index in 0..<columns where packed.load[vm * columns + index] > free[host * columns + index] {
            // A local disk is lost with its host, or stays there: it needs no room elsewhere.
            if packed.dimensions[index].resource != .localDisk { return false }
        }
        return true
    }

    /// Whether a host could take over all these VMs together.
    func hasRoom(for vms: some Sequence<Int32>, on host: Int) -> Bool {
        for index in 0..<columns where packed.dimensions[index].resource != .localDisk {
            let need = vms.reduce(Int64(0)) { $0 + packed.load[Int($1) * columns + index] }
            if need > free[host * columns + index] { return false }
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
