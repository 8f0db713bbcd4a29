import ClusterModel

/// The JSON Schemas of Drover's documents (draft 2020-12), made from the same tables as the readers.
///
/// A schema cannot say all: references, unique identifiers, common slots and sums are only the reader's.
public enum DocumentSchema {
    public enum Kind: String, Sendable, CaseIterable {
        case cluster, plan, policy, hosts
    }

    /// The schema as JSON text, ending in a newline.
    public static func text(for kind: Kind) -> String {
        let (shape, title) =
            switch kind {
            case .cluster: (ClusterShape.shape.schema, "A cluster as it stood at one moment")
            case .plan: (PlanShape.shape.schema, "What is to be done, in which order, and why")
            case .hosts: (HostsShape.shape.schema, "The hosts of a cluster and how they are reached")
            case .policy: (PolicyShape.shape().schema, "What the planner and the executor are told")
            }
        let whole = shape.adding([
            "$schema": .string(value: "https://json-schema.org/draft/2020-12/schema"),
            "$id": .string(value: "urn:drover:\(kind.rawValue):1"),
            "title": .string(value: title),
        ])
        var printer = IndentedJSON()
        printer.add(whole)
        return printer.text + "\n"
    }
}

/// JSON with two spaces a level and sorted keys, for people to read.
private struct IndentedJSON {
    var text = ""
    private var depth = 0

    mutating func add(_ value: JSONValue) {
        switch value {
        case .object(let fields) where !fields.isEmpty:
            let sorted = fields.sorted { JSONWriter.precedes($0.key, $1.key) }
            list("{", "}", sorted) { printer, field in
                printer.text += JSONText.compact(.string(value: field.key)) + ": "
                printer.add(field.value)
            }
        case .array(let values) where values.contains(where: \.isBracketed):
            list("[", "]", values) { $0.add($1) }
        default:
            text += JSONText.compact(value)
        }
    }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], _ body: (inout IndentedJSON, Element) -> Void
    ) {
        text += open
        depth += 1
        for (index, element) in elements.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            text += String(repeating: "  ", count: depth)
            body(&self, element)
        }
        depth -= 1
        text += "\n" + String(repeating: "  ", count: depth) + close
    }
}

extension JSONValue {
    fileprivate var isBracketed: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }
}
