/// What others added to a document, host, VM, rule or step: kept and written back, never interpreted here.
public enum Extensions: Sendable, Hashable {
    case none
    case object(fields: [String: JSONValue])

    public subscript(key: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    /// The same with one more field, or another value in it.
    public func setting(_ key: String, _ value: JSONValue) -> Extensions {
        guard case .object(var fields) = self else { return .object(fields: [key: value]) }
        fields[key] = value
        return .object(fields: fields)
    }

    /// The same without a field.
    public func removing(_ key: String) -> Extensions {
        guard case .object(var fields) = self else { return self }
        fields[key] = nil
        return fields.isEmpty ? .none : .object(fields: fields)
    }
}

/// Any JSON value. Integers that fit are kept exact.
public indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(value: Bool)
    case integer(value: Int64)
    case number(value: Double)
    case string(value: String)
    case array(values: [JSONValue])
    case object(fields: [String: JSONValue])
}

extension JSONValue {
    /// A number as JSON reads it back: whole ones are integers.
    public static func exact(_ value: Double) -> JSONValue {
        Int64(exactly: value).map { .integer(value: $0) } ?? .number(value: value)
    }
}
