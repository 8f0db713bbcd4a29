import ClusterModel
import Documents
import Randomness
import Reports
import TestSupport
import Testing

@Suite struct CapacityReportTests {
    private func policy(spareHosts: Int = 1) -> Policy {
        var policy = Policy()
        policy.spareHosts = spareHosts
        return policy
    }

    /// 28 days of hours: busy at noon, quiet on two days of seven, one core and 1 GiB more each day.
    private var history: [UsagePoint] {
        (0..<28 * 24).map { hour in
            let day = hour / 24
            let busy = (hour % 24 == 12 ? 1.0 : 0.5) * (day % 7 < 5 ? 1 : 0.6)
            return UsagePoint(
                at: Timestamp.testMoment.adding(seconds: Double((hour - 28 * 24) * 3600)),
                cpuCores: (10 + 0.1 * Double(day)) * busy, memoryBytes: (60 + 0.5 * Double(day)) * 0x1p30)
        }
    }

    private var report: CapacityReport {
        CapacityReport(
            CapacityRequest(
                cluster: ReportCases.cluster, policy: policy(), size: MachineSize(vcpus: 2, memoryBytes: .gib(8)),
                consolidation: ReportCases.consolidation, history: history))
    }

    @Test func text() throws { try expectGolden(report.text(), "capacity.txt") }

    @Test func page() throws { try expectGolden(report.html(), "capacity.html") }

    @Test func json() throws {
        _ = try JSONText.read(Array(report.json().utf8), name: "capacity")
        try expectGolden(report.json(), "capacity.json")
    }

    private struct Count: CustomTestStringConvertible {
        let name: String
        var cluster: Cluster
        var spareHosts = 0
        var size = MachineSize(vcpus: 1, memoryBytes: .gib(8), cpuCores: 0.1)
        let fits: Int64
        var fitsWithSpare: Int64?
        var testDescription: String { name }
    }

    private static let empty = Cluster.cluster(hosts: [.host("a"), .host("b"), .host("c")], vms: [])

    private static let counts: [Count] = [
        // 95 % of 64 GiB holds 7 of 8 GiB.
        Count(name: "three empty hosts", cluster: empty, fits: 21),
        // After a failure 2 x 64 GiB take 16 of 8 GiB: full capacity counts then.
        Count(name: "one failure", cluster: empty, spareHosts: 1, fits: 21, fitsWithSpare: 16),
        Count(name: "two failures", cluster: empty, spareHosts: 2, fits: 21, fitsWithSpare: 8),
        // 85 % of 16 cores hold 6 of 2 cores.
        Count(
            name: "CPU bounds", cluster: empty, size: MachineSize(vcpus: 4, memoryBytes: .gib(1), cpuCores: 2),
            fits: 18),
        Count(
            name: "larger than any host", cluster: empty,
            size: MachineSize(vcpus: 1, memoryBytes: .gib(100), cpuCores: 0.1), fits: 0),
        Count(
            name: "hosts that are not on take none",
            cluster: .cluster(
                hosts: [.host("a"), .host("b", state: .standby), .host("c", state: .maintenance)], vms: []),
            fits: 7),
        Count(
            name: "what is there counts",
            cluster: .cluster(hosts: [.host("a")], vms: [.vm("v", on: "a", memory: .gib(37))]),
            fits: 2),
        Count(
            name: "stopped VMs do not count",
            cluster: .cluster(hosts: [.host("a")], vms: [.vm("v", on: "a", memory: .gib(37), state: .stopped)]),
            fits: 7),
        Count(name: "no hosts", cluster: .cluster(hosts: [], vms: []), spareHosts: 1, fits: 0, fitsWithSpare: 0),
    ]

    @Test(arguments: counts)
    private func countsAreThoseOnPaper(_ count: Count) throws {
        let request = CapacityRequest(
            cluster: count.cluster, policy: policy(spareHosts: count.spareHosts), size: count.size)
        let fields = try fields(of: CapacityReport(request).json(), scenario: 0)
        #expect(fields["fits"] == .integer(value: count.fits))
        #expect(fields["fitsWithSpareHosts"] == count.fitsWithSpare.map { .integer(value: $0) } ?? .null)
    }

    @Test func wakingAndConsolidatingMakeRoomForLargeVMs() throws {
        // Two hosts half full take no VM of 40 GiB; consolidated they take one, woken hosts one each.
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b"), .host("c", state: .off)],
            vms: [.vm("v1", on: "a", memory: .gib(28)), .vm("v2", on: "b", memory: .gib(28))])
        let plan = Plan.plan(
            for: cluster, goal: .powerSave,
            [
                .move("s1", "v2", from: "b", to: "a", at: 0), .step("s2", .powerOff(host: "b"), at: 10, after: ["s1"]),
            ])
        let report = CapacityReport(
            CapacityRequest(
                cluster: cluster, policy: policy(spareHosts: 0),
                size: MachineSize(vcpus: 1, memoryBytes: .gib(40), cpuCores: 1), consolidation: plan))
        let fits = try (0..<4).map { try fields(of: report.json(), scenario: $0)["fits"] }
        #expect(fits == [0, 1, 0, 2].map { .integer(value: $0) })
    }

    private func fields(of json: String, scenario: Int) throws -> [String: JSONValue] {
        guard case .object(let fields) = try JSONText.read(Array(json.utf8), name: "capacity"),
            case .array(let scenarios) = fields["scenarios"], scenario < scenarios.count,
            case .object(let figures) = scenarios[scenario]
        else { return [:] }
        return figures
    }
}

@Suite struct CapacityTrendTests {
    private func points(days: Int, _ value: (Int) -> Double) -> [UsagePoint] {
        (0..<days * 24).map {
            UsagePoint(
                at: Timestamp.testMoment.adding(seconds: Double($0 * 3600)), cpuCores: value($0), memoryBytes: 0)
        }
    }

    private func trend(days: Int, _ value: (Int) -> Double) -> CapacityTrend? {
        CapacityTrend(points(days: days, value)) { $0.cpuCores }
    }

    @Test func aLineIsFound() throws {
        let trend = try #require(trend(days: 28) { 100 + Double($0 / 24) })
        #expect(abs(trend.slope - 1) < 1e-9 && abs(trend.level - 127) < 1.5)
        let days = try #require(trend.daysUntil(227))
        #expect(abs(days - 100) < 2)
    }

    @Test func weekendsAndOddDaysDoNotBendIt() throws {
        let trend = try #require(
            trend(days: 28) { hour in
                let day = hour / 24
                if day == 11 || day == 20 { return 900 }
                return (100 + Double(day)) * (day % 7 > 4 ? 0.3 : 1) * ((12...15).contains(hour % 24) ? 1 : 0.4)
            })
        #expect(abs(trend.slope - 1) < 0.35, "\(trend.slope)")
        #expect(trend.isClear)
    }

    @Test func fallingFlatAndShortHistoriesPromiseNothing() throws {
        #expect(try #require(trend(days: 28) { 100 - Double($0 / 24) }).daysUntil(200) == nil)
        #expect(try #require(trend(days: 28) { _ in 100 }).daysUntil(200) == nil)
        #expect(try #require(trend(days: 28) { _ in 100 }).daysUntil(90) == 0)
        #expect(trend(days: 2) { _ in 100 } == nil)
        #expect(CapacityTrend([]) { $0.cpuCores } == nil)
    }

    @Test func noiseAloneIsNoTrend() throws {
        var random = SplitMix64(seed: 9)
        let values = (0..<28).map { _ in Double.random(in: 90...110, using: &random) }
        let trend = try #require(trend(days: 28) { values[$0 / 24] })
        #expect(trend.daysUntil(10_000) == nil)
    }
}

@Suite struct MachineSizeTests {
    private static let good: [(text: String, size: MachineSize)] = [
        ("vcpus=4,memory=16GiB", MachineSize(vcpus: 4, memoryBytes: 16 << 30)),
        ("memory=512MiB,vcpus=1", MachineSize(vcpus: 1, memoryBytes: 512 << 20)),
        ("vcpus=2,memory=2GB,cpu=0.5", MachineSize(vcpus: 2, memoryBytes: 2_000_000_000, cpuCores: 0.5)),
        ("vcpus=2,memory=1048576", MachineSize(vcpus: 2, memoryBytes: 1_048_576)),
    ]

    @Test(arguments: good)
    func reads(text: String, size: MachineSize) throws {
        #expect(try MachineSize(text: text) == size)
    }

    @Test(arguments: [
        "", "vcpus=4", "memory=16GiB", "vcpus=0,memory=1GiB", "vcpus=4,memory=16GiB,vcpus=4", "vcpus=4,memory=nan",
        "vcpus=4,memory=-1GiB", "vcpus=4,memory=1e30TiB", "vcpus=4,memory=16GiB,disk=3", "vcpus=4,memory=16GiB,cpu=0",
        "vcpus=99999999999999999999,memory=1GiB", "vcpus=4,,memory=16GiB", "vcpus=four,memory=1GiB",
    ])
    func refusesWithOneMessage(text: String) {
        #expect(throws: MachineSizeError.self) { try MachineSize(text: text) }
    }
}

@Suite struct FigureTests {
    @Test(arguments: [
        (0.0, "0.0 s"), (41.23, "41.2 s"), (59.96, "1 min 00 s"), (303, "5 min 03 s"), (6120, "1 h 42 min"),
        (273_600, "3 d 4 h"), (.nan, "n/a"), (-3, "-3.0 s"),
    ])
    func durations(seconds: Double, text: String) { #expect(Figures.duration(seconds) == text) }

    @Test(arguments: [
        (0.0, "0 B"), (999, "999 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (17_179_869_184, "16 GiB"),
        (2.1e15, "1.87 PiB"),
    ])
    func bytes(bytes: Double, text: String) { #expect(Figures.bytes(bytes) == text) }

    @Test(arguments: [(0.125, 2, "0.13"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (1e300, 1, "1e+300"), (2, 0, "2")])
    func fixed(value: Double, decimals: Int, text: String) { #expect(Figures.fixed(value, decimals) == text) }

    @Test(arguments: [(1e10, "10 Gbit/s"), (1.25e9, "1.25 Gbit/s"), (4e8, "400 Mbit/s"), (56_000, "56 kbit/s")])
    func rates(bits: Double, text: String) { #expect(Figures.rate(bitsPerSecond: bits) == text) }
}
