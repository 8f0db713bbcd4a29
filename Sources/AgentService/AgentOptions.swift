public import Sampling

/// What an agent is told on its command line. No secrets: the token is read from a file.
public struct AgentOptions: Sendable, Hashable {
    /// Between two samples.
    public var intervalMilliseconds: Int64 = 10_000
    /// How many samples to take; `nil`: until told to stop.
    public var sampleCount: Int?
    /// The host's id in the inventory; `nil`: its host name.
    public var hostName: String?
    public var clusterName: String?
    /// The agent's own SQLite file.
    public var databasePath: String?
    /// Rows older than this are deleted from that file. 30 days, as the server keeps them.
    public var keepDays: Int64 = 30
    public var server: ServerOptions?
    /// Put before `/proc` and `/sys`; for agents in containers.
    public var root: String = ""
    public var libvirt = LibvirtOption.automatic
    /// `nil`: dirty rates are not measured.
    package var dirtyRates: DirtyRateSchedule.Settings? = DirtyRateSchedule.Settings()
    public var hostProcessors = HostProcessorSource.machine

    public init() {}

    public static let defaultSpoolDirectory = "/var/lib/drover-agent/spool"
}

/// Where and how batches are sent.
public struct ServerOptions: Sendable, Hashable {
    public var address: ServerAddress
    public var tokenFile: String
    /// Certificates (PEM) to trust; `nil`: those of the system.
    public var certificateAuthorityFile: String?
    public var spoolDirectory: String = AgentOptions.defaultSpoolDirectory
    /// 64 MiB: some days of a host with 50 virtual machines.
    public var spoolMaxBytes: Int64 = 64 << 20
    /// For one exchange, connecting included.
    public var timeoutMilliseconds: Int64 = 15_000

    public init(address: ServerAddress, tokenFile: String) {
        self.address = address
        self.tokenFile = tokenFile
    }
}

/// `http://` or `https://`, a host, perhaps a port and a path.
public struct ServerAddress: Sendable, Hashable {
    public let usesTLS: Bool
    /// A name or an IP address, without brackets.
    public let host: String
    public let port: Int
    /// Before `/v1/samples`; empty or with a leading and no trailing slash.
    public let pathPrefix: String

    /// The place where samples are taken in.
    var samplesPath: String { pathPrefix + "/v1/samples" }

    /// As the header `Host` has it: IPv6 addresses in brackets, the usual port left out.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (usesTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Whether what is sent stays on this machine.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || Self.isLoopbackIPv4(host)
    }

    /// Reads an address; the error says what is wrong with it.
    public init(parsing text: String) throws(AgentError) {
        let rest: Substring
        if text.hasPrefix("https://") {
            (usesTLS, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (usesTLS, rest) = (false, text.dropFirst(7))
        } else {
            throw Self.invalid(text, "it must begin with https:// or http://")
        }
        guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !rest.contains(where: { "?#@\\".contains($0) }) else {
            throw Self.invalid(text, "user names, queries, fragments and blanks are not allowed in it")
        }
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        pathPrefix = path
        (host, port) = try Self.hostAndPort(authority, usesTLS: usesTLS, text: text)
    }

    private static func hostAndPort(
        _ authority: Substring, usesTLS: Bool, text: String
    ) throws(AgentError) -> (String, Int) {
        var host = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw invalid(text, "a bracket is not closed") }
            host = authority[authority.index(after: authority.startIndex)..<close]
            let rest = authority[authority.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw invalid(text, "after ] only a port may follow") }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { throw invalid(text, "it names no host") }
        guard let portText else { return (String(host), usesTLS ? 443 : 80) }
        guard let port = Int(portText), (1...65535).contains(port) else {
            throw invalid(text, "its port must be a number from 1 to 65535")
        }
        return (String(host), port)
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
    }

    private static func invalid(_ text: String, _ reason: String) -> AgentError {
        AgentError(code: .usage, message: "--server \(text): \(reason)")
    }
}
