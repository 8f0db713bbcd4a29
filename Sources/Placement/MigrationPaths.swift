package import ClusterModel
package import MigrationModel

/// The bandwidth between any two hosts, and which VMs can move over it.
///
/// A path is as fast as the slowest of the two hosts' migration links and the links between their sites and racks. Few
/// bandwidths occur in a cluster, so each VM stores only the slowest one at which it can move.
public struct MigrationPaths: Sendable {
    /// The bandwidths that occur, ascending.
    public let bandwidths: [Double]
    private let rankOfHost: [UInt8]
    private let zoneOfHost: [Int32]
    private let zoneCount: Int
    /// Rank of the slowest link between two zones; 255 when none is between.
    private let rankOfZones: [UInt8]
    /// Lowest rank at which the VM can move; 255 when it cannot at any.
    private let lowestRank: [UInt8]
    /// For each zone pair, indices of the links that a move between them crosses.
    private let linksOfZones: [[Int32]]

    package init(cluster: Cluster, vms: [VirtualMachine], policy: Policy, model: MigrationModel) {
        let hostRates = cluster.hosts.map { $0.migrationBitsPerSecond ?? policy.defaults.migrationBitsPerSecond }
        let all = Set(hostRates + cluster.links.map(\.bitsPerSecond)).sorted()
        // More than 254 different rates: neighbours share the lower one, which is never too optimistic.
        let stride = (all.count + 253) / 254
        let bandwidths = all.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
        self.bandwidths = bandwidths
        func rank(_ rate: Double) -> UInt8 { UInt8((bandwidths.lastIndex { $0 <= rate } ?? 0)) }
        rankOfHost = hostRates.map(rank)

        var zones: [[String]: Int32] = [:]
        var firstHost: [Host] = []
        zoneOfHost = cluster.hosts.map { host in
            guard !cluster.links.isEmpty else {
                if firstHost.isEmpty { firstHost.append(host) }
                return 0
            }
            let key = [host.site.map { "s" + $0 } ?? "", host.rack.map { "r" + $0 } ?? ""]
            if let zone = zones[key] { return zone }
            let zone = Int32(firstHost.count)
            zones[key] = zone
            firstHost.append(host)
            return zone
        }
        zoneCount = firstHost.count
        var rankOfZones: [UInt8] = []
        var linksOfZones: [[Int32]] = []
        for source in firstHost {
            for destination in firstHost {
                let crossed = cluster.links.indices.filter { Self.crosses(cluster.links[$0], source, destination) }
                linksOfZones.append(crossed.map { Int32($0) })
                rankOfZones.append(crossed.map { rank(cluster.links[$0].bitsPerSecond) }.min() ?? 255)
            }
        }
        self.rankOfZones = rankOfZones
        self.linksOfZones = linksOfZones
        lowestRank = vms.map { vm in
            let lowest = bandwidths.indices.first { index in
                guard case .migrate = model.choice(for: vm, bandwidthBitsPerSecond: bandwidths[index]) else {
                    return false
                }
                return true
            }
            return lowest.map { UInt8($0) } ?? 255
        }
    }

    private static func crosses(_ link: Link, _ source: Host, _ destination: Host) -> Bool {
        (link.first.holds(source) && link.second.holds(destination))
            || (link.second.holds(source) && link.first.holds(destination))
    }

    private func rank(from source: Int, to destination: Int) -> UInt8 {
        let between = rankOfZones[Int(zoneOfHost[source]) * zoneCount + Int(zoneOfHost[destination])]
        return min(min(rankOfHost[source], rankOfHost[destination]), between)
    }

    /// Bits per second of the path.
    public func bandwidth(from source: Int, to destination: Int) -> Double {
        bandwidths[Int(rank(from: source, to: destination))]
    }

    /// Indices into the document's `links` that a move between the two hosts crosses.
    public func links(from source: Int, to destination: Int) -> [Int32] {
        linksOfZones[Int(zoneOfHost[source]) * zoneCount + Int(zoneOfHost[destination])]
    }

    /// Whether the VM has a way to move over the path.
    public func allows(vm: Int, from source: Int, to destination: Int) -> Bool {
        source == destination || lowestRank[vm] <= rank(from: source, to: destination)
    }

    /// Whether the VM can move at any bandwidth that occurs here.
    public func isMovable(vm: Int) -> Bool { lowestRank[vm] != 255 }
}
