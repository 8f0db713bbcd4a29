import ClusterModel

/// One key of an object: its name, whether it may be absent, and the property it fills.
struct Field<Owner: Sendable>: Sendable {
    let name: String
    let isRequired: Bool
    let allowed: String
    let schema: JSONValue
    let read: @Sendable (inout Owner, Int, inout ShapeReader) -> Bool
    /// Writes key and value, or nothing when the property says what an absent key says.
    let write: @Sendable (Owner, inout JSONWriter) -> Void

    @_semantics("optimize.sil.specialize.generic.never")
    private init<Value>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ shape: Shape<Value>, isRequired: Bool,
        about: String, isWritten: @escaping @Sendable (Value, JSONWriter.Style) -> Bool
    ) {
        self.name = name
        self.isRequired = isRequired
        self.allowed = shape.allowed
        self.schema = about.isEmpty ? shape.schema : shape.schema.adding(["description": .string(value: about)])
        self.read = { owner, node, reader in shape.read(&owner[keyPath: path], node, &reader) }
        self.write = { owner, writer in
            let value = owner[keyPath: path]
            guard isWritten(value, writer.style) else { return }
            writer.key(name)
            shape.write(value, &writer)
        }
    }

    /// A key that must be there.
    @_semantics("optimize.sil.specialize.generic.never")
    static func required<Value>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ shape: Shape<Value>, about: String = ""
    ) -> Field {
        Field(name, path, shape, isRequired: true, about: about, isWritten: { _, _ in true })
    }

    /// A key that may be absent, which is something else than any value it may have.
    @_semantics("optimize.sil.specialize.generic.never")
    static func optional<Value>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value?> & Sendable, _ shape: Shape<Value>, about: String = ""
    ) -> Field {
        Field(name, path, shape.wrapped(), isRequired: false, about: about, isWritten: { value, _ in value != nil })
    }

    /// A key that may be absent or `null`, which mean the same; readable JSON says `null`, canonical JSON nothing.
    @_semantics("optimize.sil.specialize.generic.never")
    static func nullable<Value>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value?> & Sendable, _ shape: Shape<Value>, about: String = ""
    ) -> Field {
        Field(name, path, shape.orNull(), isRequired: false, about: about) { value, style in
            style == .readable || value != nil
        }
    }

    /// A key whose absence means the value that the owner's `blank` has. Canonical JSON has it always; readable JSON
    /// when it says something else, or when `isAlwaysWritten`.
    @_semantics("optimize.sil.specialize.generic.never")
    static func defaulted<Value: Equatable>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ shape: Shape<Value>, of blank: Owner,
        isAlwaysWritten: Bool = false, about: String = ""
    ) -> Field {
        let absent = blank[keyPath: path]
        return Field(name, path, shape.documenting(absent), isRequired: false, about: about) { written, style in
            isAlwaysWritten || style == .canonical || written != absent
        }
    }

    /// The object `extensions` that documents, hosts, VMs, rules and steps may have.
    @_semantics("optimize.sil.specialize.generic.never")
    static func extensions(_ path: any WritableKeyPath<Owner, Extensions> & Sendable) -> Field {
        Field(
            "extensions", path, .extensions, isRequired: false, about: "What others add; kept, never interpreted.",
            isWritten: { value, _ in value != .none })
    }
}

extension Shape {
    /// The same shape, whose schema names the default.
    @_semantics("optimize.sil.specialize.generic.never")
    fileprivate func documenting(_ value: Value) -> Shape {
        var writer = JSONWriter(style: .canonical)
        write(value, &writer)
        guard let tree = try? JSONParser.parse(writer.bytes, name: "default") else { return self }
        return Shape(
            blank: blank, allowed: allowed, schema: schema.adding(["default": tree.value(0)]), isObject: isObject,
            read: read, write: write)
    }

    /// The same values as optionals; `nil` is never written.
    @_semantics("optimize.sil.specialize.generic.never")
    fileprivate func wrapped() -> Shape<Value?> {
        let base = self
        return Shape<Value?>(
            blank: nil, allowed: allowed, schema: schema, isObject: isObject,
            read: { value, node, reader in
                var wrapped = base.blank
                guard base.read(&wrapped, node, &reader) else { return false }
                value = wrapped
                return true
            },
            write: { value, writer in
                if let value { base.write(value, &writer) }
            })
    }
}
