import AgentService
import AgentWire
import Glibc
import NIOSSL
import Testing

/// Over TLS the agent takes only the server whose name the trusted authority has signed.
@Suite(.serialized, .enabled(if: access("/usr/bin/openssl", X_OK) == 0, "openssl is not installed"))
struct TLSTests {
    private let recorder = LogRecorder()

    /// An authority and a certificate signed by it, made for the test.
    private func makeCertificates(in directory: TemporaryDirectory, name: String) throws {
        let path = directory.path
        try directory.write("subjectAltName=\(name)\n", to: "extensions")
        for command in [
            "req -x509 -newkey rsa:2048 -nodes -keyout \(path)/ca.key -out \(path)/ca.crt -days 2 -subj /CN=test-authority",
            "req -newkey rsa:2048 -nodes -keyout \(path)/server.key -out \(path)/server.csr -subj /CN=server",
            "x509 -req -in \(path)/server.csr -CA \(path)/ca.crt -CAkey \(path)/ca.key -CAcreateserial "
                + "-out \(path)/server.crt -days 2 -extfile \(path)/extensions",
        ] {
            #expect(try ChildProcess.run("/usr/bin/openssl", command.split(separator: " ").map(String.init)) == 0)
        }
    }

    struct Situation: CustomTestStringConvertible {
        let testDescription: String
        let certifiedName: String
        let host: String
        let trustsAuthority: Bool
        let arrives: Bool
    }

    @Test(arguments: [
        Situation(
            testDescription: "name", certifiedName: "DNS:localhost", host: "localhost", trustsAuthority: true,
            arrives: true),
        Situation(
            testDescription: "address", certifiedName: "IP:127.0.0.1", host: "127.0.0.1", trustsAuthority: true,
            arrives: true),
        Situation(
            testDescription: "another name", certifiedName: "DNS:other.example", host: "localhost",
            trustsAuthority: true, arrives: false),
        Situation(
            testDescription: "another address", certifiedName: "IP:127.0.0.2", host: "127.0.0.1",
            trustsAuthority: true, arrives: false),
        Situation(
            testDescription: "unknown authority", certifiedName: "DNS:localhost", host: "localhost",
            trustsAuthority: false, arrives: false),
    ])
    func takesOnlyTheRightServer(_ situation: Situation) async throws {
        let (directory, server) = (try TemporaryDirectory(), TestServer())
        try makeCertificates(in: directory, name: situation.certifiedName)
        let certificates = try NIOSSLCertificate.fromPEMFile("\(directory.path)/server.crt").map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: "\(directory.path)/server.key", format: .pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: certificates, privateKey: .privateKey(key)))
        try await server.start(tls: context)
        try directory.write("token", to: "token")
        var options = ServerOptions(
            address: try ServerAddress(parsing: "https://\(situation.host):\(server.port)"),
            tokenFile: "\(directory.path)/token")
        options.spoolDirectory = "\(directory.path)/spool"
        options.certificateAuthorityFile = situation.trustsAuthority ? "\(directory.path)/ca.crt" : nil
        let sink = try SpoolSink(options: options, log: recorder.log, clocks: .system)
        try await sink.take(SampleBatchTests.full())
        for _ in 0..<200 where server.received.batches.isEmpty && recorder.lines.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
        }
        await sink.finish()
        #expect(server.received.batches.count == (situation.arrives ? 1 : 0), "\(recorder.lines)")
        #expect(server.received.authorizations.isEmpty == !situation.arrives)
        #expect(recorder.lines.isEmpty == situation.arrives)
        try await server.stop()
    }

    @Test func aMissingAuthorityFileIsToldAtTheStart() throws {
        let directory = try TemporaryDirectory()
        try directory.write("token", to: "token")
        var options = ServerOptions(
            address: try ServerAddress(parsing: "https://localhost:1"), tokenFile: "\(directory.path)/token")
        options.certificateAuthorityFile = "/nowhere/ca.crt"
        options.spoolDirectory = "\(directory.path)/spool"
        let error = #expect(throws: AgentError.self) {
            try SpoolSink(options: options, log: recorder.log, clocks: .system)
        }
        #expect(error?.message.contains("/nowhere/ca.crt") == true)
    }
}
