/// Where a Redfish service is, and which of its systems is meant.
package struct RedfishAddress: Sendable, Hashable {
    /// `https://NAME:PORT`, without a path.
    package let origin: String
    package let name: String
    package let isEncrypted: Bool
    /// The service's root, or one system.
    package let path: String

    package var isLoopback: Bool { NetworkAddress.isLoopback(name) }

    /// Reads `https://NAME[:PORT][/redfish/v1[/Systems/ID]]`, or the same with `http`. Accounts do not belong here.
    package init?(_ text: String) {
        let isEncrypted = text.hasPrefix("https://")
        guard isEncrypted || text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        let usual = isEncrypted ? 443 : 80
        guard !rest[..<end].contains("@"), let place = NetworkAddress.split(rest[..<end], port: usual) else {
            return nil
        }
        var path = String(rest[end...])
        guard !path.contains("?"), !path.contains("#"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        while path.hasSuffix("/") { path.removeLast() }
        self.isEncrypted = isEncrypted
        name = place.name
        origin = (isEncrypted ? "https://" : "http://") + (name.contains(":") ? "[\(name)]" : name) + ":\(place.port)"
        self.path = path.isEmpty ? "/redfish/v1" : path
    }
}
