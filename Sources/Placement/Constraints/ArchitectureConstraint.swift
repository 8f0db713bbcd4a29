package import ClusterModel

/// Architectures must be equal; one that is not named is not compared.
package struct ArchitectureConstraint: HostConstraint {
    package init() {}

    package var name: String { "architecture" }

    package func key(of vm: VirtualMachine) -> String { vm.architecture ?? "" }

    package func key(of host: Host) -> String { host.architecture ?? "" }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        guard let wanted = vm.architecture, let offered = host.architecture, wanted != offered else { return nil }
        return "is \(offered), the guest needs \(wanted)"
    }
}
