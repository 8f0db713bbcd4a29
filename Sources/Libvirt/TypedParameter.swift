package import CLibvirt

/// A named value of a statistics record or of a job's statistics.
public struct TypedParameter: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case signed(value: Int64)
        case unsigned(value: UInt64)
        case double(value: Double)
        case bool(value: Bool)
        case string(value: String)
    }

    public let name: String
    public let value: Value

    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }

    /// The value as a whole number of 0 or more; `nil` for anything else.
    public var unsigned: UInt64? {
        switch value {
        case .unsigned(let value): value
        case .signed(let value): UInt64(exactly: value)
        case .double, .bool, .string: nil
        }
    }

    /// Reads what libvirt filled in; `nil` for a type that is not known.
    package init?(_ parameter: borrowing clv_typed_parameter) {
        name = Self.name(parameter)
        switch Int(parameter.type) {
        case CLV_TYPED_PARAM_INT: value = .signed(value: Int64(parameter.value.i))
        case CLV_TYPED_PARAM_UINT: value = .unsigned(value: UInt64(parameter.value.ui))
        case CLV_TYPED_PARAM_LLONG: value = .signed(value: parameter.value.l)
        case CLV_TYPED_PARAM_ULLONG: value = .unsigned(value: parameter.value.ul)
        case CLV_TYPED_PARAM_DOUBLE: value = .double(value: parameter.value.d)
        case CLV_TYPED_PARAM_BOOLEAN: value = .bool(value: parameter.value.b != 0)
        case CLV_TYPED_PARAM_STRING:
            guard let text = parameter.value.s else { return nil }
            value = .string(value: String(cString: text))
        default: return nil
        }
    }

    private static func name(_ parameter: borrowing clv_typed_parameter) -> String {
        withUnsafeBytes(of: parameter.field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Reads a list of parameters; those of unknown types are left out.
    package static func list(_ first: UnsafeMutablePointer<clv_typed_parameter>?, count: Int32) -> [TypedParameter] {
        guard let first, count > 0 else { return [] }
        return UnsafeBufferPointer(start: first, count: Int(count)).compactMap { TypedParameter($0) }
    }
}
