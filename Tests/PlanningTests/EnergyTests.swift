import ClusterModel
import Documents
import Generation
import Planning
import TestSupport
import Testing

@Suite struct EnergyTests {
    private static let power = PowerModel(idleWatts: 100, peakWatts: 200, offWatts: 10)

    /// Two hosts of 16 cores; the second holds one VM of one core.
    private func pair(_ change: (inout Cluster) -> Void = { _ in }) -> Cluster {
        var cluster = Cluster(
            name: "pair", takenAt: .testMoment,
            hosts: [.host("a", power: Self.power), .host("b", power: Self.power)],
            vms: [.vm("v1", on: "a", cores: 4), .vm("v2", on: "a", cores: 4), .vm("v3", on: "b", cores: 1)])
        change(&cluster)
        return cluster
    }

    private func plan(_ cluster: Cluster, _ settings: String...) throws -> Plan {
        let policy = try PolicyDocument.applying(settings: ["spareHosts=0"] + settings, to: Policy())
        return try Planner(policy: policy).plan(cluster: cluster, goal: .powerSave)
    }

    private static func figure(_ plan: Plan, _ key: String) -> Double {
        guard case .object(let ledger)? = plan.extensions["energy"] else { return .nan }
        switch ledger[key] {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        default: return .nan
        }
    }

    @Test("the ledger of one host switched off, worked out by hand")
    func ledger() throws {
        let plan = try plan(pair())
        // Before: a has 8 of 16 cores in use, b has 1: 150 + 106.25 W, for four hours.
        #expect(Self.figure(plan, "baselineWattHours") == 1025)
        // One VM of 4 GiB: 20.165 J and 0.512 J a megabyte, of the bytes that the plan foresees.
        let bytes = plan.steps.compactMap(\.migration).reduce(0) { $0 + $1.transferBytes }
        let migration = (20.165 + 0.512 * bytes / 1e6) / 3600
        #expect(abs(Self.figure(plan, "migrationWattHours") - migration) < 0.01)
        // The boot that brings b back: 190 W above its off watts for 180 s.
        #expect(Self.figure(plan, "bootWattHours") == 9.5)
        let move = try #require(plan.steps.first { $0.migration != nil })
        let off = try #require(plan.steps.first { if case .powerOff = $0.action { true } else { false } })
        // Then a with 9 cores and an idle b until it is off, then a and an off b.
        let joules =
            256.25 * move.endSeconds + 256.25 * (off.endSeconds - move.endSeconds) + 166.25 * (14_400 - off.endSeconds)
        #expect(abs(Self.figure(plan, "plannedWattHours") - joules / 3600) < 0.01)
        let parts = ["plannedWattHours", "migrationWattHours", "bootWattHours"].map { Self.figure(plan, $0) }
        #expect(abs(Self.figure(plan, "savedWattHours") - (1025 - parts.reduce(0, +))) < 0.02)
    }

    @Test(
        "a host is switched off only when that pays until the next decision",
        arguments: [
            ("powerSave.nextDecisionSeconds=14400", 1), ("powerSave.nextDecisionSeconds=1700", 0),
            ("powerSave.minimumOffSeconds=20000", 0), ("powerSave.migrationJoules=2000000", 0),
            ("powerSave.minimumSavedWatts=95", 0), ("powerSave.minimumSavedWatts=85", 1),
        ])
    func pays(setting: String, switchedOff: Int) throws {
        let plan = try plan(pair(), setting)
        #expect(plan.summary.hostsOn.before - plan.summary.hostsOn.after == switchedOff, "\(setting)")
    }

    @Test("a host that was just switched is left alone", arguments: [(29.0, 0), (31.0, 1)])
    func holdTime(minutes: Double, switchedOff: Int) throws {
        let cluster = pair { cluster in
            let at = cluster.takenAt.adding(seconds: -60 * minutes)
            for index in cluster.hosts.indices {
                cluster.hosts[index].extensions = Extensions.none.setting(
                    Host.lastSwitchedAtKey, .string(value: "\(at)"))
            }
        }
        let plan = try plan(cluster)
        #expect(plan.summary.hostsOn.before - plan.summary.hostsOn.after == switchedOff)
    }

    @Test("a host without a limit, lost in a failure, leaves the bound what the others hold")
    func boundBesideAnUnlimitedHost() throws {
        var hosts = ["a", "b", "c", "d"].map { Host.host($0, state: $0 == "d" ? .standby : .on, power: Self.power) }
        // One was just switched, so those on stay on; "a" can write as fast as it likes.
        for index in 1..<hosts.count { hosts[index].diskBytesPerSecond = 1e9 }
        hosts[0].extensions = Extensions.none.setting(
            Host.lastSwitchedAtKey, .string(value: "\(Timestamp.testMoment)"))
        var vms = ["a", "b", "c"].map { (host: String) in VirtualMachine.vm("v-\(host)", on: host) }
        for index in vms.indices { vms[index].demand.diskBytesPerSecond = 1e8 }
        let policy = try Policy.with("spareHosts=1", "powerSave.wake=true")
        let plan = try Planner(policy: policy).plan(cluster: .cluster(hosts: hosts, vms: vms), goal: .powerSave)
        #expect(plan.summary.hostsOn.lowerBound == 3)
    }

    @Test("no plan goes below the bounds on hosts and watts", arguments: UInt64(0)..<30)
    func bounds(block: UInt64) throws {
        for seed in block * 10..<(block + 1) * 10 {
            let kinds = ClusterOptions.Kind.allCases
            let options = ClusterOptions(
                kind: kinds[Int(seed) % kinds.count], hosts: 6 + Int(seed / 10 % 9), vms: 24 + Int(seed / 7 % 60))
            let cluster = ClusterGenerator(options: options).cluster(seed: seed)
            let policy = try Policy.with("spareHosts=\(seed % 3)", "powerSave.effort=100")
            let plan = try Planner(policy: policy).plan(cluster: cluster, goal: .powerSave)
            let hosts = plan.summary.hostsOn
            #expect(hosts.lowerBound ?? 0 <= hosts.after, "seed \(seed): \(hosts)")
            guard case .number(let watts)? = plan.extensions["lowerBoundWatts"] else { continue }
            #expect(watts <= plan.summary.watts.after, "seed \(seed): \(watts), \(plan.summary.watts)")
        }
    }

    @Test("the front of a balance: more moves, less imbalance, and the plan is one of its points")
    func front() throws {
        let cluster = ClusterGenerator(options: ClusterOptions(kind: .balance, hosts: 12, vms: 80)).cluster(seed: 4)
        let plan = try Planner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, goal: .balance)
        guard case .array(let points)? = plan.extensions["front"] else {
            Issue.record("no front")
            return
        }
        let front = points.compactMap { point -> (moves: Int64, imbalance: Double)? in
            guard case .object(let fields) = point, case .integer(let moves)? = fields["moves"],
                case .number(let imbalance)? = fields["imbalance"]
            else { return nil }
            return (moves, imbalance)
        }
        #expect(front.count == points.count)
        #expect(front.count > 2)
        for (fewer, more) in zip(front, front.dropFirst()) {
            #expect(fewer.moves < more.moves)
            #expect(fewer.imbalance > more.imbalance)
        }
        #expect(front.contains { $0.moves == Int64(plan.summary.migrations) })
    }
}
