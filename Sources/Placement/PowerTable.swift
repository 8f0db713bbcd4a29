import ClusterModel

/// The power curves of all hosts as one flat table: what a search asks for at every step.
struct PowerTable: Sendable {
    private static let points = 11

    private let curve: [Double]
    private let off: [Double]
    private let perCore: [Double]
    private let isKnown: [Bool]
    /// Joules beyond the off watts that a shutdown and the boot after it take.
    private let switching: [Double]

    init(hosts: [Host], defaults: HostDefaults) {
        isKnown = hosts.map { $0.power != nil }
        switching = hosts.map { host in
            guard let power = host.power else { return 0 }
            let (idle, peak) = (power.watts(atCPUFraction: 0), power.watts(atCPUFraction: 1))
            return (idle - power.offWatts) * (host.shutdownSeconds ?? defaults.shutdownSeconds)
                + (peak - power.offWatts) * (host.bootSeconds ?? defaults.bootSeconds)
        }
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

    /// Whether the document says what the host draws.
    func isKnown(_ host: Int) -> Bool { isKnown[host] }

    /// Joules, beyond those of being off, that it costs to shut the host down (at its idle watts) and to boot it again
    /// (at its peak watts).
    func joulesOfSwitching(_ host: Int) -> Double { switching[host] }

    /// The least watts that a core in use adds to a host, whatever else runs there: the flattest chord from idle.
    func leastWattsPerCore(_ host: Int) -> Double {
        let base = host * Self.points
        let chords = (1..<Self.points).map { point in
            (curve[base + point] - curve[base]) / (Double(point) / Double(Self.points - 1)) * perCore[host]
        }
        return max(0, chords.min() ?? 0)
    }

    func idleWatts(of host: Int) -> Double { curve[host * Self.points] }

    func wattsWhenOff(_ host: Int) -> Double { off[host] }

    /// What switching the idle host off saves.
    func idleSaving(of host: Int) -> Double { curve[host * Self.points] - off[host] }
}
