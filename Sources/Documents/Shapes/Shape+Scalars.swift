import ClusterModel

/// Which numbers are allowed, and what they count.
struct NumberRange: Sendable {
    /// The largest number anywhere. Beyond lies no real cluster, and sums over a million of them stay exact enough and
    /// convert to integers without overflow.
    static let largest = 1e15
    /// The largest number of bytes: the whole numbers up to here are exact as doubles too.
    static let largestBytes: Int64 = 1 << 53
    /// The largest count of anything.
    static let largestCount = 1_000_000_000
    /// The largest time in seconds: 300 years, which as milliseconds may be added to any date.
    static let largestSeconds = 1e10

    var minimum: Double = 0
    var isMinimumIncluded = true
    var maximum: Double

    func contains(_ value: Double) -> Bool {
        (isMinimumIncluded ? value >= minimum : value > minimum) && value <= maximum
    }

    /// How a message says it, for example `0 or more`.
    func text(unlimited: Double) -> String {
        let (low, high) = (Self.text(minimum), Self.text(maximum))
        if maximum < unlimited {
            return isMinimumIncluded ? "from \(low) to \(high)" : "more than \(low), at most \(high)"
        }
        return isMinimumIncluded ? "\(low) or more" : "more than \(low)"
    }

    /// The same for a number that is too large, where the limit is what matters.
    func text(unlimited: Double, found: Double) -> String {
        found > maximum && maximum == unlimited ? "at most \(Self.text(maximum))" : text(unlimited: unlimited)
    }

    var schema: [String: JSONValue] {
        [
            isMinimumIncluded ? "minimum" : "exclusiveMinimum": Self.json(minimum),
            "maximum": Self.json(maximum),
        ]
    }

    private static func text(_ value: Double) -> String {
        if value == Self.largest { return "1e15" }
        if value == Self.largestSeconds { return "1e10" }
        return value == value.rounded() ? String(Int64(value)) : String(value)
    }

    private static func json(_ value: Double) -> JSONValue {
        value == value.rounded() ? .integer(value: Int64(value)) : .number(value: value)
    }
}

extension Shape where Value == Double {
    /// A number within `range`; `what` names it with its unit, for example `a number of seconds`.
    static func number(_ what: String, _ range: NumberRange, unlimited: Double = NumberRange.largest) -> Shape {
        let allowed = "\(what), \(range.text(unlimited: unlimited))"
        return Shape(
            blank: 0, allowed: allowed,
            schema: .object(fields: ["type": .string(value: "number")]).adding(range.schema),
            read: { value, node, reader in
                guard reader.tree.kind(node) == .number else {
                    reader.refuse(node, allowed: allowed)
                    return false
                }
                let number = reader.tree.decimal(node).double
                guard range.contains(number) else {
                    reader.refuse(node, allowed: "\(what), \(range.text(unlimited: unlimited, found: number))")
                    return false
                }
                // Minus zero is zero, so that equal documents have equal digests.
                value = number == 0 ? 0 : number
                return true
            },
            write: { value, writer in writer.number(value) })
    }

    /// 0 or more of something.
    static func amount(_ unit: String) -> Shape {
        number("a number of \(unit)", NumberRange(maximum: NumberRange.largest))
    }

    /// More than 0 of something: a capacity or rate by which others are divided.
    static func positive(_ unit: String) -> Shape {
        number("a number of \(unit)", NumberRange(isMinimumIncluded: false, maximum: NumberRange.largest))
    }

    static var seconds: Shape {
        number(
            "a number of seconds", NumberRange(maximum: NumberRange.largestSeconds),
            unlimited: NumberRange.largestSeconds)
    }

    static var positiveSeconds: Shape {
        number(
            "a number of seconds", NumberRange(isMinimumIncluded: false, maximum: NumberRange.largestSeconds),
            unlimited: NumberRange.largestSeconds)
    }

    static var milliseconds: Shape { amount("milliseconds") }

    static var bytes: Shape {
        number(
            "a number of bytes", NumberRange(maximum: Double(NumberRange.largestBytes)),
            unlimited: Double(NumberRange.largestBytes))
    }

    static var watts: Shape { amount("watts") }
    static var joules: Shape { amount("joules") }

    /// A share of a whole.
    static var fraction: Shape { number("a fraction", NumberRange(maximum: 1)) }
}

extension Shape where Value == Int64 {
    /// A whole number of bytes; 0 allowed or not.
    static func wholeBytes(isZeroAllowed: Bool = true) -> Shape {
        let range = NumberRange(isMinimumIncluded: isZeroAllowed, maximum: Double(NumberRange.largestBytes))
        return whole("a whole number of bytes", range, unlimited: Double(NumberRange.largestBytes))
    }

    fileprivate static func whole(_ what: String, _ range: NumberRange, unlimited: Double) -> Shape {
        let allowed = "\(what), \(range.text(unlimited: unlimited))"
        return Shape(
            blank: 0, allowed: allowed,
            schema: .object(fields: ["type": .string(value: "integer")]).adding(range.schema),
            read: { value, node, reader in
                guard reader.tree.kind(node) == .number else {
                    reader.refuse(node, allowed: allowed)
                    return false
                }
                let number = reader.tree.decimal(node)
                guard let integer = number.integer, range.contains(Double(integer)) else {
                    let limits = range.text(unlimited: unlimited, found: number.double)
                    reader.refuse(node, allowed: "\(what), \(limits)")
                    return false
                }
                value = integer
                return true
            },
            write: { value, writer in writer.integer(value) })
    }
}

extension Shape where Value == Int {
    /// A whole number, `minimum` or more.
    static func count(_ minimum: Int = 0) -> Shape {
        let range = NumberRange(minimum: Double(minimum), maximum: Double(NumberRange.largestCount))
        return Shape<Int64>.whole("a whole number", range, unlimited: Double(NumberRange.largestCount))
            .mapped(blank: 0, from: { Int($0) }, to: { Int64($0) })
    }
}

extension Shape where Value == Bool {
    static var flag: Shape {
        Shape(
            blank: false, allowed: "true or false", schema: .object(fields: ["type": .string(value: "boolean")]),
            read: { value, node, reader in
                switch reader.tree.kind(node) {
                case .true: value = true
                case .false: value = false
                default:
                    reader.refuse(node, allowed: "true or false")
                    return false
                }
                return true
            },
            write: { value, writer in writer.bool(value) })
    }
}

extension Shape where Value == String {
    /// Any text, also an empty one.
    static var text: Shape {
        Shape(
            blank: "", allowed: "a text", schema: .object(fields: ["type": .string(value: "string")]),
            read: { value, node, reader in
                guard reader.tree.isText(node) else {
                    let hint = reader.tree.kind(node) == .number ? "a text (in quotes)" : "a text"
                    reader.refuse(node, allowed: hint)
                    return false
                }
                value = reader.tree.text(node)
                return true
            },
            write: { value, writer in writer.string(value) })
    }

    /// An identifier or name: not empty, and without control characters, since it is printed on terminals.
    static var name: Shape {
        text.restricted(
            "a text that is not empty, without control characters",
            schema: ["minLength": .integer(value: 1), "pattern": .string(value: "^[^\\u0000-\\u001f\\u007f]+$")]
        ) { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    }

    /// One fixed text.
    static func constant(_ wanted: String) -> Shape {
        text.restricted("\"\(wanted)\"", schema: ["const": .string(value: wanted)]) { $0 == wanted }
    }
}

extension Shape where Value == Timestamp {
    static var time: Shape {
        Shape(
            blank: Timestamp(millisecondsSinceEpoch: 0), allowed: "an RFC 3339 time such as 2026-11-22T20:00:00Z",
            schema: .object(fields: [
                "type": .string(value: "string"), "format": .string(value: "date-time"),
            ]),
            read: { value, node, reader in
                guard reader.tree.isText(node), let time = Timestamp(rfc3339: reader.tree.text(node)) else {
                    reader.refuse(node, allowed: "an RFC 3339 time such as 2026-11-22T20:00:00Z")
                    return false
                }
                value = time
                return true
            },
            write: { value, writer in writer.string(value.description) })
    }
}

extension Shape where Value: RawRepresentable<String> & CaseIterable {
    /// One of the enum's names.
    @_semantics("optimize.sil.specialize.generic.never")
    static func choice(blank: Value) -> Shape {
        let names = Value.allCases.map(\.rawValue)
        let allowed = names.joined(separator: " | ")
        return Shape(
            blank: blank, allowed: allowed,
            schema: .object(fields: [
                "type": .string(value: "string"), "enum": .array(values: names.map { .string(value: $0) }),
            ]),
            read: { value, node, reader in
                guard reader.tree.isText(node), let choice = Value(rawValue: reader.tree.text(node)) else {
                    reader.refuse(node, allowed: allowed)
                    return false
                }
                value = choice
                return true
            },
            write: { value, writer in writer.string(value.rawValue) })
    }
}
