public import ClusterModel
import Documents

/// Follows edits of a cluster document and a policy as `drover explain --format json` names them, the way a person
/// would: in the text of the documents, without the planner's own way to apply a relaxation.
public enum DocumentEdits {
    public struct Unreadable: Error {
        public let edit: JSONValue
    }

    /// The cluster and the policy with the edits made, one after the other.
    public static func follow(
        _ edits: [JSONValue], cluster: Cluster, policy: Policy
    ) throws -> (cluster: Cluster, policy: Policy) {
        var document = try JSONText.read(Array(ClusterDocument.canonical(cluster).utf8), name: "cluster")
        var policy = policy
        for edit in edits {
            guard case .object(let fields) = edit else { throw Unreadable(edit: edit) }
            if case .string(let setting)? = fields["set"] {
                policy = try PolicyDocument.applying(settings: [setting], to: policy)
            } else {
                document = try following(fields, document)
            }
        }
        let text = JSONText.compact(document)
        return (try ClusterDocument.read(Array(text.utf8), name: "edited cluster").value, policy)
    }

    private static func following(_ edit: [String: JSONValue], _ document: JSONValue) throws -> JSONValue {
        guard case .object(var fields) = document, case .string(let list)? = edit["in"],
            case .array(var values)? = fields[list], case .string(let key)? = edit["key"], let value = edit["value"],
            let index = values.firstIndex(where: { id(of: $0) == edit["id"] }), case .object(var entry) = values[index]
        else { throw Unreadable(edit: .object(fields: edit)) }
        entry[key] = value == .null ? nil : value
        values[index] = .object(fields: entry)
        fields[list] = .array(values: values)
        return .object(fields: fields)
    }

    private static func id(of entry: JSONValue) -> JSONValue? {
        if case .object(let fields) = entry { fields["id"] } else { nil }
    }
}
