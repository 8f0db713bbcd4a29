package import ClusterModel

/// Only hosts that are on take VMs, or hosts asleep that a plan wakes first; failed ones and those in maintenance do
/// not, nor does a host whose agent has fallen silent.
package struct HostStateConstraint: HostConstraint {
    package init() {}

    package var name: String { "hostState" }

    package func key(of vm: VirtualMachine) -> String { "" }

    package func key(of host: Host) -> String { "\(host.state.rawValue)|\(Self.silence(of: host) ?? "")" }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        switch host.state {
        case .on, .standby, .off: Self.silence(of: host)
        case .maintenance, .failed: "is in state \(host.state.rawValue)"
        }
    }

    /// Why a host that is on is no destination all the same; demand forecasting writes it into the snapshot.
    package static func silence(of host: Host) -> String? {
        guard case .string(let reason)? = host.extensions["noDestination"] else { return nil }
        return reason
    }
}
