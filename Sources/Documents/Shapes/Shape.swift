import ClusterModel

/// How a kind of value stands in a document: one description that reads it, writes it and makes its JSON Schema.
///
/// All three come from one place so that they cannot drift apart: a key that a reader knows is in the schema and is
/// written.
///
/// The functions that build and combine shapes are kept from being specialised: tables of some hundred fields of many
/// types otherwise take the optimiser two minutes and gain little, since reading is bound by the text. Lists of
/// numbers, of which a cluster with profiles has millions, have a function of their own.
struct Shape<Value: Sendable>: Sendable {
    /// What `read` begins with: the defaults of an object, something of no consequence for the rest.
    let blank: Value
    /// What a message says is allowed here.
    let allowed: String
    let schema: JSONValue
    /// Whether values are objects: lists of them are written one a line.
    let isObject: Bool
    /// Reads the value at a node into a value that holds the defaults; `false` when an error was reported.
    let read: @Sendable (inout Value, Int, inout ShapeReader) -> Bool
    let write: @Sendable (Value, inout JSONWriter) -> Void

    init(
        blank: Value, allowed: String, schema: JSONValue, isObject: Bool = false,
        read: @escaping @Sendable (inout Value, Int, inout ShapeReader) -> Bool,
        write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        self.blank = blank
        self.allowed = allowed
        self.schema = schema
        self.isObject = isObject
        self.read = read
        self.write = write
    }

    /// The same shape with another name for what is allowed, and a further condition on the value.
    @_semantics("optimize.sil.specialize.generic.never")
    func restricted(
        _ allowed: String, schema extra: [String: JSONValue] = [:], _ condition: @escaping @Sendable (Value) -> Bool
    ) -> Shape {
        let base = self
        return Shape(
            blank: blank, allowed: allowed, schema: base.schema.adding(extra), isObject: isObject,
            read: { value, node, reader in
                guard base.read(&value, node, &reader) else { return false }
                if condition(value) { return true }
                reader.refuse(node, allowed: allowed)
                return false
            },
            write: write)
    }

    /// A value that is made from this one, for example an enum from a record of optional keys.
    @_semantics("optimize.sil.specialize.generic.never")
    func mapped<Other: Sendable>(
        blank: Other, from make: @escaping @Sendable (Value) -> Other, to unmake: @escaping @Sendable (Other) -> Value
    ) -> Shape<Other> {
        let base = self
        return Shape<Other>(
            blank: blank, allowed: allowed, schema: schema, isObject: isObject,
            read: { value, node, reader in
                var record = base.blank
                let isSound = base.read(&record, node, &reader)
                value = make(record)
                return isSound
            },
            write: { value, writer in base.write(unmake(value), &writer) })
    }

    /// `null` stands for `nil`.
    @_semantics("optimize.sil.specialize.generic.never")
    func orNull() -> Shape<Value?> {
        let base = self
        return Shape<Value?>(
            blank: nil, allowed: "\(allowed), or null",
            schema: .object(fields: [
                "anyOf": .array(values: [schema, .object(fields: ["type": .string(value: "null")])])
            ]),
            read: { value, node, reader in
                guard reader.tree.kind(node) != .null else {
                    value = nil
                    return true
                }
                var wrapped = base.blank
                guard base.read(&wrapped, node, &reader) else { return false }
                value = wrapped
                return true
            },
            write: { value, writer in
                if let value { base.write(value, &writer) } else { writer.null() }
            })
    }
}

extension JSONValue {
    /// The object with further members; `self` when it is none.
    func adding(_ extra: [String: JSONValue]) -> JSONValue {
        guard case .object(let fields) = self else { return self }
        return .object(fields: fields.merging(extra) { _, new in new })
    }
}
