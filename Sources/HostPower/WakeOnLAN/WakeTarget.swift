/// Whom a magic packet wakes, and where it is sent.
package struct WakeTarget: Sendable, Hashable {
    /// Six bytes.
    package let address: [UInt8]
    package let broadcast: String
    package let port: Int

    /// Reads `wol://MAC`, `wol://MAC@BROADCAST` and `wol://MAC@BROADCAST:PORT`; the prefix may be left out.
    package init?(_ text: String) {
        let rest = text.hasPrefix("wol://") ? text.dropFirst(6) : text[...]
        let parts = rest.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let bytes = parts[0].split(omittingEmptySubsequences: false, whereSeparator: { $0 == ":" || $0 == "-" })
        let values = bytes.compactMap { $0.count == 2 ? UInt8($0, radix: 16) : nil }
        guard bytes.count == 6, values.count == 6 else { return nil }
        address = values
        guard parts.count == 2 else {
            (broadcast, port) = ("255.255.255.255", Self.usualPort)
            return
        }
        guard let place = NetworkAddress.split(parts[1], port: Self.usualPort) else { return nil }
        (broadcast, port) = place
    }

    /// The discard port, where no service minds.
    private static let usualPort = 9

    /// Six bytes of ones and the address sixteen times (AMD, "Magic Packet Technology", publication 20213, 1995).
    package var packet: [UInt8] {
        [UInt8](repeating: 0xFF, count: 6) + (0..<16).flatMap { _ in address }
    }
}
