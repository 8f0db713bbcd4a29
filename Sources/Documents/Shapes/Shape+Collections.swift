import ClusterModel

extension Shape {
    /// A list of values of this shape.
    ///
    /// Elements that are wrong stay in the list as blanks, so that indices still match the document's.
    @_semantics("optimize.sil.specialize.generic.never")
    func list(minimumCount: Int = 0) -> Shape<[Value]> {
        let element = self
        let plural = isObject ? "a list of objects" : "a list, each \(self.allowed)"
        let allowed = minimumCount == 0 ? plural : "\(plural), at least \(minimumCount)"
        var schema: [String: JSONValue] = ["type": .string(value: "array"), "items": element.schema]
        if minimumCount > 0 { schema["minItems"] = .integer(value: Int64(minimumCount)) }
        return Shape<[Value]>(
            blank: [], allowed: allowed, schema: .object(fields: schema),
            read: { value, node, reader in
                guard reader.tree.kind(node) == .array, reader.tree.count(node) >= minimumCount else {
                    reader.refuse(node, allowed: allowed)
                    return false
                }
                let count = reader.tree.count(node)
                value = []
                value.reserveCapacity(count)
                var isSound = true
                var next = node + 1
                for _ in 0..<count {
                    var item = element.blank
                    if !element.read(&item, next, &reader) { isSound = false }
                    value.append(item)
                    next = reader.tree.end(next)
                }
                return isSound
            },
            write: { value, writer in
                writer.array(ofObjects: element.isObject) { writer in
                    for item in value {
                        writer.element()
                        element.write(item, &writer)
                    }
                }
            })
    }
}

extension Shape where Value == [Double] {
    /// A list of numbers.
    static func numbers(_ element: Shape<Double>) -> Shape {
        let allowed = "a list, each \(element.allowed)"
        return Shape(
            blank: [], allowed: allowed,
            schema: .object(fields: ["type": .string(value: "array"), "items": element.schema]),
            read: { value, node, reader in
                guard reader.tree.kind(node) == .array else {
                    reader.refuse(node, allowed: allowed)
                    return false
                }
                value = [Double](repeating: 0, count: reader.tree.count(node))
                var isSound = true
                var next = node + 1
                for index in value.indices {
                    if !element.read(&value[index], next, &reader) { isSound = false }
                    next = reader.tree.end(next)
                }
                return isSound
            },
            write: { value, writer in
                writer.array { writer in
                    for number in value {
                        writer.element()
                        writer.number(number)
                    }
                }
            })
    }
}

extension Shape where Value == [String] {
    /// A list of names, each once.
    static func names(minimumCount: Int = 0) -> Shape {
        let base = Shape<String>.name.list(minimumCount: minimumCount)
        return Shape(
            blank: [], allowed: base.allowed, schema: base.schema.adding(["uniqueItems": .bool(value: true)]),
            read: { value, node, reader in
                guard base.read(&value, node, &reader) else { return false }
                guard value.count > 1 else { return true }
                var seen: Set<String> = []
                var isSound = true
                for (index, name) in value.enumerated() where !seen.insert(name).inserted {
                    let element = reader.tree.elements(node)[index]
                    reader.refuseRepeated(element, allowed: "each name once")
                    isSound = false
                }
                return isSound
            },
            write: base.write)
    }
}

extension Shape {
    /// An object whose keys are names and whose values have this shape.
    @_semantics("optimize.sil.specialize.generic.never")
    func map(minimumCount: Int = 0, keys: String) -> Shape<[String: Value]> {
        let element = self
        let least = minimumCount == 0 ? "" : ", at least \(minimumCount)"
        let allowed = "an object {\(keys): \(self.allowed)}\(least)"
        var schema: [String: JSONValue] = [
            "type": .string(value: "object"), "additionalProperties": element.schema,
            "propertyNames": .object(fields: ["minLength": .integer(value: 1)]),
        ]
        if minimumCount > 0 { schema["minProperties"] = .integer(value: Int64(minimumCount)) }
        return Shape<[String: Value]>(
            blank: [:], allowed: allowed, schema: .object(fields: schema),
            read: { value, node, reader in
                guard reader.tree.kind(node) == .object, reader.tree.count(node) >= minimumCount else {
                    reader.refuse(node, allowed: allowed)
                    return false
                }
                var isSound = true
                var next = node + 1
                for _ in 0..<reader.tree.count(node) {
                    var item = element.blank
                    let key = reader.tree.text(next)
                    if key.isEmpty {
                        reader.report(next, found: "an empty key", allowed: "a key that is not empty")
                        isSound = false
                    }
                    if !element.read(&item, next + 1, &reader) { isSound = false }
                    value[key] = item
                    next = reader.tree.end(next + 1)
                }
                return isSound
            },
            write: { value, writer in writer.sorted(value) { element.write($1, &$0) } })
    }
}

extension Shape where Value == [String: String] {
    static var labels: Shape { Shape<String>.text.map(keys: "LABEL") }
}

extension Shape where Value == Extensions {
    static var extensions: Shape {
        Shape(
            blank: .none, allowed: "an object", schema: .object(fields: ["type": .string(value: "object")]),
            read: { value, node, reader in
                guard reader.tree.kind(node) == .object else {
                    reader.refuse(node, allowed: "an object")
                    return false
                }
                value = .object(fields: reader.tree.fields(node))
                return true
            },
            write: { value, writer in
                guard case .object(let fields) = value else { return writer.object { _ in } }
                writer.value(.object(fields: fields))
            })
    }
}
