import ClusterModel
import Forecasting
import TestSupport
import Testing

struct DemandForecasterTests {
    private let now = Timestamp.testMoment

    /// Five-minute values that end now, newest last.
    private func series(_ values: [Double]) -> [InMemoryHistory.Value] {
        values.enumerated().map { offset, value in
            InMemoryHistory.Value(at: now.adding(seconds: Double(offset - values.count + 1) * 300), mean: value)
        }
    }

    private func forecast(
        _ cluster: Cluster, _ history: InMemoryHistory, _ change: (inout DemandPolicy) -> Void = { _ in }
    ) throws -> DemandForecast {
        var policy = DemandPolicy()
        change(&policy)
        return try DemandForecaster(policy: policy).forecast(cluster, history: history, at: now)
    }

    @Test func demandIsThePercentileOverTheWindow() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a", cores: 4)])
        let history = InMemoryHistory(vms: [
            "v": [
                .cpuCores: series((1...20).map { Double($0) / 10 }), .memoryBytes: series([1e9, 3e9, 2e9]),
                .diskBytesPerSecond: series([5e6]), .networkBitsPerSecond: series([7e7]),
                .hotBytes: series([1e8]), .dirtyBytesPerSecond: series([2e7]),
            ]
        ])
        let vm = try forecast(cluster, history).cluster.vms[0]
        #expect(
            vm.demand
                == Demand(
                    cpuCores: 1.9, memoryBytes: 3e9, diskBytesPerSecond: 5e6, networkBitsPerSecond: 7e7))
        #expect(vm.dirty == DirtyRate(hotBytes: 1e8, bytesPerSecond: 2e7))
        #expect(vm.profile == nil)
        #expect(try forecast(cluster, history) { $0.percentile = 50 }.cluster.vms[0].demand.cpuCores == 1)
        #expect(try forecast(cluster, history) { $0.windowSeconds = 600 }.cluster.vms[0].demand.cpuCores == 2)
    }

    /// Two days of samples: 1 MB/s at any time, 9 MB/s in the hour that ends now (and in it the day before).
    @Test func dirtyingHasAnHourlyProfileWhereItWasSampled() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a", cores: 4)])
        let busyHour = ProfileSlots(profile: .day, at: now)?.slot(of: now)
        let moments = (0..<576).map { now.adding(seconds: Double($0 - 575) * 300) }
        let rates = moments.map { moment in
            let isBusy = ProfileSlots(profile: .day, at: now)?.slot(of: moment) == busyHour
            return InMemoryHistory.Value(at: moment, mean: isBusy ? 9e6 : 1e6)
        }
        let sizes = moments.map { InMemoryHistory.Value(at: $0, mean: 5e8) }
        let history = InMemoryHistory(vms: [
            "v": [.cpuCores: series([1]), .hotBytes: sizes, .dirtyBytesPerSecond: rates]
        ])
        for policy in [DemandPolicy.Profile.none, .day, .history] {
            let vm = try forecast(cluster, history) { $0.profile = policy }.cluster.vms[0]
            let profile = try #require(vm.dirtyProfile, "\(policy)")
            #expect(profile.slots.count == 24)
            #expect(profile.rate(at: now) == DirtyRate(hotBytes: 5e8, bytesPerSecond: 9e6))
            #expect(profile.rate(at: now.adding(seconds: 7200)) == DirtyRate(hotBytes: 5e8, bytesPerSecond: 1e6))
            #expect(vm.dirtyRate(from: now)?.bytesPerSecond == 9e6)
        }
    }

    @Test func oneHourOfDirtyingIsNoProfile() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a", cores: 4)])
        let history = InMemoryHistory(vms: [
            "v": [.cpuCores: series([1]), .hotBytes: series([1e8]), .dirtyBytesPerSecond: series([2e7])]
        ])
        let vm = try forecast(cluster, history).cluster.vms[0]
        #expect(vm.dirtyProfile == nil)
        #expect(vm.dirtyRate(from: now) == vm.dirty)
    }

    @Test func aVMWithoutSamplesCountsWithItsConfiguredSize() throws {
        var host = Host.host("a")
        host.cpuSpeed = 1.5
        var machine = VirtualMachine.vm("v", on: "a", cores: 4, memory: .gib(8))
        machine.demand = Demand(cpuCores: 0.1, memoryBytes: 5)
        let result = try forecast(.cluster(hosts: [host], vms: [machine]), InMemoryHistory())
        #expect(result.cluster.vms[0].demand.cpuCores == 6)
        #expect(result.cluster.vms[0].demand.memoryBytes == Double(Int64.gib(8)))
        #expect(result.notes == [.vmWithoutSamples(vm: "v")])
        #expect(result.sentences == ["No samples, counted with the configured size: v."])
        #expect(result.sampledVMs == 0)
    }

    @Test func aMetricWithoutSamplesCountsAsConfigured() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a", memory: .gib(8))])
        let result = try forecast(cluster, InMemoryHistory(vms: ["v": [.cpuCores: series([0.5])]]))
        #expect(result.cluster.vms[0].demand.cpuCores == 0.5)
        #expect(result.cluster.vms[0].demand.memoryBytes == Double(Int64.gib(8)))
        #expect(result.notes == [.vmWithoutMetric(vm: "v", metric: .memoryBytes)])
        #expect(result.sampledVMs == 1)
    }

    @Test func samplesBeforeTheWindowAreNoSamples() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a")])
        let old = [InMemoryHistory.Value(at: now.adding(seconds: -7 * 86400), mean: 9)]
        let result = try forecast(cluster, InMemoryHistory(vms: ["v": [.cpuCores: old]]))
        #expect(result.notes == [.vmWithoutSamples(vm: "v")])
    }

    @Test func aVMThatFellSilentIsToldOf() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a")])
        let newest = now.adding(seconds: -3600)
        let value = InMemoryHistory.Value(at: newest, mean: 0.5)
        let result = try forecast(
            cluster, InMemoryHistory(vms: ["v": [.cpuCores: [value], .memoryBytes: [value]]]))
        #expect(result.notes == [.vmStale(vm: "v", newestSample: newest)])
        #expect(result.cluster.vms[0].demand.cpuCores == 0.5)
    }

    @Test func stoppedVMsAreLeftAlone() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: nil, cores: 2, state: .stopped)])
        let result = try forecast(cluster, InMemoryHistory())
        #expect(result.notes.isEmpty)
        #expect(result.cluster.vms == cluster.vms)
    }

    @Test func aProfileHasThePercentileOfEachHourAndDemandIsTheLoadNow() throws {
        // 2026-11-22T00:00:00Z less a second: the last slot of the day before.
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a")])
        let slots = try #require(ProfileSlots(profile: .day, at: now))
        var values: [InMemoryHistory.Value] = []
        for hour in 0..<72 {
            let at = slots.start.adding(seconds: Double(hour - 72) * 3600)
            // Hour 5 of a day is missing.
            if hour % 24 != 5 { values.append(InMemoryHistory.Value(at: at, mean: Double(hour % 24 + hour / 24))) }
        }
        values.append(InMemoryHistory.Value(at: now, mean: 0.25))
        let result = try forecast(cluster, InMemoryHistory(vms: ["v": [.cpuCores: values]])) { $0.profile = .day }
        let vm = result.cluster.vms[0]
        let profile = try #require(vm.profile)
        #expect(vm.demand.cpuCores == 0.25)
        #expect(profile.start == slots.start)
        #expect(profile.slotSeconds == 3600)
        #expect(profile.cpuCores.count == 24)
        #expect(profile.memoryBytes.isEmpty)
        #expect(profile.cpuCores[3] == 5)
        #expect(profile.cpuCores[23] == 25)
        // p95 of the whole window, of 70 values: rank 67.
        #expect(profile.cpuCores[5] == Percentile.value(of: values.map(\.mean), percentile: 95))
    }

    /// A quarter of an hour's greatest five minutes; the greater neighbour for a short gap, the percentile for a long
    /// one.
    @Test func aHistoryHasTheSlotsOfAllVMsSideBySide() throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a")], vms: [.vm("v", on: "a"), .vm("w", on: "a"), .vm("new", on: "a", cores: 2)])
        // An hour that ends now, in which v peaks in the second quarter and w in the third.
        func values(_ quarters: [Double?]) -> [InMemoryHistory.Value] {
            quarters.enumerated().flatMap { quarter, load in
                (0..<3).compactMap { step in
                    let at = now.adding(seconds: Double((quarter - 4) * 3 + step + 1) * 300)
                    return load.map { InMemoryHistory.Value(at: at, mean: step == 1 ? $0 : 0.25) }
                }
            }
        }
        let history = InMemoryHistory(vms: [
            "v": [.cpuCores: values([1, 6, nil, 2]), .memoryBytes: values([1e9, 2e9, 3e9, 4e9])],
            "w": [.cpuCores: values([nil, nil, 5, 1])],
        ])
        let result = try forecast(cluster, history) { policy in
            (policy.profile, policy.windowSeconds, policy.percentile) = (.history, 3600, 100)
        }
        let profiles = result.cluster.vms.map(\.profile)
        #expect(profiles[0]?.cpuCores == [1, 6, 6, 2])
        #expect(profiles[0]?.memoryBytes.map { ($0 / 1e9).rounded() } == [1, 2, 3, 4])
        #expect(profiles[1]?.cpuCores == [5, 5, 5, 1])
        #expect(profiles[1]?.memoryBytes == [Double](repeating: Double(Int64.gib(4)), count: 4))
        #expect(profiles[2] == nil)
        #expect(profiles[0]?.slotSeconds == 900)
        #expect(profiles[0]?.start == now.adding(seconds: -3600))
        #expect(result.cluster.vms.map(\.demand.cpuCores) == [0.25, 0.25, 2])
        #expect(result.notes.first == .historyReduced(slotSeconds: 900, recorded: 4, kept: 4, omitted: 0))
        #expect(
            result.sentences.first == "Every host has room in 4 of 4 recorded slots of 15 minutes, boiled down to 4.")
    }

    @Test func aHistoryLeavesConfiguredMemoryOut() throws {
        let cluster = Cluster.cluster(hosts: [.host("a")], vms: [.vm("v", on: "a")])
        var policy = DemandPolicy()
        policy.profile = .history
        let history = InMemoryHistory(vms: ["v": [.cpuCores: series([1, 2]), .memoryBytes: series([1e9, 2e9])]])
        let result = try DemandForecaster(policy: policy, memory: .configured)
            .forecast(cluster, history: history, at: now)
        #expect(result.cluster.vms[0].profile?.cpuCores == [2])
        #expect(result.cluster.vms[0].profile?.memoryBytes == [])
        #expect(
            try DemandForecaster(policy: policy).forecast(cluster, history: InMemoryHistory(), at: now)
                .cluster.vms[0].profile == nil)
    }

    @Test(
        arguments: [(0.0, nil, 16.0), (0.1, nil, 14.4), (0.1, 4.0, 12.0), (0, 500, 0.8)] as [(Double, Double?, Double)])
    func theHostsOwnNeedIsTakenOff(fraction: Double, sampled: Double?, cores: Double) throws {
        let cluster = Cluster.cluster(hosts: [.host("a", cores: 16)], vms: [])
        var history = InMemoryHistory()
        if let sampled { history.hosts = ["a": [.overheadCores: series([sampled])]] }
        let host = try forecast(cluster, history) { $0.hostOverheadFraction = fraction }.cluster.hosts[0]
        #expect(abs(host.cpuCores - cores) < 1e-9)
        #expect((host.extensions[DemandForecaster.overheadKey] != nil) == (cores < 16))
    }

    @Test(arguments: [
        (Host.State.on, 901.0, true), (.on, 900, false), (.maintenance, 5000, false), (.off, 5000, false),
    ])
    func aHostWhoseAgentFellSilentIsNoDestination(state: Host.State, age: Double, silent: Bool) throws {
        let seen = now.adding(seconds: -age)
        let cluster = Cluster.cluster(hosts: [.host("a", state: state), .host("b")], vms: [])
        let history = InMemoryHistory(presence: ["a": AgentPresence(firstSeen: seen, lastSeen: seen)])
        let result = try forecast(cluster, history)
        #expect(result.notes == (silent ? [.hostSilent(host: "a", since: seen)] : []))
        let reason = JSONValue.string(value: "its agent is silent since \(seen)")
        #expect(result.cluster.hosts[0].extensions["noDestination"] == (silent ? reason : nil))
        #expect(result.cluster.hosts[1].extensions == .none)
    }

    @Test func aHostWhoseAgentCameLaterIsNotSilentYet() throws {
        let later = now.adding(seconds: 5000)
        let history = InMemoryHistory(presence: ["a": AgentPresence(firstSeen: later, lastSeen: later)])
        #expect(try forecast(.cluster(hosts: [.host("a")], vms: []), history).notes.isEmpty)
    }

    @Test func otherExtensionsStay() throws {
        var host = Host.host("a")
        host.extensions = .object(fields: ["note": .string(value: "kept")])
        let history = InMemoryHistory(presence: [
            "a": AgentPresence(firstSeen: now.adding(seconds: -9999), lastSeen: now.adding(seconds: -9999))
        ])
        let result = try forecast(.cluster(hosts: [host], vms: []), history).cluster.hosts[0]
        #expect(result.extensions["note"] == .string(value: "kept"))
        #expect(result.extensions["noDestination"] != nil)
    }

    @Test func manyNamesAreCounted() {
        let notes = (1...7).map { DemandNote.vmWithoutSamples(vm: "v\($0)") }
        #expect(
            DemandNote.sentences(notes) == [
                "No samples, counted with the configured size: v1, v2, v3, v4, v5 and 2 more."
            ])
    }
}
