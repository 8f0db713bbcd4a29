import AgentService
import AgentWire
import Testing

/// From the sink through the spool to a server that is away, says no, or breaks off: each batch exactly once.
@Suite struct DeliveryTests {
    private let recorder = LogRecorder()

    private func options(_ directory: TemporaryDirectory, port: Int) throws -> ServerOptions {
        try directory.write("secret-token\n", to: "token")
        var options = ServerOptions(
            address: try ServerAddress(parsing: "http://127.0.0.1:\(port)"), tokenFile: "\(directory.path)/token")
        options.spoolDirectory = "\(directory.path)/spool"
        options.timeoutMilliseconds = 1000
        return options
    }

    private func batch(_ sequence: UInt64) -> SampleBatch {
        SampleBatch(
            identity: BatchIdentity(agentInstance: String(repeating: "cd", count: 16), sequence: sequence), host: "h01",
            hostSamples: [
                HostSample(
                    timestampMilliseconds: 1_763_800_000_000 + Int64(sequence), intervalMilliseconds: 1,
                    readings: [.cpuBusyCores: Double(sequence)])
            ], virtualMachineSamples: [])
    }

    private func wait(_ what: String, until condition: () async throws -> Bool) async throws {
        for _ in 0..<400 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(what): not within 20 seconds; log: \(recorder.lines)")
    }

    @Test func arrivesInOrder() async throws {
        let (directory, server) = (try TemporaryDirectory(), TestServer())
        try await server.start()
        let sink = try SpoolSink(options: try options(directory, port: server.port), log: recorder.log, clocks: .system)
        for sequence in UInt64(1)...20 { try await sink.take(batch(sequence)) }
        try await wait("all arrive") { server.received.batches.count == 20 }
        await sink.finish()
        #expect(server.received.batches.map(\.identity.sequence) == Array(1...20))
        #expect(server.received.arrivals.values.allSatisfy { $0 == 1 })
        #expect(server.received.authorizations == ["Bearer secret-token"])
        #expect(recorder.lines == [])
        #expect(try SpoolContents(directory: "\(directory.path)/spool").sizes.isEmpty)
        let status = try StatusFile.read(path: "\(directory.path)/spool/status")
        #expect(status.map(\.key) == ["dropped since start", "last accepted", "process"])
        try await server.stop()
    }

    @Test(arguments: [TestServer.Mode.answer(status: 503), .answer(status: 401), .takeAndBreak, .breakOff, .silent])
    func aServerThatMisbehavesForAWhile(_ mode: TestServer.Mode) async throws {
        let (directory, server) = (try TemporaryDirectory(), TestServer())
        try await server.start()
        server.set(mode)
        let sink = try SpoolSink(options: try options(directory, port: server.port), log: recorder.log, clocks: .system)
        for sequence in UInt64(1)...5 { try await sink.take(batch(sequence)) }
        try await wait("it is tried twice") { server.received.requests >= 2 }
        server.set(.accept)
        try await wait("all arrive") { server.received.batches.count == 5 }
        await sink.finish()
        #expect(server.received.batches.map(\.identity.sequence) == Array(1...5))
        #expect(recorder.lines.count == 2, "one warning and one all-clear: \(recorder.lines)")
        #expect(!recorder.lines.contains { $0.contains("secret-token") })
        try await server.stop()
    }

    @Test func aServerThatIsAwayAtFirst() async throws {
        let (directory, server) = (try TemporaryDirectory(), TestServer())
        try await server.start()
        let port = server.port
        try await server.stop()
        let sink = try SpoolSink(options: try options(directory, port: port), log: recorder.log, clocks: .system)
        for sequence in UInt64(1)...3 { try await sink.take(batch(sequence)) }
        try await wait("it is missed") { !recorder.lines.isEmpty }
        #expect(try SpoolContents(directory: "\(directory.path)/spool").sizes.count == 3)
        await sink.finish()
        // Another start of the agent, with the server back.
        try await server.start(port: port)
        let again = try SpoolSink(options: try options(directory, port: port), log: recorder.log, clocks: .system)
        try await again.take(batch(4))
        try await wait("all arrive") { server.received.batches.count == 4 }
        await again.finish()
        #expect(server.received.batches.map(\.identity.sequence) == [1, 2, 3, 4])
        try await server.stop()
    }

    @Test func aRefusedBatchDoesNotHoldUpTheRest() async throws {
        let (directory, server) = (try TemporaryDirectory(), TestServer())
        try await server.start()
        server.set(.answer(status: 422))
        let sink = try SpoolSink(options: try options(directory, port: server.port), log: recorder.log, clocks: .system)
        try await sink.take(batch(1))
        try await wait("it is refused") { server.received.requests == 1 && !recorder.lines.isEmpty }
        server.set(.accept)
        try await sink.take(batch(2))
        try await wait("the next arrives") { server.received.batches.count == 1 }
        await sink.finish()
        #expect(server.received.batches.map(\.identity.sequence) == [2])
        #expect(try directory.names("spool/refused").count == 1)
        #expect(recorder.lines.count == 1)
        try await server.stop()
    }

    @Test(arguments: ["", "two tokens", "t\u{1}ken"])
    func badTokensAreToldAtTheStart(_ token: String) throws {
        let directory = try TemporaryDirectory()
        let options = try options(directory, port: 1)
        try directory.write(token, to: "token")
        let error = #expect(throws: AgentError.self) {
            try SpoolSink(options: options, log: recorder.log, clocks: .system)
        }
        #expect(error?.message.contains("\(directory.path)/token") == true)
        #expect(token.isEmpty || error?.message.contains(token) == false)
    }
}
