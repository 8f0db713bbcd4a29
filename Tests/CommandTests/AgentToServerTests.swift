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
        var server = try await Self.serve(scratch)
        let port = server.port
        // 40 samples in 8 s, into the agent's own file and to the server.
        let agent = try Programs.start(
            Programs.agent,
            [
                "run", "--interval", "200ms", "--count", "40", "--host", "testhost", "--sqlite", "agent.sqlite",
                "--server", "http://127.0.0.1:\(port)", "--token-file", "token", "--spool", "spool",
            ], in: scratch.path)
        for _ in 0..<3 {
            try await Task.sleep(for: .milliseconds(1500))
            server.program.kill()
            try await Task.sleep(for: .milliseconds(500))
            server = try await Self.serve(scratch, port: port)
        }
        _ = await agent.ended()
        try await Self.drain(scratch, port: port)
        server.program.kill()
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

    private static func serve(_ scratch: Scratch, port: Int = 0) async throws -> Serving {
        try await Serving(scratch, port: port, "--cluster-name", "lab", "--host-tokens", "tokens")
    }

    /// A column of whole numbers.
    private static func times(_ scratch: Scratch, _ file: String, _ query: String) throws -> [Int64] {
        try scratch.query(file, query).compactMap { $0.first.flatMap { Int64($0) } }
    }
}
