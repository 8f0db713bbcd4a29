public import ClusterModel

/// Why a VM moves or stays, and what happens to a host: from the plan's own words, and from the constraints asked anew
/// at the plan's end.
public struct ExplainReport: Sendable {
    private let plan: Plan
    private let cluster: Cluster
    private let policy: Policy

    /// - Parameter policy: the policy of the plan; `nil`: what the plan itself tells of it.
    public init(plan: Plan, cluster: Cluster, policy: Policy? = nil) {
        self.plan = plan
        self.cluster = cluster
        self.policy = policy ?? Policy(plan.policy)
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
            explanations.append(VMExplanation(vm: vm, plan: plan, policy: policy, outcome: outcome, finder: finder))
        }
        if let host, let change = outcome.change(of: host.id) {
            explanations.append(
                HostExplanation(change: change, plan: plan, cluster: cluster, outcome: outcome, finder: finder))
        }
        return explanations
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

extension Explanation {
    static func lines(of verdicts: [VerdictFinder.Verdict], indent: String) -> [String] {
        verdicts.map { verdict in
            let hosts = verdict.hosts.isEmpty ? "any host" : PlanWords.list(verdict.hosts)
            return indent + TextTable.oneLine("\(verdict.constraint) (\(hosts)): \(verdict.detail)")
        }
    }

    static func json(_ verdicts: [VerdictFinder.Verdict]) -> JSONValue {
        .array(
            values: verdicts.map {
                .object(fields: [
                    "constraint": .string(value: $0.constraint), "hosts": .strings($0.hosts),
                    "detail": .string(value: $0.detail),
                ])
            })
    }
}
