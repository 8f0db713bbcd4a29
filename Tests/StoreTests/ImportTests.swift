import ClusterModel
import Forecasting
import Foundation
import Importing
import Randomness
import Store
import TestSupport
import Testing

struct TableCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let table: String
    var rows = 0
    /// "LINE reason" of each.
    var bad: [String] = []

    static let all = [
        TableCase(
            testDescription: "long form",
            table: """
                timestamp,kind,id,metric,value
                2026-11-22T00:00:00Z,vm,a,cpuCores,1.5
                2026-11-22T00:00:00Z,vm,a,memoryBytes,1e9
                2026-11-22T00:00:00Z,host,h,cpuCores,9
                """, rows: 3),
        TableCase(
            testDescription: "wide form, seconds, milliseconds, offsets, CRLF, quotes, empty fields and lines",
            table: "timestamp,id,cpuCores,memoryBytes\r\n1795305600,a,1.5,\r\n\r\n1795305700000,\"b,\"\"c\"\"\",,5\r\n"
                + "2026-11-22T02:00:00+02:00, a ,0,0\r\n", rows: 3),
        TableCase(
            testDescription: "semicolons and a byte-order mark", table: "\u{FEFF}time;vm;cpuCores\n1795305600;a;2",
            rows: 1),
        TableCase(testDescription: "no rows", table: "timestamp,vm,cpuCores\n"),
        TableCase(
            testDescription: "bad rows among good ones",
            table: """
                timestamp,kind,id,cpuCores,memoryBytes
                2026-11-22T00:00:00Z,vm,a,1,2
                yesterday,vm,a,1,2
                2026-11-22T00:00:00Z,vm,a,1
                2026-11-22T00:00:00Z,disk,a,1,2
                2026-11-22T00:00:00Z,vm,,1,2
                2026-11-22T00:00:00Z,vm,a,-1,2
                2026-11-22T00:00:00Z,vm,a,nan,2
                2026-11-22T00:00:00Z,vm,a,0x10,2
                2026-11-22T00:00:00Z,vm,a,1e999,2
                2026-11-22T00:00:00Z,vm,a,,
                2026-11-22T00:00:00Z,vm,"a,1,2
                12,vm,a,1,2
                2026-11-22T00:05:00Z,vm,a,1,2
                """,
            rows: 2,
            bad: [
                "3 timestamp \"yesterday\" is neither RFC 3339 nor seconds since 1970", "4 4 fields, the header has 5",
                "5 kind \"disk\" is neither vm nor host", "6 id \"\" is not a text of 1 to 255 bytes",
                "7 cpuCores \"-1\" is not a number of 0 or more", "8 cpuCores \"nan\" is not a number of 0 or more",
                "9 cpuCores \"0x10\" is not a number of 0 or more",
                "10 cpuCores \"1e999\" is not a number of 0 or more",
                "11 no value", "12 a quote is not closed",
                "13 timestamp 1970-01-01T00:00:12Z is not in the years 2000 to 2099",
            ]),
        TableCase(
            testDescription: "an unknown metric in long form",
            table: "timestamp,vm,metric,value\n1795305600,a,cpu,1\n", bad: ["2 metric \"cpu\" is unknown"]),
    ]
}

struct ImportTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: TableCase.all)
    func tables(_ example: TableCase) throws {
        let lab = try scratch.store()
        let path = try scratch.write(example.table, to: "t.csv")
        for _ in 0..<2 {
            let report = try SampleTableImporter().run(path: path, into: lab)
            #expect(report.rows == example.rows)
            #expect(report.badRowCount == example.bad.count)
            #expect(report.badRows.map { "\($0.line) \($0.reason)" } == example.bad)
            #expect(report.badRows.allSatisfy { $0.file == path })
        }
    }

    @Test func valuesArriveAndASecondImportChangesNothing() throws {
        let lab = try scratch.store()
        let path = try scratch.write(TableCase.all[1].table, to: "t.csv")
        for _ in 0..<2 {
            _ = try SampleTableImporter().run(path: path, into: lab)
            let query = HistoryQuery(
                after: .midnight(plus: -1), upTo: .midnight(plus: 60), metrics: [.cpuCores, .memoryBytes],
                percentile: 95)
            let found = try lab.history.histories(of: .vm, query)
            #expect(found.keys.sorted() == ["a", "b,\"c\""])
            // 1.5 and 0 in the same five minutes.
            #expect(RollUpTests.isNear(found["a"]?[.cpuCores]?.mean ?? -1, 0.75, .cpuCores))
            #expect(RollUpTests.isNear(found["a"]?[.cpuCores]?.max ?? -1, 1.5, .cpuCores))
            #expect(found["b,\"c\""]?[.cpuCores] == nil)
            #expect(try lab.newestSampleTime() == .midnight(plus: 100))
        }
    }

    @Test(arguments: [
        ("", "empty"), ("\n", "column \"\""), ("timestamp,id\n", "needs timestamp and id"),
        ("timestamp,cpuCores\n", "needs timestamp and id"), ("timestamp,vm,cpu\n", "column \"cpu\""),
        ("timestamp,vm,metric\n", "needs timestamp"), ("timestamp,time,vm,cpuCores\n", "twice"),
        ("timestamp,vm,cpuCores,cpuCores\n", "twice"),
        ("timestamp,vm,metric,value,cpuCores\n", "either metric and value"),
        ("\"timestamp,vm\n", "quote"), ("\u{0}\u{1}\u{2}", "column"),
    ])
    func headersThatCannotBeUnderstood(text: String, part: String) throws {
        let lab = try scratch.store()
        let path = try scratch.write(text, to: "t.csv")
        let error = #expect(throws: ImportError.self) { _ = try SampleTableImporter().run(path: path, into: lab) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(try lab.newestSampleTime() == nil)
    }

    @Test func aFileThatIsNotThereOrHasOneEndlessLine() throws {
        let lab = try scratch.store()
        let text = "timestamp,vm,cpuCores\n" + String(repeating: "x", count: 3 << 20)
        for path in [scratch.path("none.csv"), scratch.folder, try scratch.write(text, to: "long.csv")] {
            #expect(throws: ImportError.self) { _ = try SampleTableImporter().run(path: path, into: lab) }
        }
    }

    /// Random and mutated bytes: refused or imported, never a crash, and the store stays sound.
    @Test func hostileTables() throws {
        let lab = try scratch.store()
        var generator = SplitMix64(seed: 7)
        for round in 0..<300 {
            var bytes = Array(TableCase.all[round % TableCase.all.count].table.utf8)
            for _ in 0..<Int.random(in: 1...20, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: Array(",\"\n9e\0".utf8).shuffled(using: &generator), at: place)
                }
            }
            let path = scratch.path("t.csv")
            try Data(bytes).write(to: URL(filePath: path))
            do {
                _ = try SampleTableImporter().run(path: path, into: lab)
            } catch {
                #expect(error is ImportError)
            }
        }
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    @Test func whatTheInventoryLacksIsNamed() throws {
        let lab = try scratch.store()
        try lab.setInventory(.cluster(hosts: [.host("h")], vms: [.vm("a", on: "h")]))
        let path = try scratch.write(
            "timestamp,kind,id,cpuCores\n1795305600,vm,a,1\n1795305600,vm,x,1\n1795305600,host,h,1\n", to: "t.csv")
        #expect(try SampleTableImporter().run(path: path, into: lab).unknownEntities == ["vm x"])
    }

    @Test func whatIsWrittenIsRead() throws {
        let lab = try scratch.store()
        let metrics: [SeriesMetric] = [.cpuCores, .memoryBytes]
        let lines = [
            SampleTable.header(metrics),
            SampleTable.row(at: .midnight, kind: .vm, id: "a,\"b", values: [0.1, nil]),
            SampleTable.row(at: .midnight, kind: .host, id: "h", values: [3, 17_179_869_184]),
        ]
        let path = try scratch.write(lines.joined(separator: "\n"), to: "t.csv")
        #expect(lines[2] == "2026-11-22T00:00:00Z,host,h,3,17179869184")
        let report = try SampleTableImporter().run(path: path, into: lab)
        #expect(report.rows == 2)
        #expect(report.badRowCount == 0)
    }

    @Test func hostGroups() throws {
        let groups = [
            try HostGroup(text: "count=2,cores=2,speed=1.86,memory=4GiB,idle=86,peak=117"),
            try HostGroup(text: "count=1,cores=64,memory=1.5TiB,reserved=4GiB,curve=1/2/3/4/5/6/7/8/9/10/11,off=5"),
        ]
        let hosts = HostGroup.hosts(groups)
        #expect(hosts.map(\.id) == ["host0001", "host0002", "host0003"])
        #expect(hosts.map(\.cpuCores) == [2, 64, 2])
        #expect(hosts.map(\.memoryBytes) == [4 << 30, 1536 << 30, 4 << 30])
        #expect(hosts[0].power == PowerModel(idleWatts: 86, peakWatts: 117))
        #expect(hosts[1].power?.curveWatts.count == 11)
        #expect(hosts[1].reservedMemoryBytes == 4 << 30)
        for text in [
            "", "count=2", "count=2,cores=2,memory=4GB", "count=0,cores=2,memory=4", "count=1,cores=2,memory=-4",
            "count=1,cores=2,memory=4,count=2", "count=1,cores=2,memory=4,color=red",
            "count=1,cores=1,memory=9999999TiB",
            "count=1,cores=2,memory=4,curve=1/2", "count=nan,cores=2,memory=4",
        ] {
            #expect(throws: ImportError.self) { _ = try HostGroup(text: text) }
        }
    }
}
