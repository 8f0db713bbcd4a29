import ClusterModel

/// The load of each VM as a row, and the hosts that it reaches.
struct VMRows {
    /// Rows are kept up to this many numbers (128 MB), else made when they are asked for.
    private static let maximumNumbers = 16_000_000

    private let cluster: Cluster
    private let loads: LoadModel
    private let kept: [[Double]]
    private let reach: [ReachTable]

    init(cluster: Cluster, loads: LoadModel) {
        self.cluster = cluster
        self.loads = loads
        let keeps = cluster.vms.count * loads.width <= Self.maximumNumbers
        kept = keeps ? cluster.vms.indices.map { loads.total(of: [$0]) } : []
        reach = ReachTable.Aspect.allCases.map { ReachTable($0, of: cluster) }
    }

    func row(of vm: Int) -> [Double] { kept.isEmpty ? loads.total(of: [vm]) : kept[vm] }

    func reaches(_ vm: Int, _ host: Int) -> Bool { reach.allSatisfy { $0.reaches(vm, host) } }
}
