import ArgumentParser
import ClusterModel
import Logging
import Server
import Store

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Takes samples in from agents, and answers questions over HTTP.",
        discussion: """
            For agents:    POST /v1/samples
            To read:       GET /v1/clusters, /v1/clusters/NAME, /v1/clusters/NAME/plans, /v1/plans/ID,
                           /v1/clusters/NAME/reports/capacity, all in JSON; /metrics for Prometheus; /health

              drover serve --store lab.sqlite
              drover serve --store lab.sqlite --host 0.0.0.0 --tls-cert server.pem --tls-key server.key \\
                --operator-token-file operator.token --host-tokens /etc/drover/hosts

            Alone on this machine no token is needed. Where others can connect, TLS and tokens are: the operator's to \
            read, and one per host, with which only that host's samples can be written. A token is shown as \
            "Authorization: Bearer TOKEN". SIGTERM ends the server after the requests under way.
            """)

    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Policy") var policy: PolicyOptions

    @Option(name: .long, help: "The address to listen at.")
    var host: String = "127.0.0.1"

    @Option(name: .long, help: "The port; 0 is any that is free.")
    var port: Int = 8420

    @Option(name: .long, help: ArgumentHelp("Certificates in PEM.", valueName: "file"), completion: .file())
    var tlsCert: String?

    @Option(name: .long, help: ArgumentHelp("Private key in PEM.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Flag(name: .long, help: "Serve beyond this machine without TLS. Samples and tokens can then be read on the way.")
    var insecure = false

    @Option(name: .long, help: ArgumentHelp("The operator's token.", valueName: "file"), completion: .file())
    var operatorTokenFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The agents' tokens: a folder with a file per host, or a file with a line HOST TOKEN each.",
            valueName: "path"),
        completion: .file())
    var hostTokens: String?

    func run() async throws {
        var options = ServerOptions()
        options.host = host
        options.port = port
        options.certificateFile = tlsCert
        options.keyFile = tlsKey
        options.allowsPlainRemote = insecure
        options.operatorTokenFile = operatorTokenFile
        options.hostTokens = hostTokens
        options.clusterName = store.clusterName
        // Before anything is opened or made.
        try options.check()
        let file = try store.open(creating: true)
        if let name = store.clusterName {
            _ = try file.cluster(named: name, creating: true)
        } else if try file.clusterNames().isEmpty {
            _ = try file.cluster(named: "default", creating: true)
        }
        let server = DroverServer(
            options: options, store: file, policy: try policy.load(), logger: Self.logger(),
            wallClock: { WallClock.now() })
        let scheme = options.usesTLS ? "https" : "http"
        let (host, path) = (host, store.path)
        try await server.run { port in
            Terminal.note("listening at \(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port), store \(path)")
        }
        try file.close()
    }

    private static func logger() -> Logger {
        var logger = Logger(label: "drover") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }
}
