package import ClusterModel

/// A host must reach every datastore of the VM; a host that lists none reaches all.
package struct DatastoreConstraint: HostConstraint {
    package init() {}

    package var name: String { "datastore" }

    package func key(of vm: VirtualMachine) -> String { vm.datastores.sorted().joined(separator: ",") }

    package func key(of host: Host) -> String { host.datastores?.sorted().joined(separator: ",") ?? "-" }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        guard let reached = host.datastores else { return nil }
        let missing = vm.datastores.filter { !reached.contains($0) }.sorted()
        return missing.isEmpty ? nil : "does not reach datastore \(missing.joined(separator: ", "))"
    }
}
