/// Host and port out of an address, without a look-up.
enum NetworkAddress {
    /// Splits `NAME`, `NAME:PORT`, `[IPv6]` and `[IPv6]:PORT`; `nil` when it is none of these.
    static func split(_ text: some StringProtocol, port usual: Int) -> (name: String, port: Int)? {
        var name = String(text)
        var port: String?
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            let rest = name[name.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : String(rest.dropFirst())
            name = String(name[name.index(after: name.startIndex)..<end])
        } else if let colon = name.lastIndex(of: ":") {
            port = String(name[name.index(after: colon)...])
            name = String(name[..<colon])
            guard !name.contains(":") else { return nil }
        }
        // A name that began with a dash could be read as an option by the tools it is given to.
        guard !name.isEmpty, !name.hasPrefix("-"), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        guard let port else { return (name, usual) }
        guard let number = Int(port), (1...65535).contains(number) else { return nil }
        return (name, number)
    }

    /// Whether the address given, not what it resolves to, is this machine's own.
    static func isLoopback(_ name: String) -> Bool {
        name == "localhost" || name == "::1" || name.hasPrefix("127.")
    }
}
