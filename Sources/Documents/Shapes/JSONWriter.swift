package import ClusterModel

/// Writes JSON text, either canonical (one line, sorted keys, defaults filled in: what digests are taken over) or
/// readable (one host, VM, rule or step a line, keys in the order of their table, defaults left out).
///
/// Numbers have one form each: whole ones up to 2^53 without exponent or fraction, others in the shortest form that
/// reads back as the same double. A number that is not finite has no form in JSON; it becomes `null`, which every
/// reader of a document refuses with its path.
package struct JSONWriter {
    package enum Style: Sendable {
        case canonical, readable
    }

    package let style: Style
    package private(set) var bytes: [UInt8] = []
    private var depth = 0
    private var isFirst = true
    /// Whether the members of the innermost bracket stand on lines of their own.
    private var isSpread = false

    package init(style: Style) { self.style = style }

    package mutating func text() -> String {
        if style == .readable { bytes.append(UInt8(ascii: "\n")) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: - Brackets

extension JSONWriter {
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        nested(UInt8(ascii: "{"), UInt8(ascii: "}"), isSpread: depth == 0, body)
    }

    /// `ofObjects`: in a readable document, each element of a list at the top level stands on its own line.
    package mutating func array(ofObjects: Bool = false, _ body: (inout JSONWriter) -> Void) {
        nested(UInt8(ascii: "["), UInt8(ascii: "]"), isSpread: ofObjects && depth == 1, body)
    }

    private mutating func nested(
        _ open: UInt8, _ close: UInt8, isSpread spread: Bool, _ body: (inout JSONWriter) -> Void
    ) {
        let outer = isSpread
        bytes.append(open)
        depth += 1
        isFirst = true
        isSpread = spread && style == .readable
        body(&self)
        depth -= 1
        if isSpread, !isFirst { newLine() }
        bytes.append(close)
        isFirst = false
        isSpread = outer
    }

    /// Begins an element of an array.
    package mutating func element() { separate() }

    /// Begins a member of an object.
    package mutating func key(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        if style == .readable { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func separate() {
        if !isFirst {
            bytes.append(UInt8(ascii: ","))
            if style == .readable, !isSpread { bytes.append(UInt8(ascii: " ")) }
        }
        if isSpread { newLine() }
        isFirst = false
    }

    private mutating func newLine() {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<(2 * depth) { bytes.append(UInt8(ascii: " ")) }
    }
}

// MARK: - Scalars

extension JSONWriter {
    package mutating func null() { bytes += "null".utf8 }

    package mutating func bool(_ value: Bool) { bytes += (value ? "true" : "false").utf8 }

    package mutating func integer(_ value: Int64) { bytes += String(value).utf8 }

    package mutating func number(_ value: Double) {
        if !value.isFinite {
            null()
        } else if value.magnitude <= 0x1p53, value == value.rounded(.towardZero) {
            integer(Int64(value))
        } else {
            bytes += value.description.utf8
        }
    }

    package mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
        if isPlain {
            bytes += value.utf8
        } else {
            for byte in value.utf8 { escaped(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C: bytes += [0x5C, byte]
        case 0x0A: bytes += "\\n".utf8
        case 0x0D: bytes += "\\r".utf8
        case 0x09: bytes += "\\t".utf8
        case 0..<0x20: bytes += (byte < 0x10 ? "\\u000" : "\\u00").utf8 + Array(String(byte, radix: 16).utf8)
        default: bytes.append(byte)
        }
    }

    /// Any value; keys sorted by their UTF-8 bytes in both styles, since a dictionary has no order of its own.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let values):
            array(ofObjects: values.contains { $0.isObject }) { writer in
                for value in values {
                    writer.element()
                    writer.value(value)
                }
            }
        case .object(let fields): sorted(fields) { $0.value($1) }
        }
    }

    /// An object with sorted keys.
    package mutating func sorted<Value>(
        _ fields: [String: Value], _ write: (inout JSONWriter, Value) -> Void
    ) {
        object { writer in
            for (key, value) in fields.sorted(by: { JSONWriter.precedes($0.key, $1.key) }) {
                writer.key(key)
                write(&writer, value)
            }
        }
    }

    /// The order of keys: by UTF-8 bytes, which is the order of Unicode scalars and the same in every language.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

extension JSONValue {
    fileprivate var isObject: Bool {
        if case .object = self { return true }
        return false
    }
}
