import ClusterModel
import Forecasting
import Foundation
import Importing
import Store
import TestSupport
import Testing

/// The two public trace formats: by hand, and from the data sets when they are there.
struct TraceImportTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func folder(_ name: String, _ files: [String: String]) throws -> String {
        let path = scratch.path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (file, text) in files { _ = try scratch.write(text, to: "\(name)/\(file)") }
        return path
    }

    private func demands(_ store: ClusterStore, _ percentile: Double = 100) throws -> Cluster {
        var policy = DemandPolicy()
        policy.percentile = percentile
        policy.windowSeconds = 31 * 86400
        let moment = try #require(try store.newestSampleTime())
        return try DemandForecaster(policy: policy).forecast(
            try store.currentCluster(), history: store.history, at: moment
        ).cluster
    }

    // MARK: PlanetLab

    @Test func aPlanetLabFolder() throws {
        let lab = try scratch.store()
        let traces = try folder("20110303", ["b": "10\n20\nx\n40\n", "a": "50\n101\n", ".hidden": "1\n", "c": "0\n"])
        var importer = PlanetLabImporter()
        importer.types = [.init(mips: 2000, memoryBytes: 1 << 30), .init(mips: 500, memoryBytes: 2 << 30)]
        importer.hosts = HostGroup.hosts([try HostGroup(text: "count=2,cores=2,speed=1.86,memory=4GiB")])
        let report = try importer.run(folder: traces, into: lab)
        #expect(report.files == 3)
        #expect(report.rows == 5)
        #expect(report.badRows.map(\.line) == [2, 3])
        #expect(report.newest?.description == "2011-03-03T00:15:00Z")
        #expect(report.unknownEntities.isEmpty)
        let cluster = try demands(lab)
        #expect(cluster.vms.map(\.id) == ["a", "b", "c"])
        #expect(cluster.vms.map(\.memoryBytes) == [1 << 30, 1 << 30, 2 << 30])
        for (vm, cores) in zip(cluster.vms, [1.0, 0.8, 0]) {
            #expect(RollUpTests.isNear(vm.demand.cpuCores, cores, .cpuCores))
        }
        // Spread: each on the emptier host.
        #expect(cluster.vms.map(\.host) == ["host0001", "host0002", "host0001"])
        // Again: neither samples nor VMs twice.
        _ = try importer.run(folder: traces, into: lab)
        #expect(try lab.currentCluster().vms.count == 3)
        #expect(try lab.currentCluster().hosts.count == 2)
    }

    @Test func whatAPlanetLabImportNeeds() throws {
        let lab = try scratch.store()
        let traces = try folder("day", ["a": "1\n"])
        let messages: [(String, (inout PlanetLabImporter) -> Void)] = [
            ("no day", { _ in }), ("no hosts", { $0.start = .midnight }),
            (
                "fits on none",
                {
                    $0.start = .midnight
                    $0.hosts = [.host("small", memory: 1000)]
                }
            ),
        ]
        for (part, change) in messages {
            var importer = PlanetLabImporter()
            change(&importer)
            let error = #expect(throws: ImportError.self) { _ = try importer.run(folder: traces, into: lab) }
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
            #expect(try lab.newestSampleTime() == nil)
        }
        #expect(throws: ImportError.self) {
            _ = try PlanetLabImporter().run(folder: scratch.path("nowhere"), into: lab)
        }
    }

    @Test(.enabled(if: SharedTraces.areThere, "needs ../shared/traces, which is not there"))
    func aPlanetLabDay() throws {
        let traces = try folder("20110303", [:])
        _ = try SharedTraces.writePlanetLab("20110303", to: URL(filePath: traces))
        let lab = try scratch.store()
        var importer = PlanetLabImporter()
        importer.hosts = HostGroup.hosts([
            try HostGroup(
                text: "count=400,cores=2,speed=1.86,memory=4GiB,curve=86/89.4/92.6/96/99.5/102/106/108/112/114/117"),
            try HostGroup(
                text: "count=400,cores=2,speed=2.66,memory=4GiB,curve=93.7/97/101/105/110/116/121/125/129/133/135"),
        ])
        let report = try importer.run(folder: traces, into: lab)
        #expect(report.files == 1052)
        #expect(report.rows == 1052 * 288)
        #expect(report.badRowCount == 0)
        let cluster = try demands(lab, 95)
        #expect(cluster.vms.count == 1052)
        #expect(cluster.hosts.count == 800)
        let usage = try lab.history.histories(
            of: .vm,
            HistoryQuery(
                after: report.newest?.adding(seconds: -86400) ?? .midnight, upTo: report.newest ?? .midnight,
                metrics: [.cpuCores], percentile: 95))
        #expect(usage.count == 1052)
        // The README's mean of the day, 12.31 % of the VMs' own sizes, each VM counting the same.
        let sizes = [2.5, 2, 1, 0.5]
        let means = cluster.vms.enumerated().map { index, vm in
            (usage[vm.id]?[.cpuCores]?.mean ?? -1) / sizes[index / 263]
        }
        #expect(abs(means.reduce(0, +) / 1052 - 0.1231) < 0.0001)
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    // MARK: Bitbrains

    private static let header =
        "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory capacity "
        + "provisioned [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput [KB/s];\tNetwork "
        + "received throughput [KB/s];\tNetwork transmitted throughput [KB/s]\n"

    @Test func aBitbrainsFolder() throws {
        let lab = try scratch.store()
        let rows = """
            1795305600;\t4;\t11703.9;\t5200.0;\t44.4;\t8388608.0;\t1048576.0;\t10.0;\t5.0;\t1.0;\t2.0
            1795305900;\t4;\t11703.9;\t2600.0;\t44.4;\t8388608.0;\t2097152.0;\t0.0;\t0.0;\t0.0;\t0.0
            1795306200;\t4;\t11703.9;\toops;\t44.4;\t8388608.0;\t2097152.0;\t0.0;\t0.0;\t0.0;\t0.0
            1795306500;\t4
            1795306800000;\t4;\t11703.9;\t0;\t0;\t8388608.0;\t0;\t0.0;\t0.0;\t0.0;\t0.0
            """
        let traces = try folder("rnd", ["10.csv": Self.header + rows, "2.csv": Self.header, "readme.txt": "no"])
        var importer = BitbrainsImporter()
        importer.hosts = HostGroup.hosts([try HostGroup(text: "count=1,cores=64,memory=1TiB")])
        let report = try importer.run(folder: traces, into: lab)
        #expect(report.files == 2)
        #expect(report.rows == 3)
        #expect(
            report.badRows.map { "\($0.line) \($0.reason)" } == [
                "4 cpu usage [mhz] is not a number of 0 or more", "5 2 fields, the header has 11",
            ])
        let cluster = try demands(lab)
        #expect(cluster.vms.map(\.id) == ["vm10"])
        let vm = cluster.vms[0]
        #expect(vm.vcpus == 4)
        #expect(vm.memoryBytes == 8 << 30)
        #expect(RollUpTests.isNear(vm.demand.cpuCores, 2, .cpuCores))
        #expect(RollUpTests.isNear(vm.demand.memoryBytes, 2_147_483_648, .memoryBytes))
        #expect(RollUpTests.isNear(vm.demand.diskBytesPerSecond, 15 * 1024, .diskBytesPerSecond))
        #expect(RollUpTests.isNear(vm.demand.networkBitsPerSecond, 3 * 8 * 1024, .networkBitsPerSecond))
        #expect(report.newest == .midnight(plus: 1200))
    }

    @Test func aFolderThatIsNotOfBitbrains() throws {
        let lab = try scratch.store()
        let traces = try folder("x", ["1.csv": "a;b;c\n1;2;3\n"])
        let error = #expect(throws: ImportError.self) { _ = try BitbrainsImporter().run(folder: traces, into: lab) }
        #expect(error?.message.contains("not a file of GWA-T-12") == true)
        #expect(throws: ImportError.self) { _ = try BitbrainsImporter().run(folder: scratch.folder, into: lab) }
    }

    @Test(.enabled(if: SharedTraces.areThere, "needs ../shared/traces, which is not there"))
    func theBitbrainsMonth() throws {
        let lab = try scratch.store()
        let traces = try SharedTraces.writeBitbrains(to: URL(filePath: try folder("2013-8", [:])))
        var importer = BitbrainsImporter()
        importer.hosts = HostGroup.hosts([try HostGroup(text: "count=10,cores=64,memory=2TiB")])
        let report = try importer.run(folder: scratch.path("2013-8"), into: lab)
        #expect(report.files == 250)
        #expect(report.rows == traces.samples)
        #expect(report.badRowCount == 0)
        let cluster = try demands(lab, 95)
        #expect(cluster.vms.count == 250)
        let query = HistoryQuery(
            after: Timestamp(secondsSinceEpoch: 1_375_300_000), upTo: try #require(report.newest),
            metrics: [.cpuCores, .memoryBytes], percentile: 95)
        let usage = try lab.history.histories(of: .vm, query)
        // The mean of what was imported; the data set's own means are of values before they were rounded to whole MHz.
        for (vm, mean) in traces.meanMegahertz {
            let found = (usage["vm\(vm)"]?[.cpuCores]?.mean ?? -1) * 2600
            #expect(abs(found - mean) <= 0.06 + 0.001 * mean, "VM \(vm)")
        }
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }
}
