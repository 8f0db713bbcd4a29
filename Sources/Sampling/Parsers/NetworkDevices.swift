/// One line of /proc/net/dev.
package struct NetworkDevice: Sendable, Hashable {
    package let name: String
    package let receivedBytes: UInt64
    package let sentBytes: UInt64

    /// All devices; `nil` when a line is garbled.
    package static func parse(_ contents: [UInt8]) -> [NetworkDevice]? {
        var devices: [NetworkDevice] = []
        for line in contents.lines.dropFirst(2) {
            // Names may hold a colon themselves (`eth0:1`); the counters never do.
            guard let colon = line.lastIndex(of: UInt8(ascii: ":")) else { return nil }
            let fields = line[line.index(after: colon)...].fields
            guard fields.count >= 16, let received = fields[0].number, let sent = fields[8].number,
                let name = line[..<colon].fields.first
            else { return nil }
            devices.append(NetworkDevice(name: name.text, receivedBytes: received, sentBytes: sent))
        }
        return devices
    }

    /// Whether a name is that of a card, going by the customs of systemd and the kernel.
    ///
    /// Only used where /sys does not tell: bridges, bonds, VLANs, tunnels, and guests' and containers' ends carry
    /// traffic that a card carries too, or that never leaves the host.
    package static func hasNameOfCard(_ name: String) -> Bool {
        let cards = ["eth", "en", "ib", "wl", "ww"]
        // biosdevname: em1, p3p1. Not podman0.
        let numbered = ["em", "p"]
        return !name.contains(".") && !name.contains(":")
            && (cards.contains(where: name.hasPrefix)
                || numbered.contains { name.hasPrefix($0) && name.dropFirst($0.count).first?.isNumber == true })
    }
}
