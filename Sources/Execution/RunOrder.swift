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

    /// Whether the plan may be run at all, as far as can be said without the platform; `Executor.run` asks it again.
    public func check() throws(ExecutionError) {
        try checkPlan()
        try admission.check(approval: approval)
    }

    /// The same without the approval.
    public func checkPlan() throws(ExecutionError) { try admission.check(findings: findings) }

    private var admission: Admission { Admission(plan: plan, cluster: cluster, policy: policy) }
}
