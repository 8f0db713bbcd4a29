public import ClusterModel

/// What is to be run, on what grounds.
public struct RunOrder: Sendable {
    public let plan: Plan
    /// The newest cluster document; what the platform says goes before it.
    public let cluster: Cluster
    public let policy: Policy
    public let approval: Approval?
    /// What the plan checker found wrong. Not empty: the plan is not run.
    public let findings: [String]

    public init(plan: Plan, cluster: Cluster, policy: Policy, approval: Approval?, findings: [String]) {
        self.plan = plan
        self.cluster = cluster
        self.policy = policy
        self.approval = approval
        self.findings = findings
    }
}
