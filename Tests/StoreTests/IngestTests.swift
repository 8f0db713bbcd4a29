import AgentWire
import ClusterModel
import Forecasting
import Store
import TestSupport
import Testing

struct IngestTests {
    private let scratch: Scratch
    private let instance = String(repeating: "ab", count: 16)

    init() throws { scratch = try Scratch() }

    private func batch(_ sequence: UInt64, host: String = "h1", at seconds: [Double], cpu: Double = 2) -> SampleBatch {
        let times = seconds.map { Timestamp.midnight(plus: $0).millisecondsSinceEpoch }
        return SampleBatch(
            identity: BatchIdentity(agentInstance: instance, sequence: sequence), host: host, bootID: "boot",
            hostSamples: times.map {
                HostSample(
                    timestampMilliseconds: $0, intervalMilliseconds: 10_000,
                    readings: [.cpuCores: 16, .cpuBusyCores: cpu + 1.5, .memoryTotalBytes: 64e9, .memoryUsedBytes: 9e9])
            },
            virtualMachineSamples: times.map {
                VirtualMachineSample(
                    timestampMilliseconds: $0, intervalMilliseconds: 10_000, name: "v1",
                    readings: [
                        .cpuCores: cpu, .residentBytes: 3e9, .configuredVCPUs: 4, .configuredMemoryBytes: 4e9,
                        .diskReadBytesPerSecond: 1e6, .diskWriteBytesPerSecond: 2e6,
                        .networkReceivedBitsPerSecond: 3e6,
                    ])
            })
    }

    private func rows(_ store: ClusterStore) throws -> Int64 {
        try store.file.integers("SELECT count(*) FROM sample")[0]
    }

    @Test func aBatchIsStoredOnceHoweverOftenItArrives() throws {
        let lab = try scratch.store()
        let first = try lab.ingest(batch(1, at: [10, 20, 30]), receivedAt: .midnight(plus: 31))
        #expect(first.stored == 6)
        #expect(!first.wasKnown)
        let second = try lab.ingest(batch(1, at: [10, 20, 30]), receivedAt: .midnight(plus: 90))
        #expect(second.wasKnown)
        #expect(second.stored == 0)
        try lab.file.close()
        let again = try StoreFile(path: lab.file.path).cluster(named: "lab")
        #expect(try again.ingest(batch(1, at: [10, 20, 30]), receivedAt: .midnight(plus: 99)).wasKnown)
        #expect(try rows(again) == 6)
        // Another batch that overlaps in time: what is there stays.
        let overlapping = try again.ingest(batch(2, at: [30, 40], cpu: 9), receivedAt: .midnight(plus: 99))
        #expect(overlapping.stored == 2)
        #expect(overlapping.repeated == 2)
        #expect(try rows(again) == 8)
    }

    @Test func manyAtOnceAreEachStoredOnce() async throws {
        let lab = try scratch.store()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<40 {
                group.addTask {
                    do {
                        let sequence = UInt64(task % 10 + 1)
                        _ = try lab.ingest(
                            batch(sequence, host: "h\(sequence)", at: [Double(sequence) * 10]),
                            receivedAt: .midnight(plus: 200))
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        #expect(try rows(lab) == 20)
    }

    @Test func aRefusedRowTakesItsBatchWithIt() throws {
        let lab = try scratch.store()
        let rows: [SampleRow] = [
            .vm("a", at: 1, cpu: 1), SampleRow(kind: .vm, name: "b", at: .midnight, values: [.cpuCores: -1]),
        ]
        let error = #expect(throws: StoreError.self) { _ = try lab.ingest(rows) }
        #expect(error?.code == .invalid)
        #expect(try self.rows(lab) == 0)
        #expect(try lab.file.integers("SELECT count(*) FROM entity") == [0])
        // The names that were given numbers in the transaction that failed get them now.
        #expect(try lab.ingest([.vm("a", at: 1, cpu: 1)]).stored == 1)
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    @Test(arguments: [
        SampleValues(), [.cpuCores: .infinity], [.cpuCores: -0.1], [.memoryBytes: 1, .cpuCores: -.infinity],
    ])
    func unsoundValuesAreRefused(values: SampleValues) throws {
        let lab = try scratch.store()
        #expect(throws: StoreError.self) {
            _ = try lab.ingest([SampleRow(kind: .vm, name: "v", at: .midnight, values: values)])
        }
        #expect(throws: StoreError.self) {
            _ = try lab.ingest([
                SampleRow(
                    kind: .vm, name: "v", at: Timestamp(secondsSinceEpoch: 5), values: [.cpuCores: 1])
            ])
        }
    }

    @Test func aClockThatRunsAheadMovesNothing() throws {
        let lab = try scratch.store()
        let result = try lab.ingest(batch(1, at: [10, 100_000]), receivedAt: .midnight(plus: 20))
        #expect(result.stored == 2)
        #expect(result.ahead == 2)
        #expect(try lab.newestSampleTime() == .midnight(plus: 10))
        #expect(try lab.history.agents()["h1"]?.lastSeen == .midnight(plus: 10))
    }

    @Test func valuesAreThoseOfTheAgentInReferenceCores() throws {
        let lab = try scratch.store()
        var host = Host.host("h1")
        host.cpuSpeed = 1.5
        try lab.setInventory(.cluster(hosts: [host], vms: [.vm("v1", on: "h1")]))
        _ = try lab.ingest(batch(1, at: [10]), receivedAt: .midnight(plus: 20))
        let vm = try #require(try lab.latestSamples(of: .vm)["v1"])
        #expect(vm.at == .midnight(plus: 10))
        #expect(vm.values[.cpuCores] == 3)
        #expect(vm.values[.memoryBytes] == 3e9)
        #expect(vm.values[.diskBytesPerSecond] == 3e6)
        #expect(vm.values[.networkBitsPerSecond] == 3e6)
        #expect(vm.values[.hotBytes] == nil)
        let own = try #require(try lab.latestSamples(of: .host)["h1"])
        #expect(own.values[.cpuCores] == 5.25)
        #expect(own.values[.overheadCores] == 2.25)
        #expect(own.values[.memoryBytes] == 9e9)
    }

    @Test func agentsAndWhatTheySeeExtendTheInventory() throws {
        let lab = try scratch.store()
        #expect(throws: StoreError.self) { _ = try lab.currentCluster() }
        _ = try lab.ingest(batch(1, at: [10]), receivedAt: .midnight(plus: 20))
        let seen = try lab.currentCluster()
        #expect(seen.hosts.map(\.id) == ["h1"])
        #expect(seen.hosts[0].cpuCores == 16)
        #expect(seen.vms.map(\.id) == ["v1"])
        #expect(seen.vms[0].vcpus == 4)
        #expect(seen.vms[0].memoryBytes == 4_000_000_000)

        // An older inventory says elsewhere: what was seen since holds. A newer one holds itself.
        var document = Cluster.cluster(hosts: [.host("h1"), .host("h2")], vms: [.vm("v1", on: "h2")])
        document.takenAt = .midnight
        try lab.setInventory(document)
        #expect(try lab.currentCluster().vms[0].host == "h1")
        document.takenAt = .midnight(plus: 60)
        try lab.setInventory(document)
        #expect(try lab.currentCluster().vms[0].host == "h2")
        #expect(try lab.inventory() == document)
    }

    @Test func clustersInOneFileDoNotSeeEachOther() throws {
        let lab = try scratch.store()
        let prod = try lab.file.cluster(named: "prod", creating: true)
        _ = try lab.ingest(batch(1, at: [10]), receivedAt: .midnight(plus: 20))
        #expect(try prod.newestSampleTime() == nil)
        #expect(try prod.history.agents().isEmpty)
        #expect(try !prod.ingest(batch(1, at: [400], cpu: 5), receivedAt: .midnight(plus: 500)).wasKnown)
        let query = HistoryQuery(
            after: .midnight(plus: -1), upTo: .midnight(plus: 3600), metrics: [.cpuCores], percentile: 100)
        let values = { (store: ClusterStore) in try store.history.histories(of: .vm, query)["v1"]?[.cpuCores]?.count }
        #expect(try values(lab) == 1)
        #expect(try values(prod) == 1)
        #expect(try lab.newestSampleTime() == .midnight(plus: 10))
        var policy = RetentionPolicy()
        (policy.rawDays, policy.fiveMinuteDays, policy.hourlyDays) = (0, 0, 0)
        _ = try prod.applyRetention(policy, at: .midnight(plus: 10 * 86400))
        #expect(try values(prod) == nil)
        #expect(try values(lab) == 1)
        #expect(try rows(lab) == 2)
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }
}
