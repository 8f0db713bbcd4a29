import ClusterModel

extension ObjectRule {
    /// Which keys belong to which value of a key such as `kind` or `action`.
    struct Variant: Sendable {
        let name: String
        let required: [String]
        let optional: [String]

        init(_ name: String, required: [String] = [], optional: [String] = []) {
            self.name = name
            self.required = required
            self.optional = optional
        }
    }

    /// The value of `key` decides which of the variants' keys must be there and which must not.
    static func variants(
        by key: String, _ name: @escaping @Sendable (Value) -> String, _ variants: [Variant]
    ) -> ObjectRule {
        var special: [String] = []
        for word in variants.flatMap({ $0.required + $0.optional }) where !special.contains(word) {
            special.append(word)
        }
        let words = special
        return ObjectRule(schema: schema(by: key, variants, special: words)) { value, view, reader in
            let chosen = name(value)
            guard view.isSound(key, reader), let variant = variants.first(where: { $0.name == chosen }) else {
                return false
            }
            var isSound = true
            for word in words {
                let isRequired = variant.required.contains(word)
                let node = view.node(word, reader)
                if isRequired, node == nil {
                    reader.reportMissing(word, in: view.node, allowed: "a value, since \(key) is \(chosen)")
                    isSound = false
                } else if let node, !isRequired, !variant.optional.contains(word) {
                    reader.report(node, found: "a value", allowed: "none, since \(key) is \(chosen)")
                    isSound = false
                }
            }
            return isSound
        }
    }

    private static func schema(by key: String, _ variants: [Variant], special: [String]) -> JSONValue {
        let conditions = variants.map { variant in
            let forbidden = special.filter { !variant.required.contains($0) && !variant.optional.contains($0) }
            var then: [String: JSONValue] = [
                "properties": .object(
                    fields: Dictionary(
                        forbidden.map { ($0, JSONValue.bool(value: false)) }, uniquingKeysWith: { first, _ in first }))
            ]
            if !variant.required.isEmpty {
                then["required"] = .array(values: variant.required.map { .string(value: $0) })
            }
            return JSONValue.object(fields: [
                "if": .object(fields: [
                    "properties": .object(fields: [
                        key: .object(fields: ["const": .string(value: variant.name)])
                    ])
                ]),
                "then": .object(fields: then),
            ])
        }
        return .object(fields: ["allOf": .array(values: conditions)])
    }

    /// Exactly one of the keys is there.
    static func exactlyOne(of keys: [String]) -> ObjectRule {
        let choices = keys.map { JSONValue.object(fields: ["required": .array(values: [.string(value: $0)])]) }
        let list = keys.joined(separator: ", ")
        return ObjectRule(schema: .object(fields: ["oneOf": .array(values: choices)])) { _, view, reader in
            let found = keys.filter { view.isPresent($0, reader) }
            guard found.count != 1 else { return true }
            let what = found.isEmpty ? "none" : found.joined(separator: " and ")
            reader.report(view.node, found: what, allowed: "exactly one of \(list)")
            return false
        }
    }

    /// A condition that JSON Schema cannot say; it is checked when all of `keys` are there and right.
    static func condition(
        on keys: [String], at place: String, allowed: String, _ holds: @escaping @Sendable (Value) -> Bool
    ) -> ObjectRule {
        ObjectRule(schema: nil) { value, view, reader in
            guard keys.allSatisfy({ view.isSound($0, reader) || !view.isPresent($0, reader) }), !holds(value) else {
                return true
            }
            guard let node = view.node(place, reader) else {
                reader.reportMissing(place, in: view.node, allowed: allowed)
                return false
            }
            reader.refuse(node, allowed: allowed)
            return false
        }
    }
}
