public import ClusterModel

/// An operator's leave to run a plan.
public struct Approval: Sendable, Hashable, Codable {
    /// The plan's identifier, which is a digest of its content: another plan needs another approval.
    public let plan: String
    public let approvedBy: String
    /// Wall-clock time.
    public let approvedAt: Timestamp

    public init(plan: String, approvedBy: String, approvedAt: Timestamp) {
        self.plan = plan
        self.approvedBy = approvedBy
        self.approvedAt = approvedAt
    }
}
