package import ClusterModel

/// When guest and host both list features, the guest's must be among the host's; otherwise, when the guest names a
/// model, the host's must be the same.
package struct CPUModelConstraint: HostConstraint {
    package init() {}

    package var name: String { "cpuModel" }

    package func key(of vm: VirtualMachine) -> String { Self.key(vm.cpuModel, vm.cpuFeatures) }

    package func key(of host: Host) -> String { Self.key(host.cpuModel, host.cpuFeatures) }

    private static func key(_ model: String?, _ features: [String]?) -> String {
        "\(model ?? "")|\(features.map { $0.sorted().joined(separator: ",") } ?? "-")"
    }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        if let wanted = vm.cpuFeatures, let offered = host.cpuFeatures {
            let missing = wanted.filter { !offered.contains($0) }.sorted()
            return missing.isEmpty ? nil : "lacks CPU features \(missing.joined(separator: ", "))"
        }
        guard let model = vm.cpuModel, model != host.cpuModel else { return nil }
        return "has CPU model \(host.cpuModel ?? "unknown"), the guest needs \(model)"
    }
}
