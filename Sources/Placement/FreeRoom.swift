/// Free full capacity of the hosts that stay on, searched first-fit.
///
/// Hosts come in blocks of 64: the most memory and CPU that is free in a block and the bits of the hosts that a VM can
/// reach let most of a large cluster be passed over without a look.
struct FreeRoom: Sendable {
    private let load: [Int64]
    private let capacity: [Int64]
    private let reach: Eligibility
    private let hostCount: Int
    private let columns: Int
    /// `PackedCluster.failOverColumns`.
    private let counted: [Int]
    private let memory: Int
    private let cpu: Int
    private var free: [Int64]
    private var isOpen: [Bool]
    /// The most memory, and the most CPU, that is free on an open host of each block.
    private var mostMemory: [Int64]
    private var mostCPU: [Int64]
    private var changed: [Change] = []

    private struct Change: Sendable {
        let host: Int
        let wasOpen: Bool
        /// The VM that took room; -1 when the host was closed.
        let vm: Int
    }

    /// Borrowing: an initializer would otherwise get a copy of all that is packed.
    init(packed: borrowing PackedCluster, load: [Int64], staysOn: [Bool]) {
        self.load = packed.load
        capacity = packed.capacity
        reach = packed.reach
        hostCount = packed.hostCount
        columns = packed.dimensionCount
        counted = packed.failOverColumns
        memory = packed.memoryColumn
        cpu = packed.cpuColumn
        free = zip(packed.capacity, load).map { $0 - $1 }
        isOpen = staysOn
        mostMemory = [Int64](repeating: -1, count: reach.blockCount)
        mostCPU = mostMemory
        for block in 0..<reach.blockCount { refreshBlock(block) }
    }

    private mutating func refreshBlock(_ block: Int) {
        var (bytes, cores): (Int64, Int64) = (-1, -1)
        for host in 64 * block..<min(64 * (block + 1), hostCount) where isOpen[host] {
            bytes = max(bytes, free[host * columns + memory])
            cores = max(cores, free[host * columns + cpu])
        }
        mostMemory[block] = bytes
        mostCPU[block] = cores
    }

    /// Notes what a host holds and whether it can take over; not undone by `undo`.
    mutating func refresh(_ host: Int, load: [Int64], staysOn: Bool) {
        for index in host * columns..<(host + 1) * columns { free[index] = capacity[index] - load[index] }
        isOpen[host] = staysOn
        refreshBlock(host / 64)
    }

    /// Takes a failed host out until `undo`.
    mutating func close(_ host: Int) {
        changed.append(Change(host: host, wasOpen: isOpen[host], vm: -1))
        isOpen[host] = false
    }

    /// Gives the VM the first host, from `start` on and then round, that has room for it and that it can reach.
    mutating func takeFirstFit(vm: Int, from start: Int = 0) -> Int? {
        guard let host = firstFit(vm, in: start..<hostCount) ?? firstFit(vm, in: 0..<start) else { return nil }
        changed.append(Change(host: host, wasOpen: true, vm: vm))
        for index in 0..<columns { free[host * columns + index] -= load[vm * columns + index] }
        return host
    }

    private func firstFit(_ vm: Int, in hosts: Range<Int>) -> Int? {
        guard !hosts.isEmpty else { return nil }
        let (bytes, cores) = (load[vm * columns + memory], load[vm * columns + cpu])
        for block in hosts.lowerBound / 64...(hosts.upperBound - 1) / 64
        where mostMemory[block] >= bytes && mostCPU[block] >= cores {
            var open = reach.hosts(openTo: vm, inBlock: block)
            while open != 0 {
                let host = 64 * block + open.trailingZeroBitCount
                open &= open - 1
                if hosts.contains(host), isOpen[host], fits(vm: vm, host: host) { return host }
            }
        }
        return nil
    }

    /// Whether a VM could be taken over by a host, next to what it holds and what has been taken.
    private func fits(vm: Int, host: Int) -> Bool {
        for index in counted where load[vm * columns + index] > free[host * columns + index] { return false }
        return true
    }

    /// Whether a host could take over all these VMs together.
    func hasRoom(for vms: some Sequence<Int32>, on host: Int) -> Bool {
        for index in counted {
            let need = vms.reduce(Int64(0)) { $0 + load[Int($1) * columns + index] }
            if need > free[host * columns + index] { return false }
        }
        return true
    }

    /// How much has been taken: a point to go back to.
    var mark: Int { changed.count }

    /// Puts everything back as it was, or as it was at a mark.
    mutating func undo(to mark: Int = 0) {
        while changed.count > mark, let change = changed.popLast() {
            isOpen[change.host] = change.wasOpen
            guard change.vm >= 0 else { continue }
            for index in 0..<columns { free[change.host * columns + index] += load[change.vm * columns + index] }
        }
    }
}
