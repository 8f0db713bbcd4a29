// MARK: - Numbers

extension JSONParser {
    /// Numbers of fewer digits and without an exponent cannot exceed the largest double, 1.8e308.
    private static let surelyFiniteLength = 300

    mutating func parseNumber() throws(SyntaxError) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try takeDigits()
        }
        var hasExponent = false
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try takeDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            hasExponent = true
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try takeDigits()
        }
        if hasExponent || position - start > Self.surelyFiniteLength, !isFinite(start..<position) {
            faults.append(DocumentTree.Fault(node: tokens.count, kind: .unboundedNumber))
        }
        append(.number, offset: start, length: position - start)
    }

    private mutating func takeDigits() throws(SyntaxError) {
        let start = position
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
        if position == start { throw unexpected(allowed: "a digit") }
    }

    private func isFinite(_ range: Range<Int>) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            DecimalNumber(literal: UnsafeBufferPointer(rebasing: buffer[range])).double.isFinite
        }
    }
}

// MARK: - Texts

extension JSONParser {
    mutating func parseText() throws(SyntaxError) {
        let start = position + 1
        position = start
        var kind = DocumentTree.Kind.text
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                append(kind, offset: start, length: position - start)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedText
                try takeEscape()
            case 0..<0x20:
                throw unexpected(allowed: "control characters only as escapes, for example \\n")
            case 0..<0x80:
                position += 1
            default:
                try takeMultibyteScalar()
            }
        }
        throw unexpected(allowed: "the rest of a text")
    }

    /// One scalar of two to four bytes, by the table of well-formed sequences (RFC 3629, section 4).
    private mutating func takeMultibyteScalar() throws(SyntaxError) {
        let first = bytes[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw unexpected(allowed: "UTF-8")
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]),
            bytes[(position + 2)..<(position + length)].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw unexpected(allowed: "UTF-8") }
        position += length
    }

    private mutating func takeEscape() throws(SyntaxError) {
        let start = position
        position += 1
        guard position < bytes.count else { throw unexpected(allowed: "the rest of a text") }
        guard bytes[position] == UInt8(ascii: "u") else {
            guard Self.simpleEscapes[bytes[position]] != nil else {
                throw unexpected(allowed: "one of \" \\ / b f n r t u after \\")
            }
            position += 1
            return
        }
        position += 1
        let first = try takeHexadecimal()
        guard 0xD800...0xDFFF ~= first else { return }
        if first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            if 0xDC00...0xDFFF ~= (try takeHexadecimal()) { return }
        }
        throw SyntaxError(offset: start, message: "found half a surrogate pair, allowed: whole characters")
    }

    private mutating func takeHexadecimal() throws(SyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Self.hexadecimalValue(bytes[position]) else {
                throw unexpected(allowed: "four hexadecimal digits after \\u")
            }
            value = value << 4 | digit
            position += 1
        }
        return value
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - 48)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - 87)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - 55)
        default: nil
        }
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    /// Resolves the escapes of a text that `parseText` has accepted.
    static func unescape(_ raw: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var units: [UInt16] = []
        var index = 0
        while index < raw.count {
            if raw[index] == UInt8(ascii: "\\"), index + 5 < raw.count, raw[index + 1] == UInt8(ascii: "u") {
                let value = raw[(index + 2)...(index + 5)].reduce(0) { $0 << 4 | (hexadecimalValue($1) ?? 0) }
                units.append(UInt16(truncatingIfNeeded: value))
                index += 6
                continue
            }
            result += String(decoding: units, as: UTF16.self).utf8
            units = []
            if raw[index] == UInt8(ascii: "\\"), index + 1 < raw.count {
                result.append(simpleEscapes[raw[index + 1]] ?? raw[index + 1])
                index += 2
            } else {
                result.append(raw[index])
                index += 1
            }
        }
        return result + String(decoding: units, as: UTF16.self).utf8
    }
}
