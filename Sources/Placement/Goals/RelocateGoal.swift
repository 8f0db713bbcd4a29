import ClusterModel

/// All VMs of one site on another.
public struct RelocateGoal: PlacementGoal {
    private let from: String
    private let to: String

    /// - Parameters: names of sites, without the `site:` prefix.
    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }

    public func place(_ packed: PackedCluster) -> PlacementResult {
        guard from != to else { return PlacementResult(target: packed.home) }
        func hosts(_ site: String) -> [String] { packed.cluster.hosts.filter { $0.site == site }.map(\.id) }
        var relocation = Evacuation(hosts: hosts(from), to: hosts(to), packed: packed)
        let stuck = relocation.rehome(lastResort: [], preference: .spread)
        return relocation.result(stuck: stuck)
    }
}
