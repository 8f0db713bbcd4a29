package import ClusterModel

/// A host must reach every network of the VM; a host that lists none reaches all.
package struct NetworkConstraint: HostConstraint {
    package init() {}

    package var name: String { "network" }

    package func key(of vm: VirtualMachine) -> String { vm.networks.sorted().joined(separator: ",") }

    package func key(of host: Host) -> String { host.networks?.sorted().joined(separator: ",") ?? "-" }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        guard let reached = host.networks else { return nil }
        let missing = vm.networks.filter { !reached.contains($0) }.sorted()
        return missing.isEmpty ? nil : "does not reach network \(missing.joined(separator: ", "))"
    }
}
