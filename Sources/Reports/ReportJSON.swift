import ClusterModel
import Documents

/// JSON of reports: keys sorted, ends in a line break.
enum ReportJSON {
    static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter(style: .readable)
        writer.value(value)
        return writer.text()
    }
}

extension JSONValue {
    /// The number that this is, whole or not.
    var double: Double? {
        switch self {
        case .integer(let whole): Double(whole)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }

    static func strings(_ values: [String]) -> JSONValue { .array(values: values.map { .string(value: $0) }) }

    static func count(_ value: Int) -> JSONValue { .integer(value: Int64(value)) }

    /// Rounded to the given decimals: what is measured or estimated has no more.
    static func figure(_ value: Double, decimals: Int = 3) -> JSONValue {
        guard value.isFinite else { return .null }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        return .number(value: (value * scale).rounded() / scale)
    }

    static func optional<Value>(_ value: Value?, _ make: (Value) -> JSONValue) -> JSONValue {
        value.map(make) ?? .null
    }
}
