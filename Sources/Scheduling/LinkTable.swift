import ClusterModel
import Placement

/// Everything that moves share while they run, one entry a direction: the way out of each host, the way into each host,
/// and each link of the document in both directions.
struct LinkTable: Sendable {
    /// Bits per second.
    let capacity: [Int64]
    /// How many moves at once.
    let slots: [Int32]
    private let hostCount: Int
    private let packed: PackedCluster

    init(packed: PackedCluster) {
        self.packed = packed
        let hosts = packed.cluster.hosts
        let defaults = packed.policy.defaults
        hostCount = hosts.count
        let rates = hosts.map { Self.whole($0.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond) }
        capacity =
            rates + rates
            + packed.cluster.links.flatMap { link in
                [Self.whole(link.bitsPerSecond), Self.whole(link.bitsPerSecond)]
            }
        slots =
            hosts.map { Int32(clamping: $0.maxMigrationsOut ?? defaults.maxMigrationsOut) }
            + hosts.map { Int32(clamping: $0.maxMigrationsIn ?? defaults.maxMigrationsIn) }
            + packed.cluster.links.flatMap { _ in [Int32.max, Int32.max] }
    }

    var count: Int { capacity.count }

    /// Rates above 10^18 bit/s count as that, so that no sum overflows.
    static func whole(_ rate: Double) -> Int64 { Int64(max(0, min(rate, 1e18))) }

    func out(of host: Int) -> Int { host }
    func into(_ host: Int) -> Int { hostCount + host }

    /// The host whose way out or in this is, or `nil` for a link of the document.
    func host(of link: Int) -> Int? { link < 2 * hostCount ? link % hostCount : nil }

    func links(from source: Int, to destination: Int) -> [Int32] {
        var links = [Int32(out(of: source)), Int32(into(destination))]
        for index in packed.paths.links(from: source, to: destination) {
            let link = packed.cluster.links[Int(index)]
            let base = Int32(2 * hostCount) + 2 * index
            let (near, far) = (packed.host(source), packed.host(destination))
            if link.first.holds(near), link.second.holds(far) { links.append(base) }
            if link.second.holds(near), link.first.holds(far) { links.append(base + 1) }
        }
        return links
    }

    func name(of link: Int) -> String {
        if link < hostCount { return "the migration link out of \(packed.host(link).id)" }
        if link < 2 * hostCount { return "the migration link into \(packed.host(link - hostCount).id)" }
        let document = packed.cluster.links[(link - 2 * hostCount) / 2]
        return "the link between \(document.first.text) and \(document.second.text)"
    }
}
