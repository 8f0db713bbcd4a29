import ArgumentParser
import ClusterModel
import Documents
import PlanCheck

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Replays a plan against its cluster and says which promises it breaks.",
        discussion: """
            The checker shares no code with the planner and knows plans of any origin. What must hold in every order \
            that the plan allows is proved, not sampled.

              drover check --cluster lab.cluster.json --plan tonight.json
              drover check --store lab.sqlite --plan 4f1c2a9d3b7e6051

            Exit status 1 when a promise is broken.
            """)

    @OptionGroup(title: "Cluster") var source: ClusterSource

    @Option(name: .long, help: ArgumentHelp("The plan, or its identifier in the store.", valueName: "file|id"))
    var plan: String

    @Option(name: .long, help: "How the result is shown.")
    var format: TextFormat = .text

    func run() throws {
        let (plan, cluster) = try load()
        let violations = PlanChecker(cluster: cluster, plan: plan, snapshotDigest: ClusterDocument.digest(of: cluster))
            .violations()
        switch format {
        case .text: try Terminal.output(text(plan, violations))
        case .json: try Terminal.output(json(plan, violations))
        }
        if !violations.isEmpty { throw ExitCode.failure }
    }

    private func load() throws -> (Plan, Cluster) {
        if let path = source.cluster {
            return (try PlanKeeping.plan(plan, in: nil), try ClusterSource.document(path))
        }
        let store = try source.openStore()
        let plan = try PlanKeeping.plan(plan, in: store)
        return (plan, try PlanKeeping.snapshot(of: plan, in: store))
    }

    /// Lines of text; more are read by nobody.
    private static let shown = 20

    private func text(_ plan: Plan, _ violations: [Violation]) -> String {
        guard !violations.isEmpty else {
            return "plan \(plan.id) keeps its promises: \(plan.steps.count) steps on cluster \(plan.cluster)\n"
        }
        var lines = violations.prefix(Self.shown).map { "\($0)" }
        if violations.count > lines.count {
            lines.append("and \(violations.count - lines.count) more: --format json has all")
        }
        let count = violations.count == 1 ? "1 promise" : "\(violations.count) promises"
        return (["plan \(plan.id) breaks \(count):"] + lines).joined(separator: "\n") + "\n"
    }

    private func json(_ plan: Plan, _ violations: [Violation]) -> String {
        let found = violations.map { violation in
            var fields: [String: JSONValue] = [
                "promise": .string(value: violation.promise.rawValue), "message": .string(value: violation.message),
            ]
            fields["step"] = violation.step.map { .string(value: $0) }
            fields["host"] = violation.host.map { .string(value: $0) }
            fields["vm"] = violation.vm.map { .string(value: $0) }
            fields["rule"] = violation.rule.map { .string(value: $0) }
            return JSONValue.object(fields: fields)
        }
        let whole = JSONValue.object(fields: [
            "plan": .string(value: plan.id), "cluster": .string(value: plan.cluster),
            "violations": .array(values: found),
        ])
        return JSONText.compact(whole) + "\n"
    }
}

/// How results other than plans are shown.
enum TextFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
