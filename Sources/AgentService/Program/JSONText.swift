/// A JSON value to be printed; keys stay in the order given.
indirect enum JSONText {
    case string(String)
    case number(Double)
    case integer(Int64)
    case object([(key: String, value: JSONText)])
    case array([JSONText])
    case null

    /// On one line.
    var text: String {
        switch self {
        case .string(let string): Self.quoted(string)
        // Not finite numbers have no JSON; none is ever measured.
        case .number(let number): number.isFinite ? Self.plain(number) : "null"
        case .integer(let number): String(number)
        case .object(let members):
            "{\(members.map { "\(Self.quoted($0.key)): \($0.value.text)" }.joined(separator: ", "))}"
        case .array(let elements): "[\(elements.map(\.text).joined(separator: ", "))]"
        case .null: "null"
        }
    }

    private static func plain(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? "\(number)"
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
