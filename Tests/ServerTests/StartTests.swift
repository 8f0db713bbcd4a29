import ClusterModel
import Glibc
import Logging
import Server
import Store
import TestSupport
import Testing

/// The server does not start where it would put data or tokens on the network unprotected.
@Suite struct StartTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var change: @Sendable (inout ServerOptions) -> Void
        let says: String
    }

    @Test(arguments: [
        Refusal(testDescription: "every address, no TLS", change: { $0.host = "0.0.0.0" }, says: "--insecure"),
        Refusal(testDescription: "every IPv6 address, no TLS", change: { $0.host = "::" }, says: "--insecure"),
        Refusal(
            testDescription: "a name that only looks local", change: { $0.host = "127.example.com" }, says: "--insecure"
        ),
        Refusal(
            testDescription: "insecure without the operator's token",
            change: {
                $0.host = "0.0.0.0"
                $0.allowsPlainRemote = true
            }, says: "--operator-token-file"),
        Refusal(
            testDescription: "insecure without hosts' tokens",
            change: {
                $0.host = "0.0.0.0"
                $0.allowsPlainRemote = true
                $0.operatorTokenFile = "/nowhere"
            }, says: "--host-tokens"),
        Refusal(
            testDescription: "a certificate without its key", change: { $0.certificateFile = "/nowhere" },
            says: "go together"),
        Refusal(
            testDescription: "files that are no certificate",
            change: {
                $0.certificateFile = "/dev/null"
                $0.keyFile = "/dev/null"
            }, says: "cannot be used as certificate"),
        Refusal(testDescription: "a port beyond 65535", change: { $0.port = 70_000 }, says: "port 70000"),
        Refusal(
            testDescription: "a token file that is not there", change: { $0.operatorTokenFile = "/nowhere/token" },
            says: "/nowhere/token"),
        Refusal(
            testDescription: "an empty token", change: { $0.operatorTokenFile = "/dev/null" },
            says: "16 to 1024 printable"),
    ])
    func refusesToStart(_ refusal: Refusal) async throws {
        let folder = try RunningServer.scratchFolder()
        defer { RunningServer.removeFolder(folder) }
        let store = try StoreFile(path: "\(folder)/store.sqlite", creating: true)
        var options = ServerOptions()
        options.port = 0
        refusal.change(&options)
        let server = DroverServer(
            options: options, store: store, policy: Policy(), logger: Logger(label: "test"), wallClock: { .testMoment })
        do {
            try await server.run { _ in Issue.record("the server listens") }
            Issue.record("the server started")
        } catch {
            #expect("\(error)".contains(refusal.says), "\(error)")
        }
    }
}
