import ArgumentParser
import ClusterModel
import Documents
import Planning
import Store

/// What every goal takes, and how its plan is made, kept and shown.
struct PlanOptions: ParsableArguments {
    @OptionGroup(title: "Cluster") var source: ClusterSource
    @OptionGroup(title: "Policy") var policy: PolicyOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The planner's clock; without it, the time of the document, or of the store's newest sample.",
            valueName: "time"))
    var at: TimeArgument?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "End searches after so many seconds, with what they have. The plan is then no longer the same on every machine.",
            valueName: "seconds"))
    var timeLimit: Double?

    @Option(name: .long, help: "How the plan is shown.")
    var format: PlanFormat?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write the plan to this file.", valueName: "file"), completion: .file())
    var output: String?

    func validate() throws {
        guard let timeLimit, !(timeLimit > 0 && timeLimit <= 86_400) else { return }
        throw ValidationError("--time-limit \(timeLimit): more than 0 and at most 86400 seconds")
    }

    /// Makes a plan for the goal that `goal` names, and shows it.
    func plan(within options: WindowOptions? = nil, _ goal: (Cluster) throws -> Goal) throws {
        let policy = try policy.load()
        let loaded = try source.load(policy: policy, at: at?.timestamp)
        let asked = try options?.window(at: loaded.moment)
        var plan = try Planner(policy: policy, timeLimitSeconds: timeLimit).plan(
            cluster: loaded.cluster, goal: try goal(loaded.cluster), startsAt: loaded.moment, window: asked?.window,
            createdAt: at?.timestamp ?? WallClock.now())
        if let asked, let answer = WindowAnswer(of: plan) {
            let shown = answer.shown(in: asked.clock.zone) { asked.clock.text($0) }
            plan.extensions = plan.extensions.setting(WindowAnswer.key, shown.json)
        }
        try finish(&plan, loaded, policy)
    }

    /// Completes, keeps and shows a plan.
    func finish(_ plan: inout Plan, _ loaded: LoadedCluster, _ policy: Policy) throws {
        plan.complete(notes: loaded.notes, policy: policy)
        if let store = loaded.store { try PlanKeeping.keep(plan, cluster: loaded.cluster, in: store) }
        try PlanRendering(plan: plan, cluster: loaded.cluster).show(format: format, output: output)
        switch plan.status {
        case .complete, .nothingToDo: return
        case .partial, .infeasible: throw ExitCode.incomplete
        }
    }
}

extension Plan {
    /// The key in a plan's extensions that holds the whole policy, so that the plan can be applied and explained later.
    static let policyKey = "policy"

    /// Adds what the planner does not know: on what data the cluster rests, and the policy in full.
    mutating func complete(notes: [String], policy: Policy) {
        var fields: [String: JSONValue] = [:]
        if case .object(let known) = extensions { fields = known }
        if !notes.isEmpty {
            var all = notes.map { JSONValue.string(value: $0) }
            if case .array(let known) = fields["notes"] { all += known }
            fields["notes"] = .array(values: all)
        }
        if let document = try? JSONText.read(Array(PolicyDocument.canonical(policy).utf8), name: "policy") {
            fields[Self.policyKey] = document
        }
        extensions = .object(fields: fields)
        id = PlanDocument.id(of: self)
    }

    /// The policy under which it was made; `nil` when the plan does not carry it.
    func carriedPolicy() throws -> Policy? {
        guard let value = extensions[Self.policyKey] else { return nil }
        let bytes = Array(JSONText.compact(value).utf8)
        return try PolicyDocument.read(bytes, name: "extensions.policy of plan \(id)").value
    }
}

/// Plans in a store.
enum PlanKeeping {
    /// Keeps a plan and the cluster document on which it rests.
    static func keep(_ plan: Plan, cluster: Cluster, in store: ClusterStore) throws {
        try store.keepSnapshot(
            digest: plan.basis.snapshot, takenAt: plan.basis.takenAt, document: ClusterDocument.write(cluster))
        try store.keepPlan(
            id: plan.id, createdAt: plan.createdAt, snapshot: plan.basis.snapshot, document: PlanDocument.write(plan))
    }

    /// A plan, from a file or by its identifier from a store.
    static func plan(_ name: String, in store: ClusterStore?) throws -> Plan {
        if let store, !Files.exists(name), name != "-" {
            guard let kept = try store.plan(id: name) else {
                throw Failure("\(name): no such file, and \(store.file.path) has no plan of that identifier")
            }
            return try PlanDocument.read(Array(kept.document.utf8), name: "plan \(name) in \(store.file.path)").value
        }
        let reading = try PlanDocument.read(try Files.read(name), name: Files.name(of: name))
        for warning in reading.warnings { Terminal.note("warning: \(warning)") }
        return reading.value
    }

    /// The cluster on which a plan rests, as the store keeps it.
    static func snapshot(of plan: Plan, in store: ClusterStore) throws -> Cluster {
        guard let document = try store.snapshot(digest: plan.basis.snapshot) else {
            throw Failure(
                "\(store.file.path): cluster \(store.name) has no snapshot \(plan.basis.snapshot.prefix(16)), on which plan "
                    + "\(plan.id) rests; name the cluster document with --cluster")
        }
        return try ClusterDocument.read(Array(document.utf8), name: "snapshot in \(store.file.path)").value
    }
}
