package import ClusterModel

/// A constraint that a VM and a host decide between them, whatever else runs there.
///
/// It holds in every state of a plan: at the end and at a way-station. The independent side of each one stands in
/// `PlanCheck`, which shares no code with this.
package protocol HostConstraint: Sendable {
    /// The name in refusals.
    var name: String { get }

    /// What of a VM the constraint looks at: VMs with equal keys get equal answers on every host.
    func key(of vm: VirtualMachine) -> String

    /// What of a host the constraint looks at: hosts with equal keys give equal answers to every VM.
    func key(of host: Host) -> String

    /// Why the host cannot take the VM, or `nil` when it can.
    func refusal(of vm: VirtualMachine, on host: Host) -> String?
}

/// All constraints between a VM and a host. A new one is one file and one line here.
package enum ConstraintCatalog {
    /// What a VM needs of a host to be started there after its own host failed: CPU, datastores, networks. Rules and
    /// NUMA nodes are given up in that hour.
    package static let reachability: [any HostConstraint] = [
        ArchitectureConstraint(), CPUModelConstraint(), DatastoreConstraint(), NetworkConstraint(),
    ]

    package static func standard(for cluster: Cluster) -> [any HostConstraint] {
        [
            HostStateConstraint(),
            ArchitectureConstraint(),
            CPUModelConstraint(),
            DatastoreConstraint(),
            NetworkConstraint(),
            NUMAConstraint(cluster: cluster),
            // Last: where it alone refuses, a VM that breaks the rule at home may stop over
            // (`PackedCluster.mayStopOver`).
            HostRuleConstraint(rules: cluster.rules),
        ]
    }
}
