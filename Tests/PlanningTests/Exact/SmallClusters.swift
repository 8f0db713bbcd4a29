import ClusterModel
import Documents
import Generation
import Randomness
import TestSupport

/// Generated clusters of six hosts and twenty VMs in which every constraint occurs, and the policies they are planned
/// with.
enum SmallClusters {
    private static let kinds: [ClusterOptions.Kind] = [
        .consolidate, .mixed, .rules, .tight, .profiles, .sites, .dirty,
    ]

    static func kind(_ seed: UInt64) -> ClusterOptions.Kind { kinds[Int(seed) % kinds.count] }

    static func cluster(_ seed: UInt64) -> Cluster {
        var cluster = ClusterGenerator(options: ClusterOptions(kind: kind(seed), hosts: 6, vms: 20)).cluster(seed: seed)
        var random = SplitMix64(seed: seed)
        if seed / 7 % 3 == 0 { addTraffic(to: &cluster, using: &random) }
        if seed / 7 % 4 == 1 { addLocalDisks(to: &cluster, using: &random) }
        return cluster
    }

    static func policy(_ seed: UInt64) throws -> Policy {
        try Policy.with(
            "spareHosts=\(seed % 2)", "memory=\(seed / 2 % 3 == 0 ? "demand" : "configured")",
            "powerSave.minimumHostsOn=\(seed / 5 % 8 == 0 ? 2 : 1)", "powerSave.wake=\(seed / 3 % 6 != 0)")
    }

    /// Disk and network that can decide where a VM fits: each host starts at two thirds of its own at most.
    private static func addTraffic(to cluster: inout Cluster, using random: inout SplitMix64) {
        let hosts = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0) })
        let residents = Dictionary(grouping: cluster.vms.indices) { cluster.vms[$0].host ?? "" }
        for (host, vms) in residents.sorted(by: { $0.key < $1.key }) {
            guard let host = hosts[host] else { continue }
            for vm in vms where cluster.vms[vm].state == .running {
                let share = 0.66 / Double(vms.count) * Double.random(in: 0...1, using: &random)
                cluster.vms[vm].demand.diskBytesPerSecond = ((host.diskBytesPerSecond ?? 0) * share).rounded()
                cluster.vms[vm].demand.networkBitsPerSecond =
                    ((host.networkBitsPerSecond ?? 0) * share * Double.random(in: 0...1, using: &random)).rounded()
            }
        }
    }

    /// Local disks large enough that a host has room for a few.
    private static func addLocalDisks(to cluster: inout Cluster, using random: inout SplitMix64) {
        for host in cluster.hosts.indices { cluster.hosts[host].localDiskBytes = 4_000_000_000_000 }
        for vm in cluster.vms.indices
        where cluster.vms[vm].state != .stopped && Int.random(in: 0..<3, using: &random) == 0 {
            cluster.vms[vm].localDiskBytes = Int64.random(in: 100...500, using: &random) * 1_000_000_000
        }
    }
}
