import ClusterModel
import Planning

/// What would let VMs leave a host that cannot: the relaxations that were verified by planning with them, in both
/// forms.
struct UnblockingSection {
    private let answer: RelaxationAnswer
    private let policy: Policy
    private let cluster: Cluster
    /// VMs asked about.
    private let subjects: [String]
    /// Whether the plan does not carry its whole policy, so that the rest is taken at its defaults.
    private let assumesPolicy: Bool

    /// - Parameters:
    ///   - goal: the goal under which the VMs are blocked.
    ///   - subjects: VMs that stay, and should not.
    ///   - policy: the plan's; `nil`: what the plan tells of it.
    init(goal: Goal, subjects: [String], plan: Plan, cluster: Cluster, policy carried: Policy?) {
        let policy = carried ?? Policy(plan.policy)
        assumesPolicy = carried == nil
        self.subjects = subjects
        self.policy = policy
        self.cluster = cluster
        answer = RelaxationFinder(cluster: cluster, policy: policy, goal: goal, startsAt: plan.startsAt)
            .answer(about: Set(subjects))
    }

    // MARK: - Text

    /// Lines about one VM.
    func lines(about vm: String, indent: String) -> [String] {
        if !answer.blocked.contains(vm) { return [indent + "planned anew as things stand, it leaves"] }
        if answer.fixed.contains(vm) {
            return [
                indent
                    + "nothing that Drover could relax frees it (\(tie(of: vm))): shut it down, or take away what ties it"
            ]
        }
        return lines(of: answer.remedies[vm] ?? [], whom: "it", indent: indent)
    }

    /// Lines about all of them together.
    func wholeLines(indent: String) -> [String] {
        guard subjects.contains(where: answer.blocked.contains) else {
            return [indent + "planned as an evacuation of its own, every VM leaves it"]
        }
        if let vm = answer.fixed.first {
            return [indent + "nothing that Drover could relax empties it while \(vm) cannot move: \(tie(of: vm))"]
        }
        return lines(of: answer.wholeRemedies, whom: "all of them", indent: indent)
    }

    private func lines(of remedies: [RelaxationAnswer.Remedy], whom: String, indent: String) -> [String] {
        guard !remedies.isEmpty else {
            let end = answer.ranOut ? "; the search ended after \(answer.plansMade) plans" : ""
            return [indent + "nothing was found that frees \(whom), alone or in pairs" + end]
        }
        let under = assumesPolicy ? " (what the plan does not tell of its policy is taken at the default)" : ""
        return [indent + "any one of these frees \(whom), verified by planning with it\(under):"]
            + remedies.map { indent + "  - " + TextTable.oneLine($0.words) }
    }

    private func tie(of vm: String) -> String {
        cluster.vms.first { $0.id == vm }?.migrationReason ?? "its migration is none"
    }

    // MARK: - JSON

    func json(about vm: String) -> JSONValue {
        .object(fields: [
            "blocked": .bool(value: answer.blocked.contains(vm)), "fixed": .bool(value: answer.fixed.contains(vm)),
            "remedies": remedies(answer.remedies[vm] ?? []), "plansMade": .count(answer.plansMade),
            "ranOut": .bool(value: answer.ranOut), "assumesPolicy": .bool(value: assumesPolicy),
        ])
    }

    func wholeJSON() -> JSONValue {
        .object(fields: [
            "blocked": .strings(subjects.filter(answer.blocked.contains)), "fixed": .strings(answer.fixed),
            "remedies": remedies(answer.wholeRemedies),
            "byVM": .object(fields: answer.remedies.mapValues(remedies)),
            "plansMade": .count(answer.plansMade), "ranOut": .bool(value: answer.ranOut),
            "assumesPolicy": .bool(value: assumesPolicy),
        ])
    }

    private func remedies(_ remedies: [RelaxationAnswer.Remedy]) -> JSONValue {
        .array(
            values: remedies.map { remedy in
                .object(fields: [
                    "price": .count(remedy.price), "words": .string(value: remedy.words),
                    "edits": .array(values: remedy.edits(of: cluster, policy)),
                ])
            })
    }
}
