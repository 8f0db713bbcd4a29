import ClusterModel
import Generation
import Randomness
import Testing

private let gibibyte: Int64 = 1 << 30

@Suite struct ClusterGeneratorTests {
    @Test func fourKnownNumbersOfTheGenerators() {
        // SplitMix64 from state 1234567: the reference values that the authors' C code prints.
        var mixer = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        #expect((0..<3).map { _ in mixer.next() } == expected)
    }

    @Test(arguments: ClusterOptions.Kind.allCases)
    func sameSeedSameClusterAndAnotherSeedAnother(kind: ClusterOptions.Kind) {
        let generator = ClusterGenerator(options: ClusterOptions(kind: kind))
        #expect(generator.cluster(seed: 7) == generator.cluster(seed: 7))
        #expect(generator.cluster(seed: 7).vms != generator.cluster(seed: 8).vms)
    }

    @Test(arguments: ClusterOptions.Kind.allCases)
    func everyStartIsValid(kind: ClusterOptions.Kind) {
        for seed in UInt64(0)..<30 {
            let options = ClusterOptions(kind: kind, hosts: 3 + Int(seed % 20), vms: Int(seed) * 7)
            let cluster = ClusterGenerator(options: options).cluster(seed: seed)
            #expect(cluster.vms.count == options.vms && cluster.hosts.count == options.hosts)
            let faults = StartFaults(cluster).list
            #expect(faults.isEmpty, "\(kind) seed \(seed): \(faults.prefix(3))")
        }
    }

    @Test(arguments: [(0, 0), (1, 0), (1, 5), (2, 300), (-4, -1)])
    func sizesAtTheEdgeAreClusters(hosts: Int, vms: Int) {
        for kind in ClusterOptions.Kind.allCases {
            let options = ClusterOptions(kind: kind, hosts: hosts, vms: vms)
            let cluster = ClusterGenerator(options: options).cluster(seed: 3)
            #expect(cluster.hosts.count == max(1, hosts) && cluster.vms.count == max(0, vms))
            #expect(StartFaults(cluster).list.isEmpty)
        }
    }

    @Test(arguments: [0.1, 0.25, 0.5, 0.8, 0.9])
    func fillIsReached(fill: Double) {
        let options = ClusterOptions(kind: .plain, hosts: 20, vms: 200, memoryFill: fill, cpuFill: 0.2, skew: 0)
        for seed in UInt64(0)..<10 {
            let cluster = ClusterGenerator(options: options).cluster(seed: seed)
            let used = cluster.vms.reduce(0) { $0 + Double($1.memoryBytes) }
            let capacity = cluster.hosts.reduce(0) { $0 + Double($1.capacityMemoryBytes) }
            #expect(abs(used / capacity - fill) < 0.02, "seed \(seed)")
            // At nine tenths a large VM may find no hole that is large enough.
            #expect(cluster.vms.count { $0.state == .stopped } <= (fill < 0.85 ? 0 : 3), "seed \(seed)")
        }
    }

    @Test func skewSpreadsTheHostsApart() {
        func spread(_ skew: Double) -> Double {
            let options = ClusterOptions(kind: .plain, hosts: 40, vms: 600, memoryFill: 0.5, skew: skew)
            let cluster = ClusterGenerator(options: options).cluster(seed: 5)
            var used: [String: Double] = [:]
            for vm in cluster.vms { used[vm.host ?? "", default: 0] += Double(vm.memoryBytes) }
            let shares = cluster.hosts.map { used[$0.id, default: 0] / Double($0.capacityMemoryBytes) }
            let mean = shares.reduce(0, +) / Double(shares.count)
            return (shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shares.count)).squareRoot()
        }
        #expect(spread(1) > 1.4 * spread(0), "\(spread(1)) \(spread(0))")
    }

    @Test func thousandsOfHostsTakeSeconds() {
        let clock = ContinuousClock()
        let options = ClusterOptions(kind: .mixed, hosts: 10_000, vms: 100_000)
        var count = 0
        let elapsed = clock.measure { count = ClusterGenerator(options: options).cluster(seed: 1).vms.count }
        print("10,000 hosts and 100,000 VMs: \(elapsed)")
        #expect(count == 100_000)
        // A couple of seconds on a quiet machine; the bound allows for a busy one.
        #expect(elapsed < .seconds(20))
    }
}

@Suite struct SituationTests {
    private func cluster(_ kind: ClusterOptions.Kind, seed: UInt64 = 1, hosts: Int = 12, vms: Int = 80) -> Cluster {
        ClusterGenerator(options: ClusterOptions(kind: kind, hosts: hosts, vms: vms)).cluster(seed: seed)
    }

    @Test func rulesComeInEveryKindHardAndSoft() {
        var seen: Set<String> = []
        for seed in UInt64(0)..<10 {
            for rule in cluster(.rules, seed: seed).rules {
                seen.insert("\(rule.kind.name) \(rule.required)")
                switch rule.kind {
                case .affinity(let scope), .antiAffinity(let scope, _): seen.insert(scope.rawValue)
                case .hostAffinity, .hostAntiAffinity: break
                }
            }
        }
        let expected: Set<String> = [
            "affinity true", "affinity false", "antiAffinity true", "antiAffinity false", "hostAffinity true",
            "hostAffinity false", "hostAntiAffinity true", "host", "rack", "site",
        ]
        #expect(seen == expected)
    }

    @Test(arguments: UInt64(0)..<20)
    func onlyTheKindsThatSaySoBreakARequiredRule(seed: UInt64) {
        for kind in ClusterOptions.Kind.allCases {
            let broken = StartFaults.brokenRequiredRules(cluster(kind, seed: seed))
            switch kind {
            case .mixed, .rules: #expect(broken.count <= 1)
            case .tight: #expect(broken.count == 3)
            default: #expect(broken.isEmpty, "\(kind)")
            }
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func tightLeavesRoomOnTheFirstHostOnly(seed: UInt64) {
        let cluster = cluster(.tight, seed: seed)
        let smallest = cluster.vms.map(\.memoryBytes).min() ?? 0
        for (index, host) in cluster.hosts.enumerated() {
            let used = cluster.vms.filter { $0.host == host.id }.reduce(0) { $0 + $1.memoryBytes }
            let room = Int64(Double(host.capacityMemoryBytes) * 0.95) - used
            #expect(room >= 0)
            #expect(index == 0 ? room >= smallest : room < smallest, "\(host.id)")
        }
    }

    @Test func evacuateHasTwoBlockersOnTheWindowsHost() throws {
        let cluster = cluster(.evacuate)
        let host = try #require(cluster.hosts.first { $0.labels["window"] == "tonight" })
        let residents = cluster.vms.filter { $0.host == host.id && $0.state == .running }
        #expect(residents.contains { $0.migration == .none })
        #expect(residents.contains { $0.datastores == ["local-\(host.id)"] })
        #expect(!cluster.hosts.contains { $0.id != host.id && $0.datastores?.contains("local-\(host.id)") ?? true })
    }

    @Test func dirtyHasGuestsFasterThanAnyLinkAndFasterThanSome() {
        let rates = cluster(.dirty).vms.compactMap { $0.dirty.map { $0.bytesPerSecond * 8 } }
        #expect(rates.filter { $0 > 2.5e10 }.count == 3)
        #expect(rates.filter { $0 > 1e10 && $0 <= 2.5e10 }.count == 3)
    }

    @Test func sitesHaveLinksBetweenEveryTwo() {
        let cluster = cluster(.sites)
        #expect(Set(cluster.hosts.compactMap(\.site)) == ["paris", "lyon", "lille"])
        #expect(cluster.links.map(\.bitsPerSecond) == [1e10, 4e9, 2e9])
    }

    @Test func profilesPeakAtDifferentHours() {
        let cluster = cluster(.profiles)
        let profiles = cluster.vms.compactMap(\.profile)
        #expect(profiles.count == 80)
        let peaks = profiles.reduce(0) { $0 + ($1.cpuCores.max() ?? 0) }
        let slots = (0..<24).map { slot in profiles.reduce(0) { $0 + $1.cpuCores[slot] } }
        #expect((slots.max() ?? 0) < peaks * 0.9)
        for vm in cluster.vms { #expect(vm.profile?.cpuCores[20] == vm.demand.cpuCores) }
    }

    @Test func consolidateAndMixedHaveHostsInEveryState() {
        #expect(Set(cluster(.consolidate).hosts.map(\.state)) == [.on, .maintenance, .standby, .off])
        #expect(Set(cluster(.mixed).hosts.map(\.state)) == Set(Host.State.allCases))
        #expect(Set(cluster(.mixed, vms: 300).vms.map(\.state)) == Set(VirtualMachine.State.allCases))
    }

    @Test func balanceStartsAboveALimitOnSomeSeeds() {
        let above = (UInt64(0)..<5).filter { seed in
            let cluster = cluster(.balance, seed: seed)
            return cluster.hosts.contains { host in
                let used = cluster.vms.filter { $0.host == host.id }.reduce(0) { $0 + $1.demand.cpuCores }
                return used > 0.85 * host.capacityCores
            }
        }
        #expect(!above.isEmpty)
    }
}
