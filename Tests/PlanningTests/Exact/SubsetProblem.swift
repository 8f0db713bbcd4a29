import ClusterModel
import Placement

/// What is asked about one set of hosts, in arrays over places (the hosts of the set) and the VMs in play.
struct SubsetProblem {
    let packed: PackedCluster
    let intact: Intactness
    let hosts: [Int]
    let isOn: [Bool]
    let columns: Int
    /// Packed VMs that are somewhere on hosts that take VMs.
    let vms: [Int]
    /// `need[vm * columns + column]`.
    let need: [Int64]
    /// The VM's home among the places; -1 when it is none of them.
    let homePlace: [Int]
    let restarts: [Bool]
    /// Bits over the places.
    let allowed: [UInt32]
    let reach: [UInt32]
    /// The share of all room that a VM takes, in its scarcest dimension.
    let size: [Double]
    /// `limit[place * columns + column]`.
    let limit: [Int64]
    /// The most that a host may end with: its limit, or what it holds when it may stay above.
    let ceiling: [Int64]
    let capacity: [Int64]
    let mayStayOver: [Bool]
    /// Columns in which not everything fits everywhere, within the limits and after a failure.
    let scarce: [Int]
    let scarceAfterFailure: [Int]
    let groups: [GroupRule]
    /// Required groups of each VM in play.
    let groupsOfVM: [[Int]]
    /// Members on hosts that take no VMs: they stand where they are.
    let countsOfOthers: [[Int]]
    /// VMs that are to be restarted when a host fails that takes no VMs itself, for each such host.
    let outside: [[Outsider]]
    /// Largest need of each column: no VM without a place makes up for more.
    let largest: [Int64]
    /// Whether single failures are to be survived.
    let survivesFailures: Bool
    private let loadOfOthers: [Int64]

    /// A packed VM on a host that takes no VMs, and the places it reaches.
    struct Outsider {
        let vm: Int
        let reach: UInt32
    }

    init(packed: PackedCluster, intact: Intactness, allowed: [UInt64], hosts: [Int]) {
        self.packed = packed
        self.intact = intact
        self.hosts = hosts
        let columns = packed.dimensionCount
        self.columns = columns
        isOn = (0..<packed.hostCount).map { hosts.contains($0) }
        let isInPlay = (0..<packed.vmCount).map { packed.takesVMs[Int(packed.home[$0])] }
        let vms = (0..<packed.vmCount).filter { isInPlay[$0] }
        self.vms = vms
        let need = vms.flatMap { vm in (0..<columns).map { packed.load[vm * columns + $0] } }
        self.need = need
        homePlace = vms.map { hosts.firstIndex(of: Int(packed.home[$0])) ?? -1 }
        restarts = vms.map { packed.restarts[$0] }
        func bits(_ isOpen: (Int) -> Bool) -> UInt32 {
            hosts.indices.reduce(0) { isOpen(hosts[$1]) ? $0 | 1 << UInt32($1) : $0 }
        }
        self.allowed = vms.map { vm in bits { allowed[vm] >> UInt64($0) & 1 == 1 } }
        reach = vms.map { vm in bits { packed.reach.allows(vm: vm, host: $0) } }
        limit = hosts.flatMap { host in (0..<columns).map { packed.limit[host * columns + $0] } }
        capacity = hosts.flatMap { host in (0..<columns).map { packed.capacity[host * columns + $0] } }
        mayStayOver = hosts.map { intact.mayStayOver[$0] }
        var ceiling = limit
        for (place, host) in hosts.enumerated() where intact.mayStayOver[host] {
            for column in 0..<columns {
                let held = packed.residents[host].reduce(Int64(0)) { $0 + packed.load[Int($1) * columns + column] }
                ceiling[place * columns + column] = max(ceiling[place * columns + column], held)
            }
        }
        self.ceiling = ceiling
        let total = (0..<columns).map { column in vms.indices.reduce(Int64(0)) { $0 + need[$1 * columns + column] } }
        let (limit, capacity) = (limit, capacity)
        let scarce = (0..<columns).filter { column in
            hosts.indices.contains { limit[$0 * columns + column] < total[column] }
        }
        self.scarce = scarce
        scarceAfterFailure = (0..<columns).filter { column in
            packed.dimensions[column].resource != .localDisk
                && hosts.indices.contains { capacity[$0 * columns + column] < total[column] }
        }
        size = vms.indices.map { vm in
            scarce.reduce(0.0) { most, column in
                let room = hosts.indices.reduce(0.0) { $0 + Double(limit[$1 * columns + column]) }
                return max(most, Double(need[vm * columns + column]) / max(room, 1))
            }
        }
        groups = packed.groups
        groupsOfVM = vms.map { packed.groupsOfVM[$0].map { Int($0) }.filter { packed.groups[$0].required } }
        var counts = packed.groups.map { [Int](repeating: 0, count: $0.domainCount) }
        var loadOfOthers = [Int64](repeating: 0, count: packed.hostCount * columns)
        for vm in 0..<packed.vmCount where !isInPlay[vm] {
            let home = Int(packed.home[vm])
            for group in packed.groupsOfVM[vm] {
                counts[Int(group)][Int(packed.groups[Int(group)].domainOfHost[home])] += 1
            }
            for column in 0..<columns { loadOfOthers[home * columns + column] += packed.load[vm * columns + column] }
        }
        countsOfOthers = counts
        self.loadOfOthers = loadOfOthers
        largest = (0..<columns).map { column in
            (0..<packed.vmCount).reduce(1) { max($0, packed.load[$1 * columns + column]) }
        }
        survivesFailures = packed.policy.spareHosts > 0
        outside = (0..<packed.hostCount).filter { !packed.takesVMs[$0] }.map { host in
            packed.residents[host].map { Int($0) }.filter { packed.restarts[$0] }.map { vm in
                Outsider(vm: vm, reach: bits { packed.reach.allows(vm: vm, host: $0) })
            }
        }
    }

    /// VMs on each host of the cluster, and what it holds, when those in play have these places.
    func whole(_ placeOf: [Int], load: [Int64]) -> (residents: [[Int32]], load: [Int64]) {
        var residents = [[Int32]](repeating: [], count: packed.hostCount)
        for vm in 0..<packed.vmCount where !packed.takesVMs[Int(packed.home[vm])] {
            residents[Int(packed.home[vm])].append(Int32(vm))
        }
        for (vm, place) in placeOf.enumerated() { residents[hosts[place]].append(Int32(vms[vm])) }
        var whole = loadOfOthers
        for (place, host) in hosts.enumerated() {
            for column in 0..<columns { whole[host * columns + column] = load[place * columns + column] }
        }
        return (residents, whole)
    }
}
