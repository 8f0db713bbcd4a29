import ClusterModel

/// Reads what Drover wrote into extensions; what has another form is not there.
struct ExtensionReader {
    private let fields: [String: JSONValue]

    init(_ value: JSONValue) {
        guard case .object(let fields) = value else {
            self.fields = [:]
            return
        }
        self.fields = fields
    }

    func text(_ key: String) -> String? {
        guard case .string(let text)? = fields[key] else { return nil }
        return text
    }

    func time(_ key: String) -> Timestamp? { text(key).flatMap { Timestamp(rfc3339: $0) } }

    func number(_ key: String) -> Double? {
        switch fields[key] {
        case .integer(let whole): Double(whole)
        case .number(let number): number
        default: nil
        }
    }

    func flag(_ key: String) -> Bool? {
        guard case .bool(let flag)? = fields[key] else { return nil }
        return flag
    }

    func texts(_ key: String) -> [String] {
        values(key).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    func objects(_ key: String) -> [ExtensionReader] { values(key).map(ExtensionReader.init) }

    func object(_ key: String) -> ExtensionReader? { fields[key].map(ExtensionReader.init) }

    private func values(_ key: String) -> [JSONValue] {
        guard case .array(let values)? = fields[key] else { return [] }
        return values
    }
}
