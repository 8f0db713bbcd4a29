import ClusterModel

/// Reads a document of any kind, for `drover validate`.
public enum DocumentValidation {
    /// What a valid document is.
    public struct Report: Sendable {
        public let kind: DocumentSchema.Kind
        public let warnings: [DocumentIssue]
        /// For example `20 hosts, 200 VMs, 0 rules, 0 links`.
        public let summary: String
    }

    /// Reads a document of the kind that its `format` names; one without `format` is a policy.
    ///
    /// Throws every error of the document at once.
    public static func validate(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> Report {
        let tree = try DocumentTree(bytes: bytes, name: name)
        switch try kind(of: tree) {
        case .cluster:
            let reading = try ClusterDocument.read(tree)
            let cluster = reading.value
            let summary =
                "\(cluster.hosts.count) hosts, \(cluster.vms.count) VMs, \(cluster.rules.count) rules, "
                + "\(cluster.links.count) links"
            return Report(kind: .cluster, warnings: reading.warnings, summary: summary)
        case .plan:
            let reading = try PlanDocument.read(tree)
            let plan = reading.value
            let summary = "\(plan.goal.name), \(plan.status.rawValue), \(plan.steps.count) steps"
            return Report(kind: .plan, warnings: reading.warnings, summary: summary)
        case .policy:
            let reading = try PolicyDocument.read(tree)
            return Report(kind: .policy, warnings: reading.warnings, summary: "policy \(reading.value.name)")
        case .hosts:
            let reading = try HostsDocument.read(tree)
            return Report(kind: .hosts, warnings: reading.warnings, summary: "\(reading.value.hosts.count) hosts")
        }
    }

    private static func kind(of tree: DocumentTree) throws(DocumentErrors) -> DocumentSchema.Kind {
        let formats: [(String, DocumentSchema.Kind)] = [
            (Cluster.format, .cluster), (Plan.format, .plan), (PolicyShape.format, .policy),
            (HypervisorHosts.format, .hosts),
        ]
        guard let node = tree.member(0, "format") else { return .policy }
        let text = tree.isText(node) ? tree.text(node) : ""
        if let known = formats.first(where: { $0.0 == text }) { return known.1 }
        var reader = ShapeReader(tree: tree)
        reader.refuse(node, allowed: formats.map { "\"\($0.0)\"" }.joined(separator: " | "))
        try reader.finish()
        return .policy
    }
}
