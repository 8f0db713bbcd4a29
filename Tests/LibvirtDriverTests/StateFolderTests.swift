import ClusterModel
import Execution
import Foundation
import Testing

@testable import LibvirtDriver

/// The driver's memory outlives it, and several may use it.
@Suite struct StateFolderTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)").path

    private func record(_ step: String, fence: Int64 = 1) -> StepRecord {
        StepRecord(
            key: StepKey(run: "run/1 ä", step: step, attempt: 1), fence: fence, action: .powerOn(host: "h1"),
            startedAt: Timestamp(millisecondsSinceEpoch: 1_700_000_000_123), owner: "process 1")
    }

    @Test func remembersAcrossObjects() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try StateFolder(path: path)
        let key = record("s1").key
        #expect(try first.step(key) == nil)
        #expect(try first.update(key) { (known) throws(DriverError) in known = record("s1") } == record("s1"))
        let second = try StateFolder(path: path)
        #expect(try second.step(key) == record("s1"))
        #expect(try second.openSteps() == [record("s1")])
        try second.update(key) { (known) throws(DriverError) in known?.end = .cancelled }
        #expect(try first.step(key)?.end == .cancelled)
        #expect(try first.openSteps().isEmpty)
        // Names that only differ in what a file name cannot have are still two.
        let other = StepKey(run: "run_1 ä", step: "s1", attempt: 1)
        #expect(try first.step(other) == nil)
    }

    @Test func refusesOlderFences() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try StateFolder(path: path).admit(fence: 7)
        let again = try StateFolder(path: path)
        try again.admit(fence: 7)
        let error = #expect(throws: DriverError.self) { try again.admit(fence: 6) }
        #expect(error?.code == .staleFence)
    }

    @Test func saysWhatIsWrongWithAFile() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = try StateFolder(path: path)
        try folder.setHostState("h1", .maintenance)
        #expect(try folder.hostState("h1") == .maintenance)
        try Data("{".utf8).write(to: URL(filePath: "\(path)/hosts/h1.json"))
        let error = #expect(throws: DriverError.self) { try folder.hostState("h1") }
        #expect(error?.message.contains("hosts/h1.json") == true)
    }

    @Test func tidiesUpAfterAMonth() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = try StateFolder(path: path)
        for step in ["open", "ended"] {
            try folder.update(record(step).key) { (known) throws(DriverError) in
                known = record(step)
                if step == "ended" { known?.end = .cancelled }
            }
        }
        try folder.tidy(now: record("open").startedAt.adding(seconds: 29 * 86400))
        #expect(try folder.step(record("ended").key) != nil)
        try folder.tidy(now: record("open").startedAt.adding(seconds: 31 * 86400))
        #expect(try folder.step(record("ended").key) == nil && folder.step(record("open").key) != nil)
    }

    @Test func marksSayWhatTheySaid() {
        let mark = MoveMark(
            key: StepKey(run: "r<1>'s", step: "s&2", attempt: 3), fence: 4, from: "h1", to: "h2",
            at: Timestamp(millisecondsSinceEpoch: 1_700_000_000_123), ran: false)
        #expect(MoveMark(xml: mark.xml) == mark)
        #expect(MoveMark(xml: "<move/>") == nil)
        #expect(MoveMark(xml: "no xml") == nil)
    }
}
