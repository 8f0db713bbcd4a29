public import ClusterModel

/// Reads and writes `drover.plan/1`.
public enum PlanDocument {
    /// Reads a plan from JSON or YAML; `name` is how messages call the file. Throws every error of the document.
    public static func read(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> Reading<Plan> {
        try read(try DocumentTree(bytes: bytes, name: name))
    }

    package static func read(_ tree: DocumentTree) throws(DocumentErrors) -> Reading<Plan> {
        var reader = ShapeReader(tree: tree)
        var document = PlanShape.shape.blank
        _ = PlanShape.shape.read(&document, 0, &reader)
        checkSteps(document.plan, &reader)
        let warnings = try reader.finish()
        return Reading(value: document.plan, warnings: warnings)
    }

    /// The plan as readable JSON: one step or refusal a line; reading it gives the same plan.
    public static func write(_ plan: Plan) -> String { text(plan, .readable) }

    /// The canonical JSON: one line, sorted keys, defaults filled in.
    public static func canonical(_ plan: Plan) -> String { text(plan, .canonical) }

    /// SHA-256 of the canonical JSON, in lower-case hexadecimal.
    public static func digest(of plan: Plan) -> String {
        SHA256.hexadecimalDigest(of: Array(canonical(plan).utf8))
    }

    /// The identifier that a plan's contents give it: the first 16 hexadecimal digits of its digest, taken with no `id`
    /// and without `createdAt`, so that the same input gives the same identifier whenever it is planned.
    public static func id(of plan: Plan) -> String {
        var plan = plan
        plan.id = ""
        plan.createdAt = Timestamp(millisecondsSinceEpoch: 0)
        return String(digest(of: plan).prefix(16))
    }

    private static func text(_ plan: Plan, _ style: JSONWriter.Style) -> String {
        var writer = JSONWriter(style: style)
        PlanShape.shape.write(PlanShape.Document(plan: plan), &writer)
        return writer.text()
    }

    /// Step identifiers are unique, and `after` names other steps of the plan. An empty identifier stands for one that
    /// was wrong, and is already reported.
    private static func checkSteps(_ plan: Plan, _ reader: inout ShapeReader) {
        let nodes = reader.tree.member(0, "steps").map { reader.tree.elements($0) } ?? []
        let ids = Set(plan.steps.map(\.id))
        var seen: Set<String> = []
        for (step, node) in zip(plan.steps, nodes) {
            if !step.id.isEmpty, !seen.insert(step.id).inserted, let id = reader.tree.member(node, "id") {
                reader.refuseRepeated(id, allowed: "an id that no other step has")
            }
            guard !step.after.isEmpty, let after = reader.tree.member(node, "after") else { continue }
            for (name, element) in zip(step.after, reader.tree.elements(after)) where !name.isEmpty {
                if name == step.id || !ids.contains(name) {
                    reader.refuse(element, allowed: "the id of another step of this plan")
                }
            }
        }
    }
}
