import ClusterModel
import Forecasting
import Foundation
import Store
import Testing

struct SchemaTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func code(_ body: () throws -> Void) -> StoreError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }

    @Test func aFileOfTheFirstVersionIsBroughtUpToDate() throws {
        let path = scratch.path("old.db")
        try StoreFile.makeFixture(
            path: path, version: 1,
            rows: """
                INSERT INTO cluster(id, name, newest_sample) VALUES (7, 'lab', 1795305900000);
                INSERT INTO entity(id, cluster, kind, name) VALUES (3, 7, 2, 'v');
                INSERT INTO sample(cluster, at, entity, m0) VALUES (7, 1795305900000, 3, 1.5);
                INSERT INTO stale_bucket(cluster, bucket) VALUES (7, 5984353);
                """)
        let file = try StoreFile(path: path)
        let lab = try file.cluster(named: "lab")
        #expect(try file.integers("PRAGMA user_version") == [2])
        #expect(
            try lab.fiveMinuteSeries(of: .vm, "v", .cpuCores, from: .midnight, before: .midnight(plus: 3600)).map(
                \.count) == [1])
        #expect(try lab.plans().isEmpty)
        try file.close()
        #expect(try StoreFile.check(path: path).problems == [])
    }

    @Test func aFileOfANewerVersionIsRefusedAndUntouched() throws {
        let path = scratch.path("new.db")
        try StoreFile.makeFixture(path: path, version: 2, userVersion: 3)
        let before = try scratch.bytes("new.db")
        let error = #expect(throws: StoreError.self) { _ = try StoreFile(path: path, creating: true) }
        #expect(error?.code == .newerVersion)
        #expect(error?.message.contains("schema version 3") == true)
        #expect(try scratch.bytes("new.db") == before)
        #expect(code { _ = try StoreFile.check(path: path) } == .newerVersion)
    }

    @Test func whatIsNoStoreIsRefusedAndUntouched() throws {
        let text = try scratch.write("hosts: []\n", to: "policy.yaml")
        let stranger = scratch.path("stranger.db")
        try StoreFile.makeFixture(path: stranger, version: 2, applicationID: 1)
        for path in [text, stranger] {
            let before = try Data(contentsOf: URL(filePath: path))
            #expect(code { _ = try StoreFile(path: path, creating: true) } == .notAStore)
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
        #expect(code { _ = try StoreFile(path: scratch.path("missing.db")) } == .missing)
        #expect(!Scratch.exists(scratch.path("missing.db")))
    }

    @Test func anEmptyFileBecomesAStoreOnlyWhenAskedFor() throws {
        let path = try scratch.write("", to: "empty.db")
        #expect(code { _ = try StoreFile(path: path) } == .notAStore)
        #expect(try StoreFile(path: path, creating: true).clusterNames() == [])
    }

    /// Damage of two kinds: overwritten pages, and a file cut short.
    @Test(arguments: [true, false])
    func aDamagedFileIsReportedAndUntouched(cutShort: Bool) throws {
        let lab = try scratch.store("d.db")
        _ = try lab.ingest((0..<2000).map { .vm("v\($0)", at: 60, cpu: 1) })
        try lab.file.close()
        var bytes = try scratch.bytes("d.db")
        if cutShort {
            bytes.removeLast(bytes.count / 2)
        } else {
            for index in 4096..<bytes.count - 4096 { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        }
        let path = scratch.path("d.db")
        try Data(bytes).write(to: URL(filePath: path))
        let check = try StoreFile.check(path: path)
        #expect(!check.isSound)
        let error = #expect(throws: StoreError.self) {
            let file = try StoreFile(path: path)
            _ = try file.cluster(named: "lab").history.histories(
                of: .vm,
                HistoryQuery(
                    after: .midnight(plus: -1), upTo: .midnight(plus: 900), metrics: [.cpuCores], percentile: 95))
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("damaged") == true)
        #expect(try scratch.bytes("d.db") == bytes)
    }

    @Test func clustersAreFoundByName() throws {
        let lab = try scratch.store()
        #expect(try lab.file.onlyCluster().name == "lab")
        _ = try lab.file.cluster(named: "prod", creating: true)
        #expect(try lab.file.clusterNames() == ["lab", "prod"])
        let unknown = #expect(throws: StoreError.self) { _ = try lab.file.cluster(named: "test") }
        #expect(unknown?.message.contains("it has: lab, prod") == true)
        #expect(code { _ = try lab.file.onlyCluster() } == .unknown)
        #expect(code { _ = try lab.file.cluster(named: "", creating: true) } == .invalid)
    }

    /// The pragmas of the connections themselves, asked inside the transactions that use them.
    @Test func samplesAreWrittenWithNormalAndTheRestWithFullSynchronisation() throws {
        let levels = try scratch.store().file.synchronousLevels()
        #expect(levels.samples == 1)
        #expect(levels.durable == 2)
        let again = try StoreFile(path: scratch.path("a.db")).synchronousLevels()
        #expect(again.samples == 1)
        #expect(again.durable == 2)
    }
}
