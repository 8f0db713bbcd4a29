import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A connection to the server that is kept between batches and made anew when it is gone.
actor ServerConnection {
    private let options: ServerOptions
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext?
    private var channel: (any Channel)?

    init(options: ServerOptions, group: any EventLoopGroup) throws(AgentError) {
        self.options = options
        self.group = group
        tls = options.address.usesTLS ? try Self.tlsContext(options) : nil
    }

    /// Sends one batch and waits for the answer, within the timeout. Throws when there is none.
    func post(_ bytes: [UInt8], token: String) async throws -> HTTPAnswer {
        let channel = try await connected()
        let answer = channel.eventLoop.makePromise(of: HTTPAnswer.self)
        let timeout = channel.eventLoop.scheduleTask(in: .milliseconds(options.timeoutMilliseconds)) {
            answer.fail(ExchangeError.timedOut)
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        let exchange = HTTPExchange(
            head: head(byteCount: bytes.count, token: token), body: ByteBuffer(bytes: bytes), answer: answer)
        channel.writeAndFlush(exchange).whenFailure { answer.fail($0) }
        return try await withTaskCancellationHandler {
            do {
                return try await answer.futureResult.get()
            } catch {
                disconnect()
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    func disconnect() {
        channel?.close(promise: nil)
        channel = nil
    }

    private func head(byteCount: Int, token: String) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .POST, uri: options.address.samplesPath,
            headers: [
                "Host": options.address.authority,
                "Authorization": "Bearer \(token)",
                "Content-Type": "application/x-protobuf",
                "Content-Length": String(byteCount),
                "User-Agent": "drover-agent",
            ])
    }

    private func connected() async throws -> any Channel {
        if let channel, channel.isActive { return channel }
        let (tls, host) = (tls, options.address.host)
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(options.timeoutMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        // A literal IP address is checked against the certificate's addresses, not sent as a name.
                        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host))
                    }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                }
            }
            .connect(host: host, port: options.address.port).get()
        self.channel = channel
        return channel
    }

    private static func tlsContext(_ options: ServerOptions) throws(AgentError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        if let file = options.certificateAuthorityFile { configuration.trustRoots = .file(file) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let file = options.certificateAuthorityFile ?? "the system's certificates"
            throw AgentError(code: .setup, message: "TLS cannot be set up with \(file): \(error)")
        }
    }
}
