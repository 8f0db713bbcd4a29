import ClusterModel

/// The power curves of all hosts as one flat table: what a search asks for at every step.
struct PowerTable: Sendable {
    private static let points = 11

    private let curve: [Double]
    private let off: [Double]
    private let perCore: [Double]

    init(hosts: [Host]) {
        curve = hosts.flatMap { host in
            (0..<Self.points).map { host.power?.watts(atCPUFraction: Double($0) / Double(Self.points - 1)) ?? 0 }
        }
        off = hosts.map { $0.power?.offWatts ?? 0 }
        perCore = hosts.map { 1 / max($0.capacityCores, 1e-9) }
    }

    /// Watts of a host that is on, with so many reference cores in use.
    func watts(of host: Int, cores: Double) -> Double {
        let load = min(max(cores * perCore[host], 0), 1) * Double(Self.points - 1)
        let slot = min(Int(load), Self.points - 2)
        let (below, above) = (curve[host * Self.points + slot], curve[host * Self.points + slot + 1])
        return below + (above - below) * (load - Double(slot))
    }

    func wattsWhenOff(_ host: Int) -> Double { off[host] }

    /// What switching the idle host off saves.
    func idleSaving(of host: Int) -> Double { curve[host * Self.points] - off[host] }
}
