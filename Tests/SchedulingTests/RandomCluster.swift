import ClusterModel
import Randomness
import TestSupport

/// A tight cluster and a reachable target, from a seed: every host is filled to within a few GiB of its memory, and VMs
/// are to change places.
struct RandomCluster {
    let cluster: Cluster
    let target: [String: String]
    /// Hosts that are asleep and wake for the target, and those that are to be empty then.
    let woken: [String]
    let emptied: [String]

    /// - Parameter replacesHost: a sleeping host takes over all VMs that the first host would have in the end.
    init(seed: UInt64, hosts hostCount: Int = 6, moves: Int = 14, replacesHost: Bool = false) {
        var random = SplitMix64(seed: seed)
        let sites = ["paris", "lyon"]
        let hosts = (0..<hostCount).map { index in
            Host.host("h\(index)", cores: 64, site: sites[index % 2], rack: "r\(index / 2)")
        }
        var place: [Int] = []
        var memory: [Int64] = []
        for host in 0..<hostCount {
            var room: Int64 = 64
            while room > 6 {
                let gib = min(room, Int64.random(in: 2...20, using: &random))
                place.append(host)
                memory.append(gib)
                room -= gib
                if Int.random(in: 0..<8, using: &random) == 0 { break }
            }
        }
        let groups = Self.groups(of: place, hostCount: hostCount, &random)
        let target = Self.target(place, memory, groups, hostCount: hostCount, moves: moves, &random)
        let vms = place.indices.map { index in
            VirtualMachine.vm("v\(index)", on: "h\(place[index])", memory: .gib(memory[index]))
        }
        let rules = groups.enumerated().map { Rule.apart("r\($0)", $1.map { "v\($0)" }) }
        let link = Link(first: .site(name: "paris"), second: .site(name: "lyon"), bitsPerSecond: 1.5e10)
        let sleeping = Host.host("spare", cores: 64, state: .standby, site: "paris", rack: "r0")
        (woken, emptied) = replacesHost ? (["spare"], ["h0"]) : ([], [])
        cluster = .cluster(hosts: hosts + (replacesHost ? [sleeping] : []), vms: vms, rules: rules, links: [link])
        let names = place.indices.map { replacesHost && target[$0] == 0 ? "spare" : "h\(target[$0])" }
        self.target = Dictionary(
            uniqueKeysWithValues: place.indices.filter { names[$0] != "h\(place[$0])" }.map { ("v\($0)", names[$0]) })
    }

    /// Two sets of VMs no two of which share a host.
    private static func groups(of place: [Int], hostCount: Int, _ random: inout SplitMix64) -> [[Int]] {
        (0..<2).map { _ in
            var taken: Set<Int> = []
            return place.indices.shuffled(using: &random).filter { taken.insert(place[$0]).inserted }
                .prefix(hostCount - 1).sorted()
        }
    }

    /// Random moves and exchanges that keep rooms and groups at the end, whatever happens on the way.
    private static func target(
        _ place: [Int], _ memory: [Int64], _ groups: [[Int]], hostCount: Int, moves: Int, _ random: inout SplitMix64
    ) -> [Int] {
        var target = place
        func isAllowed(_ target: [Int]) -> Bool {
            for host in 0..<hostCount
            where target.indices.reduce(0, { $0 + (target[$1] == host ? memory[$1] : 0) }) > 64 {
                return false
            }
            return groups.allSatisfy { group in Set(group.map { target[$0] }).count == group.count }
        }
        for _ in 0..<moves * 4 {
            var changed = target
            let (one, other) = (
                place.indices.randomElement(using: &random), place.indices.randomElement(using: &random)
            )
            guard let one, let other else { break }
            if Bool.random(using: &random) {
                changed.swapAt(one, other)
            } else {
                changed[one] = Int.random(in: 0..<hostCount, using: &random)
            }
            if isAllowed(changed) { target = changed }
            if zip(target, place).count(where: { $0 != $1 }) >= moves { break }
        }
        return target
    }
}
