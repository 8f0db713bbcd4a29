/// A spooled batch on disk: a line that names the format, length and checksum, then the bytes as they are sent.
enum SpoolFormat {
    private static let magic = Array("drover-spool-1\n".utf8)
    static let headerBytes = 15 + 8 + 8

    static func file(for payload: [UInt8]) -> [UInt8] {
        magic + littleEndian(UInt64(payload.count)) + littleEndian(checksum(payload[...])) + payload
    }

    /// The payload, or `nil` when the file is truncated or was altered.
    static func payload(of file: [UInt8]) -> [UInt8]? {
        guard file.count >= headerBytes, file.starts(with: magic) else { return nil }
        let payload = file[headerBytes...]
        guard number(file[15..<23]) == UInt64(payload.count), number(file[23..<31]) == checksum(payload) else {
            return nil
        }
        return Array(payload)
    }

    /// FNV-1a, 64 bits: finds accidents, which is what a file of our own needs.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private static func littleEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
