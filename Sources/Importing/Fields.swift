import ClusterModel

/// One field of a line: bytes that are valid as long as the line is.
typealias Field = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer<UInt8> {
    /// Without blanks and tabs at both ends.
    var trimmed: Field {
        var first = 0
        var last = count
        while first < last, self[first] == 32 || self[first] == 9 { first += 1 }
        while last > first, self[last - 1] == 32 || self[last - 1] == 9 { last -= 1 }
        return Field(rebasing: self[first..<last])
    }

    /// The text; `nil` when it is not UTF-8.
    var text: String? { String(validating: self, as: UTF8.self) }

    /// A plain decimal number, `nil` for anything else: no blanks within, no hexadecimal, no "inf", no "nan".
    var number: Double? {
        guard !isEmpty, count <= 64, allSatisfy({ Self.numeric.contains($0) }) else { return nil }
        return quickNumber ?? text.flatMap(Double.init)
    }

    private static var numeric: Set<UInt8> { numericBytes }

    /// Digits with at most one point: exact as long as the digits fit 2^53 and the power of ten is exact.
    private var quickNumber: Double? {
        var digits: Int64 = 0
        var decimals = 0
        var seenPoint = false
        guard count <= 16 else { return nil }
        for byte in self {
            if byte == 46, !seenPoint {
                seenPoint = true
            } else if byte >= 48, byte <= 57 {
                digits = digits * 10 + Int64(byte - 48)
                decimals += seenPoint ? 1 : 0
            } else {
                return nil
            }
        }
        guard count > (seenPoint ? 1 : 0), digits < 1 << 53 else { return nil }
        return Double(digits) / powersOfTen[decimals]
    }

    /// RFC 3339, or seconds since 1970, or milliseconds when the number is too large for seconds.
    var timestamp: Timestamp? {
        if let number {
            // 10^11 seconds are the year 5138, 10^11 milliseconds are 1973.
            let milliseconds = number < 1e11 ? number * 1000 : number
            guard milliseconds >= 0, milliseconds < 1e15 else { return nil }
            return Timestamp(millisecondsSinceEpoch: Int64(milliseconds.rounded()))
        }
        return text.flatMap { Timestamp(rfc3339: $0) }
    }
}

private let numericBytes = Set("0123456789+-.eE".utf8)
private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
]

/// Cuts a line into fields. Quoted fields ("a,b", with "" for a quote) are understood when there are any.
struct FieldSplitter {
    let separator: UInt8
    private var unquoted: [UInt8] = []

    init(separator: UInt8) {
        self.separator = separator
    }

    /// Calls back with the line's fields, without blanks around them; `nil` when a quote is not closed.
    mutating func split(_ line: Field, _ body: (borrowing [Field]) throws -> Void) rethrows -> Bool {
        guard !line.contains(34) else { return try splitQuoted(line, body) }
        var fields: [Field] = []
        fields.reserveCapacity(16)
        var start = 0
        for position in 0..<line.count where line[position] == separator {
            fields.append(Field(rebasing: line[start..<position]).trimmed)
            start = position + 1
        }
        fields.append(Field(rebasing: line[start...]).trimmed)
        try body(fields)
        return true
    }

    private mutating func splitQuoted(_ line: Field, _ body: (borrowing [Field]) throws -> Void) rethrows -> Bool {
        var bounds: [Range<Int>] = []
        var inQuotes = false
        unquoted.removeAll(keepingCapacity: true)
        var start = 0
        var position = 0
        while position < line.count {
            let byte = line[position]
            if byte == 34 {
                if inQuotes, position + 1 < line.count, line[position + 1] == 34 {
                    unquoted.append(34)
                    position += 1
                } else {
                    inQuotes.toggle()
                }
            } else if byte == separator, !inQuotes {
                bounds.append(start..<unquoted.count)
                start = unquoted.count
            } else {
                unquoted.append(byte)
            }
            position += 1
        }
        bounds.append(start..<unquoted.count)
        guard !inQuotes else { return false }
        try unquoted.withUnsafeBufferPointer { bytes in
            try body(bounds.map { Field(rebasing: bytes[$0]).trimmed })
        }
        return true
    }
}
