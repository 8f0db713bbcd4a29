import Foundation
import ProgramSupport
import TestSupport
import Testing

/// Agent to server to SQLite, all three as they are delivered: whatever is killed in between, every sample is there
/// once.
@Suite(.serialized) struct AgentToServerTests {
    @Test(.timeLimit(.minutes(3))) func everySampleArrivesOnceThoughTheServerIsKilled() async throws {
        let scratch = try Scratch()
        try scratch.write("a-token-for-this-host-alone", to: "token")
        try scratch.write("testhost a-token-for-this-host-alone\n", to: "tokens")
        chmod("\(scratch.path)/token", 0o600)
        chmod("\(scratch.path)/tokens", 0o600)
        var server = try Self.serve(scratch, port: 0)
        let port = try await Self.port(server)
        // 40 samples in 8 s, into the agent's own file and to the server.
        let agent = try Programs.start(
            Programs.agent,
            [
                "run", "--interval", "200ms", "--count", "40", "--host", "testhost", "--sqlite", "agent.sqlite",
                "--server", "http://127.0.0.1:\(port)", "--token-file", "token", "--spool", "spool",
            ], in: scratch.path)
        for _ in 0..<3 {
            try await Task.sleep(for: .milliseconds(1500))
            server.kill()
            try await Task.sleep(for: .milliseconds(500))
            server = try Self.serve(scratch, port: port)
            _ = try await Self.port(server)
        }
        _ = await agent.ended()
        try await Self.drain(scratch, port: port)
        server.kill()
        let sent = try Self.times(scratch, "agent.sqlite", "SELECT timestampMilliseconds FROM host_sample ORDER BY 1")
        let arrived = try Self.times(
            scratch, "server.sqlite",
            "SELECT s.at FROM sample s JOIN entity e ON e.id = s.entity WHERE e.kind = 1 AND e.name = 'testhost' ORDER BY 1"
        )
        #expect(sent.count >= 38)
        #expect(arrived == sent)
        #expect(try await scratch.drover("store", "check", "server.sqlite").status == 0)
    }

    /// What is still in the spool is sent by an agent that is started again.
    private static func drain(_ scratch: Scratch, port: Int) async throws {
        for _ in 0..<20 {
            let waiting = try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/spool")
                .filter { $0.hasSuffix(".batch") || $0.first?.isNumber == true }
            if waiting.isEmpty { return }
            let agent = try Programs.start(
                Programs.agent,
                [
                    "run", "--interval", "1s", "--host", "testhost", "--server", "http://127.0.0.1:\(port)",
                    "--token-file", "token", "--spool", "spool", "--count", "1", "--sqlite", "agent.sqlite",
                ], in: scratch.path)
            _ = await agent.ended()
        }
    }

    private static func serve(_ scratch: Scratch, port: Int) throws -> Programs.Running {
        try Programs.start(
            Programs.drover,
            [
                "serve", "--store", "server.sqlite", "--port", String(port), "--cluster-name", "lab", "--host-tokens",
                "tokens",
            ], in: scratch.path)
    }

    /// Waits until the server listens.
    private static func port(_ server: Programs.Running) async throws -> Int {
        let end = Date().addingTimeInterval(30)
        while Date() < end {
            let text = try String(contentsOfFile: server.errors, encoding: .utf8)
            if let start = text.range(of: "127.0.0.1:") {
                let digits = text[start.upperBound...].prefix { $0.isNumber }
                if let port = Int(digits), text.contains(", store") { return port }
            }
            try #require(!server.hasEnded, "the server ended: \(text)")
            try await Task.sleep(for: .milliseconds(20))
        }
        throw LoopbackClient.Failure(description: "the server does not listen")
    }

    /// A column of whole numbers.
    private static func times(_ scratch: Scratch, _ file: String, _ query: String) throws -> [Int64] {
        try scratch.query(file, query).compactMap { $0.first.flatMap { Int64($0) } }
    }
}
