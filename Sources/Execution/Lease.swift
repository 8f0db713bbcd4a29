public import ClusterModel

/// The right to execute on one cluster.
///
/// There is one row per cluster, for ever: `fence` grows by one with every acquisition, also after a release, so a
/// former holder's token is always lower than the present one's.
public struct Lease: Sendable, Hashable, Codable {
    public let cluster: String
    /// Who holds it, as `ProcessIdentity.text` writes it; empty after a release.
    public let holder: String
    /// The fencing token.
    public let fence: Int64
    /// By the wall clock of the machine that asked; the platform's clock plays no part here.
    public let expiresAt: Timestamp

    public init(cluster: String, holder: String, fence: Int64, expiresAt: Timestamp) {
        self.cluster = cluster
        self.holder = holder
        self.fence = fence
        self.expiresAt = expiresAt
    }

    /// Whether `holder` still counts at `now`.
    public func isHeld(at now: Timestamp) -> Bool { !holder.isEmpty && now < expiresAt }
}
