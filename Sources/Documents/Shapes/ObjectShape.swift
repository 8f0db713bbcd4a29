import ClusterModel

/// Where the fields of an object that is being read stand: for conditions between fields.
struct ObjectView: Sendable {
    /// The object itself.
    let node: Int
    fileprivate let firstSlot: Int
    fileprivate let names: [String]

    private func slot(_ name: String, _ reader: ShapeReader) -> Int {
        guard let index = names.firstIndex(of: name) else { return ObjectView.absent }
        return reader.fieldNodes[firstSlot + index]
    }

    fileprivate static let absent = -1

    /// A field whose value was wrong is kept with this sign.
    fileprivate static func unsound(_ node: Int) -> Int { -2 - node }

    /// The value's node; `nil` when the key is absent.
    func node(_ name: String, _ reader: ShapeReader) -> Int? {
        let slot = slot(name, reader)
        if slot == ObjectView.absent { return nil }
        return slot >= 0 ? slot : -2 - slot
    }

    /// Whether the key is there and its value is right.
    func isSound(_ name: String, _ reader: ShapeReader) -> Bool { slot(name, reader) >= 0 }

    func isPresent(_ name: String, _ reader: ShapeReader) -> Bool { slot(name, reader) != ObjectView.absent }
}

/// What holds between the fields of an object: part of its reader and of its schema.
struct ObjectRule<Value: Sendable>: Sendable {
    /// A member of the schema's `allOf`; `nil` when JSON Schema cannot say it.
    let schema: JSONValue?
    /// Reports what is wrong; `false` when something is.
    let check: @Sendable (Value, ObjectView, inout ShapeReader) -> Bool
}

extension Shape {
    /// An object with exactly these keys.
    @_semantics("optimize.sil.specialize.generic.never")
    static func object(_ blank: Value, _ fields: [Field<Value>], rules: [ObjectRule<Value>] = []) -> Shape {
        let table = FieldTable(fields: fields, rules: rules)
        return Shape(
            blank: blank, allowed: "an object", schema: table.schema, isObject: true,
            read: { value, node, reader in table.read(&value, node, &reader) },
            write: { value, writer in
                let ordered = writer.style == .canonical ? table.sortedFields : table.fields
                writer.object { writer in
                    for field in ordered { field.write(value, &writer) }
                }
            })
    }
}

/// The fields of an object, prepared for reading.
private struct FieldTable<Value: Sendable>: Sendable {
    let fields: [Field<Value>]
    let sortedFields: [Field<Value>]
    let names: [String]
    let nameBytes: [[UInt8]]
    let rules: [ObjectRule<Value>]

    @_semantics("optimize.sil.specialize.generic.never")
    init(fields: [Field<Value>], rules: [ObjectRule<Value>]) {
        self.fields = fields
        self.rules = rules
        sortedFields = fields.sorted { JSONWriter.precedes($0.name, $1.name) }
        names = fields.map(\.name)
        nameBytes = fields.map { Array($0.name.utf8) }
    }

    @_semantics("optimize.sil.specialize.generic.never")
    func read(_ value: inout Value, _ node: Int, _ reader: inout ShapeReader) -> Bool {
        guard reader.tree.kind(node) == .object else {
            reader.refuse(node, allowed: "an object with the keys \(names.joined(separator: ", "))")
            return false
        }
        let view = ObjectView(node: node, firstSlot: reader.fieldNodes.count, names: names)
        for _ in fields { reader.fieldNodes.append(ObjectView.absent) }
        defer { reader.fieldNodes.removeLast(fields.count) }
        var isSound = readMembers(&value, view, &reader)
        for (index, field) in fields.enumerated()
        where field.isRequired && reader.fieldNodes[view.firstSlot + index] == ObjectView.absent {
            reader.reportMissing(field.name, in: node, allowed: field.allowed)
            isSound = false
        }
        for rule in rules where !rule.check(value, view, &reader) { isSound = false }
        return isSound
    }

    @_semantics("optimize.sil.specialize.generic.never")
    private func readMembers(_ value: inout Value, _ view: ObjectView, _ reader: inout ShapeReader) -> Bool {
        var isSound = true
        var key = view.node + 1
        var guess = 0
        for _ in 0..<reader.tree.count(view.node) {
            let member = key + 1
            if let index = fieldIndex(of: key, guess: guess, reader) {
                // The second value of a duplicate key is not looked at; the key itself is already reported.
                if reader.fieldNodes[view.firstSlot + index] == ObjectView.absent {
                    let isRight = fields[index].read(&value, member, &reader)
                    reader.fieldNodes[view.firstSlot + index] = isRight ? member : ObjectView.unsound(member)
                    if !isRight { isSound = false }
                }
                guess = index + 1
            } else {
                reportUnknown(key, &reader)
                isSound = false
            }
            key = reader.tree.end(member)
        }
        return isSound
    }

    /// Documents mostly keep one order of keys, so the search begins where the last one ended.
    @_semantics("optimize.sil.specialize.generic.never")
    private func fieldIndex(of key: Int, guess: Int, _ reader: ShapeReader) -> Int? {
        let count = nameBytes.count
        for step in 0..<count {
            let sum = guess + step
            let index = sum < count ? sum : sum - count
            if reader.tree.text(key, equals: nameBytes[index]) { return index }
        }
        return nil
    }

    @_semantics("optimize.sil.specialize.generic.never")
    private func reportUnknown(_ key: Int, _ reader: inout ShapeReader) {
        let tree = reader.tree
        reader.report(key, unknown(tree.text(key)))
    }

    private func unknown(_ name: String) -> String {
        let found = "unknown key '\(DocumentTree.shortened(name))'"
        guard let meant = Suggestion.nearest(to: name, among: names) else {
            return "\(found), allowed: \(names.joined(separator: ", "))"
        }
        return "\(found), did you mean '\(meant)'"
    }

    var schema: JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.string(value: $0.name) }
        let properties = Dictionary(fields.map { ($0.name, $0.schema) }, uniquingKeysWith: { first, _ in first })
        var schema: [String: JSONValue] = [
            "type": .string(value: "object"), "properties": .object(fields: properties),
            "additionalProperties": .bool(value: false),
        ]
        if !required.isEmpty { schema["required"] = .array(values: required) }
        let conditions = rules.compactMap(\.schema)
        if !conditions.isEmpty { schema["allOf"] = .array(values: conditions) }
        return .object(fields: schema)
    }
}
