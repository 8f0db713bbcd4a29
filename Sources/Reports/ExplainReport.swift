public import ClusterModel

/// Why a VM moves or stays, and what happens to a host: from the plan's own words, and from the constraints asked anew
/// at the plan's end.
public struct ExplainReport: Sendable {
    private let plan: Plan
    private let cluster: Cluster
    private let policy: Policy
    private let carriedPolicy: Policy?

    /// - Parameter policy: the policy of the plan; `nil`: what the plan itself tells of it.
    public init(plan: Plan, cluster: Cluster, policy: Policy? = nil) {
        self.plan = plan
        self.cluster = cluster
        self.policy = policy ?? Policy(plan.policy)
        carriedPolicy = policy
    }

    /// - Parameter subject: a VM or a host; `nil`: the whole plan, a line a host and a line a refusal.
    public func text(about subject: String? = nil) throws(ExplainError) -> String {
        try explanations(of: subject).map { $0.text() }.joined(separator: "\n")
    }

    /// The same as JSON: an object with `plan` and one of `vm`, `host` and `hosts`.
    public func json(about subject: String? = nil) throws(ExplainError) -> String {
        var fields: [String: JSONValue] = [
            "plan": .string(value: plan.id), "goal": .string(value: plan.goal.name),
            "status": .string(value: plan.status.rawValue),
        ]
        for explanation in try explanations(of: subject) {
            fields[explanation.key] = explanation.json()
        }
        if subject == nil { fields["refusedBy"] = RefusalCounts(plan).json }
        return ReportJSON.text(.object(fields: fields))
    }

    private func explanations(of subject: String?) throws(ExplainError) -> [any Explanation] {
        let outcome = PlanOutcome(plan: plan, cluster: cluster)
        guard let subject else { return [PlanExplanation(plan: plan, outcome: outcome)] }
        let vm = cluster.vms.first { $0.id == subject }
        let host = cluster.hosts.first { $0.id == subject }
        guard vm != nil || host != nil else { throw .unknown(id: subject, cluster: cluster.name) }
        let finder = VerdictFinder(plan: plan, cluster: cluster, policy: policy, outcome: outcome)
        var explanations: [any Explanation] = []
        if let vm {
            explanations.append(
                VMExplanation(
                    vm: vm, plan: plan, policy: policy, outcome: outcome, finder: finder, unblocking: unblocking(vm)))
        }
        if let host, let change = outcome.change(of: host.id) {
            explanations.append(
                HostExplanation(
                    change: change, plan: plan, cluster: cluster, outcome: outcome, finder: finder,
                    unblocking: unblocking(change, outcome)))
        }
        return explanations
    }

    /// What would let a refused VM leave.
    private func unblocking(_ vm: VirtualMachine) -> UnblockingSection? {
        let isRefused = plan.refusals.contains {
            if case .vm(let id, _) = $0.subject { id == vm.id } else { false }
        }
        return isRefused ? unblocking(goal: plan.goal, subjects: [vm.id]) : nil
    }

    /// What would empty a host: of an evacuation the VMs that it leaves behind; of a power save all VMs of a host that
    /// stays on, as an evacuation of its own.
    private func unblocking(_ change: PlanOutcome.HostChange, _ outcome: PlanOutcome) -> UnblockingSection? {
        let host = change.host.id
        let held = cluster.vms.filter { $0.state != .stopped && $0.host == host }.map(\.id)
        switch plan.goal {
        case .evacuate(let hosts):
            let left = held.filter { outcome.finalHost[$0] == host }
            return hosts.contains(host) && !left.isEmpty ? unblocking(goal: plan.goal, subjects: left) : nil
        case .powerSave:
            guard change.host.state == .on, change.stateAfter == .on, !held.isEmpty else { return nil }
            return unblocking(goal: .evacuate(hosts: [host]), subjects: held)
        case .balance, .place, .relocate, .rolling: return nil
        }
    }

    private func unblocking(goal: Goal, subjects: [String]) -> UnblockingSection {
        UnblockingSection(goal: goal, subjects: subjects, plan: plan, cluster: cluster, policy: carriedPolicy)
    }
}

/// What cannot be explained.
public enum ExplainError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknown(id: String, cluster: String)

    public var description: String {
        switch self {
        case .unknown(let id, let cluster):
            "cluster '\(cluster)' has neither a VM nor a host '\(id)'; name one of them, or none for the whole plan"
        }
    }
}

/// One answer, in both forms.
protocol Explanation {
    /// The key under which the JSON form stands.
    var key: String { get }
    func text() -> String
    func json() -> JSONValue
}
