import ClusterModel
import Placement

/// Counts how many more VMs of a size the hosts of a cluster take, within the policy's limits.
///
/// By capacity alone: a new VM is taken to need no store, network, CPU model or rule that only some hosts have.
struct CapacityCounter {
    struct HostRoom {
        let fits: Int
        /// The resource that runs out first.
        let bound: String
    }

    /// Beyond this many the answer is "at least": a VM of 1 MiB is no reason to fill the machine's own memory.
    static let most = 200_000

    let rooms: [HostRoom]
    let total: Int
    /// So many fit and a failure of `spareHosts` hosts leaves no more VMs without a place than it does now; `nil` when
    /// failures are not asked for.
    let totalWithSpare: Int?
    /// VMs that find no place when their host fails, summed over the hosts: 0 when every failure is survived now.
    let homelessNow: Int

    init(cluster: Cluster, policy: Policy, at moment: Timestamp, vm: VirtualMachine) {
        let probe = Self.packed(cluster, policy: policy, at: moment, vm: vm, copies: 1)
        let columns = probe.dimensionCount
        let first = probe.vmCount - 1
        let need = first >= 0 ? Array(probe.load[first * columns..<(first + 1) * columns]) : []
        let used = Self.loads(of: probe, leavingOut: first)
        rooms = (0..<probe.hostCount).map { host in
            guard probe.takesVMs[host] else { return HostRoom(fits: 0, bound: "state") }
            return Self.room(of: host, in: probe, used: used, need: need)
        }
        total = min(rooms.reduce(0) { min($0 + $1.fits, Self.most) }, Self.most)
        guard policy.spareHosts > 0 else {
            totalWithSpare = nil
            homelessNow = 0
            return
        }
        (totalWithSpare, homelessNow) = Self.sparing(
            cluster: cluster, policy: policy, at: moment, vm: vm, order: Self.fillOrder(rooms, total: total),
            need: need, used: used)
    }

    private static func packed(
        _ cluster: Cluster, policy: Policy, at moment: Timestamp, vm: VirtualMachine, copies: Int
    ) -> PackedCluster {
        var cluster = cluster
        guard let host = cluster.hosts.first else {
            return PackedCluster(cluster: cluster, policy: policy, startsAt: moment)
        }
        // No identifier of the document may be taken, whatever it is.
        let longest = cluster.vms.map(\.id.utf8.count).max() ?? 0
        let prefix = String(repeating: "+", count: longest + 1)
        for copy in 0..<copies {
            var added = vm
            added.id = "\(prefix)\(copy)"
            added.host = host.id
            cluster.vms.append(added)
        }
        return PackedCluster(cluster: cluster, policy: policy, startsAt: moment)
    }

    /// Loads of the hosts without the packed VMs from `end` on.
    private static func loads(of packed: PackedCluster, leavingOut end: Int) -> [Int64] {
        let columns = packed.dimensionCount
        var used = [Int64](repeating: 0, count: packed.hostCount * columns)
        for vm in 0..<max(end, 0) {
            let host = Int(packed.home[vm])
            for column in 0..<columns { used[host * columns + column] += packed.load[vm * columns + column] }
        }
        return used
    }

    private static func room(of host: Int, in packed: PackedCluster, used: [Int64], need: [Int64]) -> HostRoom {
        var fits = most
        var bound = "nothing"
        for column in need.indices where need[column] > 0 {
            let index = host * need.count + column
            let count = Int(max(0, packed.limit[index] - used[index]) / need[column])
            if count < fits { (fits, bound) = (count, packed.dimensions[column].resource.name) }
        }
        // A host above a limit in what the VM does not need takes nothing more all the same.
        for column in need.indices where need[column] == 0 {
            let index = host * need.count + column
            if used[index] > packed.limit[index] { (fits, bound) = (0, packed.dimensions[column].resource.name) }
        }
        return HostRoom(fits: fits, bound: bound)
    }

    /// Hosts in the order in which they take a VM each: always one of those that have the most room left.
    private static func fillOrder(_ rooms: [HostRoom], total: Int) -> [Int] {
        var order: [Int] = []
        var open = rooms.indices.filter { rooms[$0].fits > 0 }.sorted { (rooms[$1].fits, $0) < (rooms[$0].fits, $1) }
        guard var level = open.first.map({ rooms[$0].fits }) else { return [] }
        while level > 0, order.count < total {
            for host in open {
                if rooms[host].fits < level || order.count == total { break }
                order.append(host)
            }
            level -= 1
            open.removeAll { rooms[$0].fits <= 0 }
        }
        return order
    }

    /// The longest beginning of `order` after which the spare capacity is no worse than before, and what it lacks then.
    private static func sparing(
        cluster: Cluster, policy: Policy, at moment: Timestamp, vm: VirtualMachine, order: [Int], need: [Int64],
        used: [Int64]
    ) -> (count: Int, homeless: Int) {
        let packed = packed(cluster, policy: policy, at: moment, vm: vm, copies: order.count)
        let own = packed.vmCount - order.count
        let spare = SpareCapacity(packed: packed)
        var residents = [[Int32]](repeating: [], count: packed.hostCount)
        for index in 0..<own { residents[Int(packed.home[index])].append(Int32(index)) }
        func homeless(_ count: Int, stoppingAt limit: Int) -> Int {
            var (residents, load) = (residents, used)
            for (copy, host) in order.prefix(count).enumerated() {
                residents[host].append(Int32(own + copy))
                for column in need.indices { load[host * need.count + column] += need[column] }
            }
            return spare.shortfall(
                residents: residents, load: load, staysOn: packed.takesVMs, stoppingAt: limit)
        }
        let now = homeless(0, stoppingAt: .max)
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if homeless(middle, stoppingAt: now + 1) <= now { low = middle } else { high = middle - 1 }
        }
        return (low, now)
    }
}
