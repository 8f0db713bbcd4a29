import Foundation
import ProgramSupport
import TestSupport
import Testing

/// `drover serve` beside a test, on a port of this machine.
struct Serving {
    let program: Programs.Running
    let port: Int

    /// Starts a server in the scratch folder and waits until it listens. Port 0: one that is free.
    init(_ scratch: Scratch, port: Int = 0, _ options: String...) async throws {
        let program = try Programs.start(
            Programs.drover, ["serve", "--store", "server.sqlite", "--port", String(port)] + options, in: scratch.path)
        self.program = program
        self.port = try await Self.port(program)
    }

    var client: LoopbackClient { LoopbackClient(port: port) }

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
}
