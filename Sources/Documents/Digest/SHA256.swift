/// SHA-256 (FIPS 180-4). Our own: the package that offers it would build a second BoringSSL for these 60 lines.
package struct SHA256 {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var schedule = [UInt32](repeating: 0, count: 64)

    /// First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// The digest of `bytes` in lower-case hexadecimal.
    package static func hexadecimalDigest(of bytes: [UInt8]) -> String {
        var hash = SHA256()
        let whole = bytes.count / 64 * 64
        bytes.withUnsafeBufferPointer { buffer in
            roundConstants.withUnsafeBufferPointer { constants in
                var offset = 0
                while offset < whole {
                    hash.compress(UnsafeBufferPointer(rebasing: buffer[offset..<(offset + 64)]), constants)
                    offset += 64
                }
                let tail = Array(buffer[whole...]) + padding(byteCount: buffer.count)
                tail.withUnsafeBufferPointer { rest in
                    for start in stride(from: 0, to: rest.count, by: 64) {
                        hash.compress(UnsafeBufferPointer(rebasing: rest[start..<(start + 64)]), constants)
                    }
                }
            }
        }
        return hash.state.map(hexadecimal).joined()
    }

    private static func hexadecimal(_ word: UInt32) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// A one bit, zeros, and the length in bits as 64 bits, up to a whole block (5.1.1).
    private static func padding(byteCount: Int) -> [UInt8] {
        let zeros = (119 - byteCount % 64) % 64
        let bits = UInt64(byteCount) << 3
        return [0x80] + [UInt8](repeating: 0, count: zeros)
            + (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    }

    /// One block of 64 bytes (6.2.2).
    private mutating func compress(_ block: UnsafeBufferPointer<UInt8>, _ constants: UnsafeBufferPointer<UInt32>) {
        schedule.withUnsafeMutableBufferPointer { w in
            for index in 0..<16 {
                w[index] =
                    UInt32(block[4 * index]) << 24 | UInt32(block[4 * index + 1]) << 16
                    | UInt32(block[4 * index + 2]) << 8 | UInt32(block[4 * index + 3])
            }
            for index in 16..<64 {
                let (early, late) = (w[index - 15], w[index - 2])
                let first = Self.rotate(early, 7) ^ Self.rotate(early, 18) ^ (early >> 3)
                let second = Self.rotate(late, 17) ^ Self.rotate(late, 19) ^ (late >> 10)
                w[index] = w[index - 16] &+ first &+ w[index - 7] &+ second
            }
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        schedule.withUnsafeBufferPointer { w in
            for index in 0..<64 {
                let choice = (e & f) ^ (~e & g)
                let majority = (a & b) ^ (a & c) ^ (b & c)
                let first = h &+ Self.bigSigma1(e) &+ choice &+ constants[index] &+ w[index]
                (h, g, f, e) = (g, f, e, d &+ first)
                (d, c, b, a) = (c, b, a, first &+ Self.bigSigma0(a) &+ majority)
            }
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }

    @inline(__always) private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    @inline(__always) private static func bigSigma0(_ word: UInt32) -> UInt32 {
        rotate(word, 2) ^ rotate(word, 13) ^ rotate(word, 22)
    }

    @inline(__always) private static func bigSigma1(_ word: UInt32) -> UInt32 {
        rotate(word, 6) ^ rotate(word, 11) ^ rotate(word, 25)
    }
}
