import AgentService
import AgentWire
import Glibc
import Randomness
import Sampling
import Testing

/// The built program: its exit statuses, its output, and that nothing is lost or doubled when it is killed.
@Suite(.serialized, .enabled(if: access(ChildProcess.agentPath(), X_OK) == 0, "drover-agent is not built"))
struct ProgramTests {
    private let agent = ChildProcess.agentPath()

    struct Call: CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Call(arguments: ["--help"], status: 0), Call(arguments: ["run"], status: 64),
        Call(arguments: ["status", "--spool", "/nowhere"], status: 1), Call(arguments: ["fly"], status: 64),
        Call(arguments: ["once", "--root", "/nowhere", "--interval", "100ms"], status: 1),
        Call(arguments: ["run", "--sqlite", "/nowhere/samples.sqlite"], status: 1),
    ])
    func exitStatuses(_ call: Call) throws {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            agent, call.arguments, output: "\(directory.path)/out", errors: "\(directory.path)/err")
        #expect(process.wait() == call.status)
        // Results go to stdout, complaints to stderr, never both.
        #expect(try directory.read("out").isEmpty == (call.status != 0))
        #expect(try directory.read("err").isEmpty == (call.status == 0))
    }

    @Test func oncePrintsACapturedHost() throws {
        let directory = try TemporaryDirectory()
        let arguments = ["once", "--interval", "100ms", "--host", "h01", "--format", "json"]
        let process = try ChildProcess(
            agent, arguments + ["--root", InMemoryFiles.capturedRoot("version2")], output: "\(directory.path)/out")
        #expect(process.wait() == 0)
        let text = String(decoding: try directory.read("out"), as: UTF8.self)
        #expect(text.hasPrefix(#"{"host": "h01", "takenAt": "20"#))
        #expect(text.contains(#""memoryTotalBytes": 134217728000"#))
        #expect(text.contains(#""name": "100", "uuid": "6f1b4c6e-53c5-4d57-9f86-0d1e9a1b2c3d""#))
    }

    @Test func samplesIntoAFileAndStopsWhenTold() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/samples.sqlite"
        let counted = try ChildProcess(agent, ["run", "--sqlite", path, "--interval", "100ms", "--count", "3"])
        #expect(counted.wait() == 0)
        #expect(try LocalFile.summary(path: path).hostSampleCount == 3)
        let endless = try ChildProcess(
            agent, ["run", "--sqlite", path, "--interval", "100ms"], errors: "\(directory.path)/err")
        while try LocalFile.summary(path: path).hostSampleCount < 5 { usleep(50_000) }
        endless.signal(SIGTERM)
        #expect(endless.wait() == 0)
        #expect(String(decoding: try directory.read("err"), as: UTF8.self).hasSuffix("stopped\n"))
    }

    @Test func killedManyTimesWithAServerThatBreaksOff() async throws {
        let (directory, server) = (try TemporaryDirectory(), TestServer())
        try directory.write("t0ken\n", to: "token")
        try await server.start()
        let arguments = [
            "run", "--interval", "100ms", "--host", "h01", "--server", "http://127.0.0.1:\(server.port)",
            "--token-file", "\(directory.path)/token", "--spool", "\(directory.path)/spool", "--timeout", "1s",
        ]
        var generator = SplitMix64(seed: 7)
        let modes = [TestServer.Mode.accept, .takeAndBreak, .answer(status: 503), .accept, .breakOff]
        for round in 0..<15 {
            server.set(modes[round % modes.count])
            let process = try ChildProcess(agent, arguments, errors: "\(directory.path)/err\(round)")
            // However slow the machine is: counted from the moment it begins to sample.
            try await waitUntilSampling("\(directory.path)/err\(round)")
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...600, using: &generator)))
            process.signal(SIGKILL)
            #expect(process.wait() == -SIGKILL)
        }
        server.set(.accept)
        let last = try ChildProcess(agent, arguments, errors: "\(directory.path)/err")
        let spool = "\(directory.path)/spool"
        for _ in 0..<200 where try SpoolContents(directory: spool).sizes.count > 1 {
            try await Task.sleep(for: .milliseconds(50))
        }
        last.signal(SIGTERM)
        #expect(last.wait() == 0)
        #expect(try SpoolContents(directory: spool).sizes.isEmpty)
        #expect(try SpoolContents(directory: spool).damagedCount == 0)
        try check(server.received)
        try await server.stop()
    }

    private func waitUntilSampling(_ log: String) async throws {
        for _ in 0..<1000 {
            if access(log, R_OK) == 0, try !RootedFiles().read(log).isEmpty { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the agent does not begin within 20 seconds")
    }

    /// No batch that reached the spool is missing: each instance's sequence has no holes. None is there twice, and no
    /// sample is in two batches.
    private func check(_ received: TestServer.Received) throws {
        let instances = Dictionary(grouping: received.batches, by: \.identity.agentInstance)
        #expect(instances.count > 4)
        for (instance, batches) in instances {
            #expect(batches.map(\.identity.sequence) == Array(1...UInt64(batches.count)), "\(instance)")
        }
        let times = received.batches.flatMap { $0.hostSamples.map(\.timestampMilliseconds) }
        #expect(Set(times).count == times.count)
        #expect(times == times.sorted())
    }
}
