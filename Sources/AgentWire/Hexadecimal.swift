extension BatchIdentity {
    /// Bytes of an agent's instance: 128 random bits do not collide among any number of agents.
    static let instanceBytes = 16

    /// An identity's instance part, drawn at an agent's start.
    public static func randomInstance(using generator: inout some RandomNumberGenerator) -> String {
        hexadecimal((0..<instanceBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `agentInstance`, or `nil` when it is not 32 lower-case hexadecimal digits.
    var instanceAsBytes: [UInt8]? {
        let digits = agentInstance.utf8.map(MachineUUID.digitValue)
        guard digits.count == Self.instanceBytes * 2 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

/// The one spelling of a machine's UUID: 8-4-4-4-12 lower-case hexadecimal digits.
public enum MachineUUID {
    /// `text` in the one spelling, or `nil` when it is no UUID.
    public static func canonical(_ text: some StringProtocol) -> String? {
        let lowered = text.lowercased()
        return isCanonical(lowered) ? lowered : nil
    }

    static func isCanonical(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { index in
            [8, 13, 18, 23].contains(index) ? bytes[index] == UInt8(ascii: "-") : digitValue(bytes[index]) != nil
        }
    }

    static func digitValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
