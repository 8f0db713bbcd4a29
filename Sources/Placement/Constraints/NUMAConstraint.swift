package import ClusterModel

/// A VM that fits into one NUMA node where it runs must fit into one node of its destination.
///
/// A VM that is larger than the nodes of its own host spans them already and may do so elsewhere; hosts that list no
/// nodes are not compared.
package struct NUMAConstraint: HostConstraint {
    private let hosts: [String: Host]

    package init(cluster: Cluster) {
        let withNodes = cluster.hosts.filter { !$0.numaNodes.isEmpty }
        hosts = Dictionary(uniqueKeysWithValues: withNodes.map { ($0.id, $0) })
    }

    package var name: String { "numa" }

    package func key(of vm: VirtualMachine) -> String {
        fitsOneNode(vm) ? "\(vm.vcpus)x\(vm.memoryBytes)" : ""
    }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        guard !host.numaNodes.isEmpty, fitsOneNode(vm), !Self.fits(vm, host) else { return nil }
        return "has no NUMA node with \(vm.vcpus) cores and \(vm.memoryBytes) bytes"
    }

    private func fitsOneNode(_ vm: VirtualMachine) -> Bool {
        guard let home = vm.host.flatMap({ hosts[$0] }) else { return false }
        return Self.fits(vm, home)
    }

    private static func fits(_ vm: VirtualMachine, _ host: Host) -> Bool {
        host.numaNodes.contains { Double(vm.vcpus) <= $0.cpuCores && vm.memoryBytes <= $0.memoryBytes }
    }
}
