/// How the server is reached and who may speak with it.
public struct ServerOptions: Sendable {
    public var host = "127.0.0.1"
    /// 0: any that is free.
    public var port = 8420
    /// PEM files; both or none.
    public var certificateFile: String?
    public var keyFile: String?
    /// Leave to serve beyond this machine without TLS, typed by the operator.
    public var allowsPlainRemote = false
    public var operatorTokenFile: String?
    /// A folder with a file per host, named like the host, or one file with a line `HOST TOKEN` each.
    public var hostTokens: String?
    /// The cluster of batches that name none; `nil`: the store's only one.
    public var clusterName: String?

    public init() {}

    public var usesTLS: Bool { certificateFile != nil }

    /// Whether only this machine can connect.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Refuses what would put data or tokens on the network unprotected.
    public func check() throws(ServerError) {
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw ServerError("--tls-cert and --tls-key go together")
        }
        guard (0...65535).contains(port) else { throw ServerError("port \(port): allowed are 0 to 65535") }
        guard !isLoopback else { return }
        guard usesTLS || allowsPlainRemote else {
            throw ServerError(
                "\(host) can be reached from elsewhere: give --tls-cert and --tls-key, or type --insecure to send samples "
                    + "and tokens unprotected")
        }
        guard operatorTokenFile != nil else {
            throw ServerError(
                "\(host) can be reached from elsewhere: reading needs a token there, give --operator-token-file")
        }
        guard hostTokens != nil else {
            throw ServerError("\(host) can be reached from elsewhere: agents need tokens there, give --host-tokens")
        }
    }
}

/// Why the server does not start, or a request could not be served.
public struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
