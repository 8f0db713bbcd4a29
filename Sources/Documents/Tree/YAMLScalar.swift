/// What an unquoted scalar means: the core schema of YAML 1.2 (section 10.3.2).
enum YAMLScalar {
    case null
    case bool(value: Bool)
    /// A literal in JSON's grammar.
    case number(literal: String)
    case text(text: String)
    case unusable(allowed: String)

    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(value: true)
        case "false", "False", "FALSE": self = .bool(value: false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
            self = .unusable(allowed: "a finite number")
        default: self = Self.number(text) ?? .text(text: text)
        }
    }

    private static func number(_ text: String) -> YAMLScalar? {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, first < 0x3A else { return nil }
        if text.hasPrefix("0x") || text.hasPrefix("0o") {
            let digits = text.dropFirst(2)
            guard let initial = digits.utf8.first, initial != UInt8(ascii: "+"), initial != UInt8(ascii: "-"),
                digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
            else { return nil }
            guard let value = Int64(digits, radix: text.hasPrefix("0x") ? 16 : 8) else {
                return .unusable(allowed: "a number that fits 64 bits")
            }
            return .number(literal: String(value))
        }
        guard let literal = decimalLiteral(bytes) else { return nil }
        let double = literal.withUnsafeBufferPointer { DecimalNumber(literal: $0).double }
        guard double.isFinite else { return .unusable(allowed: "a number that a 64-bit double can hold") }
        return .number(literal: String(decoding: literal, as: UTF8.self))
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, written the way JSON writes it.
    private static func decimalLiteral(_ bytes: [UInt8]) -> [UInt8]? {
        var rest = bytes[...]
        var literal: [UInt8] = []
        if rest.first == UInt8(ascii: "+") {
            rest = rest.dropFirst()
        } else if rest.first == UInt8(ascii: "-") {
            literal.append(rest.removeFirst())
        }
        let whole = takeDigits(&rest)
        literal += whole.isEmpty ? [UInt8(ascii: "0")] : Array(whole)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = takeDigits(&rest)
            if !fraction.isEmpty { literal += [UInt8(ascii: ".")] + fraction }
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            literal.append(rest.removeFirst())
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                literal.append(rest.removeFirst())
            }
            let exponent = takeDigits(&rest)
            guard !exponent.isEmpty else { return nil }
            literal += exponent
        }
        return rest.isEmpty ? literal : nil
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
        rest = rest.dropFirst(digits.count)
        return digits
    }
}
