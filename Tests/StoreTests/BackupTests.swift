import ClusterModel
import Foundation
import Store
import Testing

struct BackupTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func count(_ store: ClusterStore) throws -> Int64 {
        try store.file.integers("SELECT count(*) FROM sample")[0]
    }

    @Test func aBackupTakenWhileOthersWriteIsRestored() async throws {
        let lab = try scratch.store()
        _ = try lab.ingest((0..<500).map { .vm("v\($0)", at: 1, cpu: 1) })
        let backup = scratch.path("backup.db")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for batch in 0..<20 {
                    _ = try lab.ingest((0..<100).map { .vm("v\($0)", at: Double(10 + batch), cpu: 1) })
                }
            }
            group.addTask { try lab.file.backup(to: backup) }
            try await group.waitForAll()
        }
        #expect(try StoreFile.check(path: backup).problems == [])
        #expect(try count(lab) == 2500)
        try lab.file.close()
        let kept = try #require(try StoreFile.restore(from: backup, to: lab.file.path))
        let restored = try StoreFile(path: lab.file.path).cluster(named: "lab")
        // Whole batches and nothing else.
        let rows = try count(restored)
        #expect(rows >= 500 && rows <= 2500 && rows % 100 == 0)
        #expect(try count(try StoreFile(path: kept).cluster(named: "lab")) == 2500)
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
        // Writing goes on.
        _ = try restored.ingest([.vm("new", at: 99, cpu: 1)])
    }

    @Test func aBackupReplacesNothing() throws {
        let lab = try scratch.store()
        let there = try scratch.write("precious", to: "there")
        let error = #expect(throws: StoreError.self) { try lab.file.backup(to: there) }
        #expect(error?.code == .conflict)
        #expect(try scratch.bytes("there") == Array("precious".utf8))
        #expect(throws: StoreError.self) { try lab.file.backup(to: scratch.path("no/such/folder.db")) }
    }

    @Test func restoringToNowhereMakesTheFile() throws {
        let lab = try scratch.store()
        try lab.file.backup(to: scratch.path("b.db"))
        #expect(try StoreFile.restore(from: scratch.path("b.db"), to: scratch.path("new.db")) == nil)
        #expect(try StoreFile(path: scratch.path("new.db")).clusterNames() == ["lab"])
    }

    @Test func restoringIsRefusedWithoutHarm() throws {
        let lab = try scratch.store()
        _ = try lab.ingest([.vm("v", at: 1, cpu: 1)])
        let good = scratch.path("good.db")
        try lab.file.backup(to: good)
        var bytes = try scratch.bytes("good.db")
        for index in 4096..<8192 { bytes[index] = 0xA5 }
        let damaged = scratch.path("damaged.db")
        try Data(bytes).write(to: URL(filePath: damaged))
        let newer = scratch.path("newer.db")
        try StoreFile.makeFixture(path: newer, version: 2, userVersion: 9)
        let text = try scratch.write("text", to: "text")
        let expected: [(String, StoreError.Code)] = [
            (damaged, .damaged), (newer, .newerVersion), (text, .notAStore), (scratch.path("missing"), .missing),
        ]
        for (backup, code) in expected {
            let error = #expect(throws: StoreError.self) { _ = try StoreFile.restore(from: backup, to: lab.file.path) }
            #expect(error?.code == code)
        }
        // The store is in use: by this very test.
        let busy = #expect(throws: StoreError.self) { _ = try StoreFile.restore(from: good, to: lab.file.path) }
        #expect(busy?.code == .busy)
        #expect(try count(lab) == 1)
        let leftovers = try FileManager.default.contentsOfDirectory(atPath: scratch.folder).filter {
            $0.contains("restoring") || $0.contains("before-restore")
        }
        #expect(leftovers.isEmpty)
    }

    @Test func aDamagedStoreIsReplacedAndKept() throws {
        let lab = try scratch.store()
        _ = try lab.ingest([.vm("v", at: 1, cpu: 1)])
        try lab.file.backup(to: scratch.path("good.db"))
        try lab.file.close()
        let rubbish = [UInt8](repeating: 0x5A, count: 20_000)
        try Data(rubbish).write(to: URL(filePath: lab.file.path))
        let kept = try #require(try StoreFile.restore(from: scratch.path("good.db"), to: lab.file.path))
        #expect(Array(try Data(contentsOf: URL(filePath: kept))) == rubbish)
        #expect(try count(try StoreFile(path: lab.file.path).cluster(named: "lab")) == 1)
    }
}
