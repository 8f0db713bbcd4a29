public import ClusterModel
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
public import Store

/// Takes samples in from agents and answers questions, over HTTP.
public struct DroverServer: Sendable {
    private let options: ServerOptions
    private let store: StoreFile
    private let policy: Policy
    private let logger: Logger
    private let wallClock: @Sendable () -> Timestamp

    public init(
        options: ServerOptions, store: StoreFile, policy: Policy, logger: Logger,
        wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.options = options
        self.store = store
        self.policy = policy
        self.logger = logger
        self.wallClock = wallClock
    }

    /// Serves until SIGTERM or SIGINT; requests under way are answered first.
    ///
    /// - Parameter onListening: hears the port, once connections are taken.
    /// - Throws: `ServerError` before anything is listened to, when the options would put data on the network
    /// unprotected.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        try options.check()
        let tokens = try Tokens(options)
        for warning in tokens.warnings { logger.warning("\(warning)") }
        let metrics = ServerMetrics(startedAt: wallClock())
        let intake = SampleIntake(
            store: store, tokens: tokens, metrics: metrics, defaultCluster: options.clusterName, wallClock: wallClock)
        let reading = ReadInterface(store: store, metrics: metrics, policy: policy)
        let routes = Routes(intake: intake, reading: reading, tokens: tokens, metrics: metrics)
        let upkeep = UpkeepService(store: store, policy: policy.retention, logger: logger, wallClock: wallClock)
        let application = Application(
            router: routes.router(), server: try transport(),
            configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port)),
            services: [upkeep],
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
        // Ends gracefully at SIGTERM and SIGINT.
        try await application.runService()
    }

    private func transport() throws -> HTTPServerBuilder {
        guard let certificateFile = options.certificateFile, let keyFile = options.keyFile else { return .http1() }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificateFile).map(NIOSSLCertificateSource.certificate)
            let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try .tls(.http1(), tlsConfiguration: configuration)
        } catch {
            throw ServerError("\(certificateFile) and \(keyFile) cannot be used as certificate and key: \(error)")
        }
    }
}
