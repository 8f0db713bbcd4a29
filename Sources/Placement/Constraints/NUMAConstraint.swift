package import ClusterModel

/// A VM that fits into one NUMA node where it runs must fit into one node of its destination.
///
/// A VM that is larger than the nodes of its own host spans them already and may do so elsewhere; hosts that list no
/// nodes are not compared.
package struct NUMAConstraint: HostConstraint {
    /// Hosts that list nodes.
    private let hosts: [String: Host]
    /// One host of each layout of nodes.
    private let layouts: [Host]

    package init(cluster: Cluster) {
        let withNodes = cluster.hosts.filter { !$0.numaNodes.isEmpty }
        hosts = Dictionary(uniqueKeysWithValues: withNodes.map { ($0.id, $0) })
        var known: Set<String> = []
        layouts = withNodes.filter { known.insert(Self.layout(of: $0)).inserted }
    }

    package var name: String { "numa" }

    package func key(of vm: VirtualMachine) -> String {
        guard fitsOneNode(vm) else { return "" }
        return String(layouts.map { Self.fits(vm, $0) ? "1" : "0" })
    }

    package func key(of host: Host) -> String { Self.layout(of: host) }

    private static func layout(of host: Host) -> String {
        host.numaNodes.map { "\($0.cpuCores)x\($0.memoryBytes)" }.joined(separator: ",")
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
