import ClusterModel
import Documents
import Foundation
import Planning
import TestSupport

/// A cluster file of the repository or of the shared data.
func cluster(at url: URL) throws -> Cluster {
    try ClusterDocument.read(TestFiles.bytes(url), name: url.lastPathComponent).value
}

func sharedCluster(_ name: String) throws -> Cluster {
    try cluster(at: TestFiles.shared.appending(path: "clusters/\(name).cluster.json"))
}

extension Policy {
    /// The default policy with settings as on the command line.
    static func with(_ settings: String...) throws -> Policy {
        try PolicyDocument.applying(settings: settings, to: Policy())
    }
}

/// Goals that can be asked of any cluster: balance, power save, and each host emptied.
func goals(of cluster: Cluster, evacuating hosts: Int = .max) -> [Goal] {
    [.balance, .powerSave] + cluster.hosts.prefix(hosts).map { .evacuate(hosts: [$0.id]) }
}

/// Population standard deviations of the used fraction over all hosts, after a plan; memory as configured.
func deviations(of cluster: Cluster, after plan: Plan) -> (cpu: Double, memory: Double) {
    var hostOf = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host ?? "") })
    for step in plan.steps { if let move = step.migration { hostOf[move.vm] = move.to } }
    var cpu: [String: Double] = [:]
    var memory: [String: Double] = [:]
    for vm in cluster.vms {
        cpu[hostOf[vm.id] ?? "", default: 0] += vm.demand.cpuCores
        memory[hostOf[vm.id] ?? "", default: 0] += Double(vm.memoryBytes)
    }
    return (
        deviation(cluster.hosts.map { (cpu[$0.id] ?? 0) / $0.capacityCores }),
        deviation(cluster.hosts.map { (memory[$0.id] ?? 0) / Double($0.capacityMemoryBytes) })
    )
}

private func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
}
