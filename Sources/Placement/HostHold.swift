import ClusterModel

/// How long a host has been in its state: hosts that are switched to and fro wear out and save nothing.
///
/// The moment of the last switch stands in the host's `extensions` (`Host.lastSwitchedAtKey`), where a run leaves it;
/// without it, long ago is assumed.
struct HostHold {
    private let lastSwitchedAt: Timestamp?

    init(of host: Host) {
        guard case .string(let text)? = host.extensions[Host.lastSwitchedAtKey] else {
            lastSwitchedAt = nil
            return
        }
        lastSwitchedAt = Timestamp(rfc3339: text)
    }

    /// Whether the host has been in its state for at least so long.
    func allows(_ minimumSeconds: Double, at moment: Timestamp) -> Bool {
        lastSwitchedAt.map { moment.seconds(since: $0) >= minimumSeconds } ?? true
    }
}
