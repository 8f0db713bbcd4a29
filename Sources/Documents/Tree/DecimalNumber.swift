/// A number as its decimal digits say it, so that integers stay exact whatever way they are written.
package struct DecimalNumber: Sendable {
    /// The value when it is whole and fits: `4096`, `1e12`, `1.5e3`, `4096.0`.
    package let integer: Int64?
    /// The nearest double; infinite when the number is beyond all doubles.
    package let double: Double

    /// Powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// Reads a literal that follows JSON's grammar.
    package init(literal: UnsafeBufferPointer<UInt8>) {
        var parts = Parts()
        for byte in literal { parts.take(byte) }
        parts.finish()
        let integer = parts.integer
        self.integer = integer
        if parts.significantDigits <= 15, abs(parts.exponent) <= 22 {
            // Both the digits and the power are exact doubles, so one multiplication or division rounds correctly
            // (W. Clinger, "How to Read Floating Point Numbers Accurately", 1990).
            let power = Self.exactPowers[abs(parts.exponent)]
            let digits = Double(parts.digits)
            let magnitude = parts.exponent < 0 ? digits / power : digits * power
            double = parts.isNegative && magnitude != 0 ? -magnitude : magnitude
        } else if parts.significantDigits == 0 {
            double = 0
        } else {
            double = Double(String(decoding: literal, as: UTF8.self)) ?? .infinity
        }
    }

    /// Sign, significant digits and power of ten of a literal.
    private struct Parts {
        var isNegative = false
        /// The significant digits, when they are at most 19.
        var digits: UInt64 = 0
        var significantDigits = 0
        var exponent = 0
        private var pendingZeros = 0
        private var isFraction = false
        private var isExponent = false
        private var isExponentNegative = false
        private var writtenExponent = 0

        mutating func take(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: "-"):
                if isExponent { isExponentNegative = true } else { isNegative = true }
            case UInt8(ascii: "."):
                isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                isExponent = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if isExponent {
                    writtenExponent = min(writtenExponent * 10 + Int(byte - 48), 1_000_000_000)
                } else {
                    takeDigit(byte - 48)
                }
            default:
                break
            }
        }

        /// Zeros are held back until another digit shows that they count.
        private mutating func takeDigit(_ digit: UInt8) {
            if isFraction { exponent -= 1 }
            if digit == 0 {
                pendingZeros += significantDigits == 0 ? 0 : 1
                return
            }
            significantDigits += pendingZeros + 1
            if significantDigits <= 19 {
                for _ in 0..<pendingZeros { digits *= 10 }
                digits = digits * 10 + UInt64(digit)
            }
            pendingZeros = 0
        }

        mutating func finish() {
            exponent += pendingZeros + (isExponentNegative ? -writtenExponent : writtenExponent)
        }

        var integer: Int64? {
            if significantDigits == 0 { return 0 }
            guard exponent >= 0, significantDigits <= 19, significantDigits + exponent <= 19 else { return nil }
            var magnitude = digits
            for _ in 0..<exponent {
                let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                magnitude = product
            }
            if isNegative {
                return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
            }
            return Int64(exactly: magnitude)
        }
    }
}
