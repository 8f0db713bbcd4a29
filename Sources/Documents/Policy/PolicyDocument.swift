public import ClusterModel

/// Reads policy files and changes policies by `--set`.
public enum PolicyDocument {
    /// Reads a policy from YAML or JSON; `name` is how messages call the file. Throws every mistake at once.
    public static func read(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> Reading<Policy> {
        try read(try DocumentTree(bytes: bytes, name: name))
    }

    package static func read(_ tree: DocumentTree) throws(DocumentErrors) -> Reading<Policy> {
        var reader = ShapeReader(tree: tree)
        let shape = PolicyShape.shape()
        var document = shape.blank
        _ = shape.read(&document, 0, &reader)
        if document.policy.hasHorizonOfHistory, let node = tree.member(0, "horizonSeconds") {
            reader.refuse(node, allowed: Self.horizonOfHistory)
        }
        let warnings = try reader.finish()
        return Reading(value: document.policy, warnings: warnings)
    }

    /// The policy with settings of the form `limits.cpu=0.9` applied in turn: a dotted key, and a value in YAML.
    ///
    /// The same strictness as for a file; the mistakes of all settings are thrown together.
    public static func applying(settings: [String], to policy: Policy) throws(DocumentErrors) -> Policy {
        var result = policy
        var issues: [DocumentIssue] = []
        var omittedCount = 0
        for setting in settings {
            do throws(DocumentErrors) {
                result = try applying(setting, to: result)
            } catch {
                issues += error.issues
                omittedCount += error.omittedCount
            }
        }
        // Only now: a setting may take back what another one would contradict.
        if issues.isEmpty, let horizon = result.horizonSeconds, result.hasHorizonOfHistory {
            let message = "found \(horizon), allowed: \(Self.horizonOfHistory)"
            issues.append(DocumentIssue(file: "--set", path: "horizonSeconds", message: message))
        }
        guard issues.isEmpty else { throw DocumentErrors(issues: issues, omittedCount: omittedCount) }
        return result
    }

    private static let horizonOfHistory =
        "null, as demand.profile is history: its slots are no times of the clock"

    private static func applying(_ setting: String, to policy: Policy) throws(DocumentErrors) -> Policy {
        let name = "--set \(DocumentTree.shortened(setting))"
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let hasValue = parts.count == 2 && parts[1].contains { $0 != " " }
        guard hasValue, !keys.contains(""), keys.count <= 8 else {
            let message = "found \"\(DocumentTree.shortened(setting))\", allowed: KEY=VALUE, for example limits.cpu=0.9"
            throw DocumentErrors(issues: [DocumentIssue(file: name, path: "", message: message)])
        }
        let tree = try YAMLComposer.setting(keys: keys, value: String(parts[1]), name: name)
        var reader = ShapeReader(tree: tree)
        let shape = PolicyShape.shape(base: policy)
        var document = shape.blank
        _ = shape.read(&document, 0, &reader)
        try reader.finish()
        return document.policy
    }

    /// SHA-256 of the canonical JSON (sorted keys, defaults filled in), in lower-case hexadecimal.
    public static func digest(of policy: Policy) -> String {
        SHA256.hexadecimalDigest(of: Array(canonical(policy).utf8))
    }

    /// The canonical JSON: one line, sorted keys, defaults filled in.
    public static func canonical(_ policy: Policy) -> String { text(policy, .canonical) }

    /// The policy as JSON that names what differs from the defaults; reading it gives the same policy.
    public static func write(_ policy: Policy) -> String { text(policy, .readable) }

    private static func text(_ policy: Policy, _ style: JSONWriter.Style) -> String {
        var writer = JSONWriter(style: style)
        PolicyShape.shape().write(PolicyShape.Document(policy: policy), &writer)
        return writer.text()
    }
}

extension Policy {
    /// Planner and checker look at the slots between now and the horizon. The slots of a history are no times to come.
    fileprivate var hasHorizonOfHistory: Bool { demand.profile == .history && horizonSeconds != nil }
}
