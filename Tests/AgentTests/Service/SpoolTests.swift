import AgentService
import Synchronization
import Testing

/// Keeps what is logged.
final class LogRecorder: Sendable {
    private let recorded = Mutex<[String]>([])
    var lines: [String] { recorded.withLock { $0 } }
    var log: AgentLog { AgentLog { line in self.recorded.withLock { $0.append(line) } } }
}

@Suite struct SpoolTests {
    private let recorder = LogRecorder()

    private func spool(_ directory: TemporaryDirectory, maxBytes: Int64 = 1 << 20) throws -> Spool {
        try Spool(directory: "\(directory.path)/spool", maxBytes: maxBytes, log: recorder.log)
    }

    private func drain(_ spool: Spool) async throws -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        while let batch = try await spool.oldest() {
            payloads.append(batch.bytes)
            try await spool.remove(batch)
        }
        return payloads
    }

    @Test func firstInFirstOutAcrossRestarts() async throws {
        let directory = try TemporaryDirectory()
        do {
            let spool = try spool(directory)
            for number in UInt8(1)...12 { try await spool.append([number, 0, 255]) }
            #expect(try await spool.oldest()?.bytes == [1, 0, 255])
        }
        let again = try spool(directory)
        #expect(await again.count == 12)
        #expect(try await drain(again) == (UInt8(1)...12).map { [$0, 0, 255] })
        #expect(try directory.names("spool").filter { $0.hasSuffix(".batch") } == [])
    }

    @Test func theOldestGoWhenItIsFullAndAreCounted() async throws {
        let directory = try TemporaryDirectory()
        // Room for three files of 100 bytes and 31 of header each.
        let spool = try spool(directory, maxBytes: 400)
        for number in UInt8(1)...8 { try await spool.append([UInt8](repeating: number, count: 100)) }
        #expect(await spool.droppedCount == 5)
        #expect(await spool.byteCount <= 400)
        #expect(try await drain(spool).map { $0.first } == [6, 7, 8])
        #expect(recorder.lines.count == 1)
        await #expect(throws: AgentError.self) { try await spool.append([UInt8](repeating: 0, count: 400)) }
    }

    @Test func whatIsUnderWayIsNotDropped() async throws {
        let directory = try TemporaryDirectory()
        let spool = try spool(directory, maxBytes: 400)
        try await spool.append([UInt8](repeating: 1, count: 100))
        let underWay = try #require(try await spool.oldest())
        for number in UInt8(2)...5 { try await spool.append([UInt8](repeating: number, count: 100)) }
        try await spool.remove(underWay)
        #expect(try await drain(spool).map { $0.first } == [4, 5])
    }

    @Test func damagedFilesAreSetAside() async throws {
        let directory = try TemporaryDirectory()
        do {
            let spool = try spool(directory)
            for number in UInt8(1)...4 { try await spool.append([UInt8](repeating: number, count: 50)) }
        }
        let names = try directory.names("spool").filter { $0.hasSuffix(".batch") }
        var truncated = try directory.read("spool/\(names[0])")
        truncated.removeLast()
        try directory.write(truncated, to: "spool/\(names[0])")
        var altered = try directory.read("spool/\(names[2])")
        altered[60] ^= 1
        try directory.write(altered, to: "spool/\(names[2])")
        try directory.write("half a file", to: "spool/00000000000000000009.batch.tmp")
        try directory.write("not ours", to: "spool/readme")
        let again = try spool(directory)
        #expect(try await drain(again).map { $0.first } == [2, 4])
        #expect(try directory.names("spool/damaged") == [names[0], names[2]])
        #expect(try directory.names("spool").contains("readme"))
        #expect(try !directory.names("spool").contains { $0.hasSuffix(".tmp") })
        #expect(recorder.lines.count == 2)
    }

    @Test func refusedBatchesAreKeptForAWhile() async throws {
        let directory = try TemporaryDirectory()
        let spool = try spool(directory)
        for number in UInt8(0)..<40 { try await spool.append([number]) }
        while let batch = try await spool.oldest() { try await spool.refuse(batch) }
        #expect(try directory.names("spool/refused").count == 32)
        #expect(try SpoolContents(directory: "\(directory.path)/spool").refusedCount == 32)
        // Orders go on after those, so that nothing is overwritten.
        try await spool.append([1])
        let next = try #require(try await spool.oldest())
        #expect(next.order == 41)
    }

    @Test func oneAgentPerSpool() async throws {
        let directory = try TemporaryDirectory()
        let first = try spool(directory)
        let error = #expect(throws: AgentError.self) { try spool(directory) }
        #expect(error?.message.contains("another drover-agent") == true)
        #expect(await first.count == 0)
    }

    @Test func aPlaceThatCannotBeWrittenIsAnError() throws {
        #expect(throws: AgentError.self) { try Spool(directory: "/proc/nowhere", maxBytes: 1000, log: recorder.log) }
    }
}
