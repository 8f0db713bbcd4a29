/// Where a host's management controller listens.
package struct IPMIAddress: Sendable, Hashable {
    package let name: String
    package let port: Int

    /// Reads `ipmi://NAME` and `ipmi://NAME:PORT`; the prefix may be left out.
    package init?(_ text: String) {
        let rest = text.hasPrefix("ipmi://") ? text.dropFirst(7) : text[...]
        guard let place = NetworkAddress.split(rest, port: 623) else { return nil }
        (name, port) = place
    }
}
