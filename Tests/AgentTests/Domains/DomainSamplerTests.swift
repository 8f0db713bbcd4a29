import AgentWire
import Sampling
import Testing

/// libvirt's bulk statistics, captured as values on libvirt 9.0 with a QEMU 7.2 that has one disk and one network card.
@Suite struct DomainSamplerTests {
    private static let uuid = "6f1b4c6e-53c5-4d57-9f86-0d1e9a1b2c3d"
    private static let second: UInt64 = 1_000_000_000

    static func record(
        _ name: String = "db1", uuid: String = uuid, runID: UInt32 = 3, changing changed: [String: UInt64] = [:]
    ) -> DomainRecord {
        let captured: [String: UInt64] = [
            "state.state": 1, "state.reason": 1, "cpu.time": 5_000_000_000, "cpu.user": 3_000_000_000,
            "cpu.system": 1_000_000_000, "balloon.current": 1_048_576, "balloon.maximum": 2_097_152,
            "balloon.rss": 900_000, "vcpu.current": 2, "vcpu.maximum": 4, "net.count": 1, "net.0.rx.bytes": 1000,
            "net.0.tx.bytes": 2000, "block.count": 2, "block.0.rd.bytes": 4096, "block.0.wr.bytes": 8192,
            "block.1.rd.bytes": 0, "block.1.wr.bytes": 100,
        ]
        return DomainRecord(
            name: name, uuid: uuid, runID: runID, values: captured.merging(changed, uniquingKeysWith: { $1 }))
    }

    /// One round a second, with what libvirt answered in each.
    private static func rounds(
        _ answers: [DomainsAnswer], files: InMemoryFiles? = nil, hostProcessors: HostProcessorSource = .machine
    ) throws -> [CollectedRound] {
        let files = try files ?? InMemoryFiles(captured: "version1")
        var collector = Collector(
            files: files, samplers: SamplerCatalog.all(ticksPerSecond: 100, hostProcessors: hostProcessors))
        return answers.enumerated().map { index, answer in
            collector.collect(
                wallMilliseconds: CollectorTests.start + Int64(index) * 1000,
                monotonicNanoseconds: UInt64(index) * second, domains: answer)
        }
    }

    private static func answer(_ records: [DomainRecord], at seconds: UInt64) -> DomainsAnswer {
        .answered(records: records, nanoseconds: seconds * second, dirtyMemory: [:])
    }

    @Test func everyMetricFromTwoLooks() throws {
        let later = Self.record(changing: [
            "cpu.time": 6_500_000_000, "net.0.rx.bytes": 2000, "net.0.tx.bytes": 2500, "block.0.rd.bytes": 5096,
            "block.1.wr.bytes": 400, "balloon.available": 1_000_000, "balloon.usable": 400_000,
        ])
        let rounds = try Self.rounds([
            Self.answer([Self.record()], at: 0),
            .answered(
                records: [later], nanoseconds: 2 * Self.second,
                dirtyMemory: [Self.uuid: DirtyMemory(hotBytes: 3e7, bytesPerSecond: 5e6)]),
        ])
        let still: Readings<VirtualMachineMetric> = [
            .residentBytes: 900_000 * 1024, .configuredMemoryBytes: 2_147_483_648, .configuredVCPUs: 2,
            .balloonBytes: 1_073_741_824,
        ]
        #expect(rounds[0].machines.first?.readings == still)
        var expected = still
        for (metric, value) in [
            (VirtualMachineMetric.cpuCores, 0.75), (.networkReceivedBitsPerSecond, 4000),
            (.networkSentBitsPerSecond, 2000), (.diskReadBytesPerSecond, 500), (.diskWriteBytesPerSecond, 150),
            (.guestUsedBytes, 600_000 * 1024), (.dirtyHotBytes, 3e7), (.dirtyBytesPerSecond, 5e6),
        ] { expected[metric] = value }
        #expect(rounds[1].machines.map(\.name) == ["db1"])
        #expect(rounds[1].machines.first?.readings == expected)
    }

    @Test("Counters that restart after a migration or a fall are gaps, no negative rates")
    func counterResets() throws {
        let rounds = try Self.rounds([
            Self.answer([Self.record(changing: ["cpu.time": 9_000_000_000])], at: 0),
            // Came back by a migration: counters from 0, and more than before.
            Self.answer([Self.record(runID: 4, changing: ["cpu.time": 9_500_000_000])], at: 1),
            Self.answer([Self.record(runID: 4, changing: ["cpu.time": 9_600_000_000])], at: 2),
            Self.answer([Self.record(runID: 4, changing: ["cpu.time": 50_000_000])], at: 3),
            Self.answer([Self.record(runID: 4, changing: ["cpu.time": 150_000_000])], at: 4),
        ])
        let rates = rounds.map { $0.machines.first?.readings[.cpuCores] }
        #expect(rates == [nil, nil, 0.1, nil, 0.1])
        #expect(rounds[3].warnings.count { $0.contains("went back") } == 1)
    }

    @Test(
        "A machine that comes or goes by a migration is counted on the host where it runs",
        arguments: [
            (UInt64(1), UInt64(1), true),  // running
            (3, 1, true),  // paused by its user
            (3, 2, false),  // coming in
            (3, 11, false), (3, 12, false),  // starting up; gone by post-copy
            (1, 11, true),  // running here after a post-copy
        ])
    func machinesOnTheMove(_ state: UInt64, _ reason: UInt64, _ isCounted: Bool) throws {
        let record = Self.record(changing: ["state.state": state, "state.reason": reason])
        #expect(try Self.rounds([Self.answer([record], at: 0)])[0].machines.isEmpty != isCounted)
    }

    @Test("Which machines there are: libvirt's where it answers, and never those of another host while it is silent")
    func whoseMachines() throws {
        // The captured tree runs a QEMU called "100" with this uuid.
        let files = try InMemoryFiles(captured: "version2")
        let known = Self.record("hundred")
        let stranger = Self.record("other", uuid: "00000000-0000-4000-8000-000000000001")
        func names(_ answer: DomainsAnswer) throws -> [String] {
            try Self.rounds([answer], files: files)[0].machines.map(\.name)
        }
        #expect(try names(.notAsked) == ["100"])
        #expect(try names(.silent(known: nil)) == ["100"])
        #expect(try names(.silent(known: [])) == [])
        #expect(try names(.silent(known: [Self.uuid])) == ["100"])
        #expect(try names(Self.answer([known], at: 0)) == ["hundred"])
        #expect(try names(Self.answer([stranger], at: 0)) == ["other"])
        let joined = try Self.rounds([Self.answer([known], at: 0)], files: files)[0].machines.first?.readings
        // /proc counts huge pages as well: its figure stays.
        #expect(joined?[.residentBytes] != 900_000 * 1024)
        #expect(joined?[.residentBytes] != nil)
        let warnings = try Self.rounds([Self.answer([stranger], at: 0)], files: files)[0].warnings
        #expect(warnings.count { $0.contains("none of libvirt's") } == 1)
    }

    @Test func hostProcessorsFromGuests() throws {
        let guests = { (time: UInt64) in
            [Self.record(changing: ["cpu.time": time]), Self.record("b", uuid: "b", changing: ["cpu.time": 2 * time])]
        }
        let rounds = try Self.rounds(
            [Self.answer(guests(1_000_000_000), at: 0), Self.answer(guests(1_100_000_000), at: 1)],
            hostProcessors: .guests)
        #expect(rounds[0].host?.readings[.cpuBusyCores] == nil)
        #expect(abs((rounds[1].host?.readings[.cpuBusyCores] ?? 0) - 0.3) < 1e-12)
        #expect(rounds[1].host?.readings[.cpuIOWaitCores] == nil)
        #expect(rounds[1].host?.cpuBusyFractions == [])
        let none = try Self.rounds([Self.answer([], at: 0)], hostProcessors: .guests)
        #expect(none[0].host?.readings[.cpuBusyCores] == 0)
    }

    @Test(arguments: [
        ("/sys/fs/cgroup/qemu.slice", "cpu.stat", "usage_usec 1000000\n", "usage_usec 1250000\n"),
        ("/sys/fs/cgroup/cpuacct/h1", "cpuacct.usage", "1000000000\n", "1250000000\n"),
    ])
    func hostProcessorsFromAControlGroup(_ path: String, _ file: String, _ before: String, _ after: String) throws {
        let files = try InMemoryFiles(captured: "version1")
        var collector = Collector(
            files: files,
            samplers: SamplerCatalog.all(ticksPerSecond: 100, hostProcessors: .controlGroup(path: path)))
        files["\(path)/\(file)"] = before
        _ = collector.collect(wallMilliseconds: CollectorTests.start, monotonicNanoseconds: 0)
        files["\(path)/\(file)"] = after
        let round = collector.collect(
            wallMilliseconds: CollectorTests.start + 1000, monotonicNanoseconds: Self.second)
        #expect(round.host?.readings[.cpuBusyCores] == 0.25)
    }
}
