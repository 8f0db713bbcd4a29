import ClusterModel

/// The load of each VM as a row, and the hosts that it reaches.
struct VMRows {
    /// Rows are kept up to this many numbers (128 MB), else made when they are asked for.
    private static let maximumNumbers = 16_000_000

    private let cluster: Cluster
    private let loads: LoadModel
    private let kept: [[Double]]
    private let kindOfVM: [Int]
    private let reachOfKind: [[Bool]]

    init(cluster: Cluster, loads: LoadModel) {
        self.cluster = cluster
        self.loads = loads
        let keeps = cluster.vms.count * loads.width <= Self.maximumNumbers
        kept = keeps ? cluster.vms.indices.map { loads.total(of: [$0]) } : []
        var kinds: [Needs: Int] = [:]
        var reach: [[Bool]] = []
        kindOfVM = cluster.vms.map { vm in
            let needs = Needs(vm)
            if let kind = kinds[needs] { return kind }
            kinds[needs] = reach.count
            reach.append(cluster.hosts.map { ReachCheck.obstacles(for: vm, on: $0).isEmpty })
            return reach.count - 1
        }
        reachOfKind = reach
    }

    func row(of vm: Int) -> [Double] { kept.isEmpty ? loads.total(of: [vm]) : kept[vm] }

    func reaches(_ vm: Int, _ host: Int) -> Bool { reachOfKind[kindOfVM[vm]][host] }

    /// VMs that need the same of a host.
    private struct Needs: Hashable {
        let architecture: String?
        let cpuModel: String?
        let cpuFeatures: [String]?
        let datastores: [String]
        let networks: [String]

        init(_ vm: VirtualMachine) {
            architecture = vm.architecture
            cpuModel = vm.cpuModel
            cpuFeatures = vm.cpuFeatures
            datastores = vm.datastores
            networks = vm.networks
        }
    }
}
