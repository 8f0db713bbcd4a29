/// A piece of a file as bytes: what the kernel prints is ASCII apart from names, and splitting bytes is cheap.
package typealias ByteText = ArraySlice<UInt8>

extension RandomAccessCollection<UInt8> where SubSequence == ByteText {
    /// Lines without their ends; empty ones are dropped.
    var lines: [ByteText] { split(separator: UInt8(ascii: "\n")) }

    /// Pieces between blanks and tabs.
    var fields: [ByteText] { split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    /// A whole number in decimal digits and nothing else, that fits.
    var number: UInt64? {
        guard !isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in self {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }

    /// A whole number with blanks or a line end around it: files of one value.
    var onlyNumber: UInt64? {
        let pieces = split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        return pieces.count == 1 ? pieces[0].number : nil
    }

    /// As text; bytes that are no UTF-8 become U+FFFD.
    var text: String { String(decoding: self, as: UTF8.self) }

    func starts(with prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { starts(with: $0) }
    }

    /// Splits at the first `separator`; `nil` when there is none.
    func cut(at separator: Unicode.Scalar) -> (before: ByteText, after: ByteText)? {
        guard let index = firstIndex(of: UInt8(ascii: separator)) else { return nil }
        return (self[startIndex..<index], self[self.index(after: index)..<endIndex])
    }
}

extension UInt64 {
    /// The sum, or the largest number when it does not fit: counters near the limit must not stop the agent.
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    func multipliedClamped(by other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
