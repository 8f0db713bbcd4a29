import ClusterModel
import Documents
import Generation
import PlanCheck
import Planning
import TestSupport
import Testing

/// Hosts maintained in turn. `RollingPlanner` withholds what the independent checker refuses; what is asked here is
/// asked on top of that.
@Suite struct RollingTests {
    private static func violations(_ plan: Plan, on cluster: Cluster) -> [String] {
        PlanChecker(cluster: cluster, plan: plan, snapshotDigest: ClusterDocument.digest(of: cluster)).violations()
            .map(\.description)
    }

    private static func hosts(_ plan: Plan, _ matches: (PlanStep.Action) -> String?) -> [String] {
        plan.steps.compactMap { matches($0.action) }
    }

    private static func maintained(_ plan: Plan) -> [String] {
        hosts(plan) { if case .maintain(let host) = $0 { host } else { nil } }
    }

    private static func figures(_ plan: Plan) throws -> RollingFigures { try #require(RollingFigures(of: plan)) }

    /// Four hosts with four VMs each, and one that is empty.
    private static func chain(spareHost: Bool = true) -> Cluster {
        let names: [String] = ["a", "b", "c", "d"] + (spareHost ? ["e"] : [])
        let vms = names.prefix(4).flatMap { (host: String) in
            (0..<4).map { VirtualMachine.vm("\(host)\($0)", on: host, memory: .gib(12)) }
        }
        return .cluster(hosts: names.map { .host($0) }, vms: vms)
    }

    @Test func aChainThroughAnEmptyHostMovesEachVMOnce() throws {
        let cluster = Self.chain()
        let request = RollingRequest(hosts: ["a", "b", "c", "d"], rebootSeconds: 600)
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, request: request)
        #expect(plan.status == .complete && plan.summary.migrations == 16)
        #expect(try Self.figures(plan).leastMoves == 16)
        #expect(Self.maintained(plan).sorted() == ["a", "b", "c", "d"])
        #expect(Self.violations(plan, on: cluster) == [])
        // Its evacuations and reboots follow one another, and nothing else takes time.
        let evacuations = plan.steps.filter { $0.migration != nil }.reduce(0) { $0 + $1.durationSeconds }
        #expect(plan.summary.makespanSeconds >= 2400 && plan.summary.makespanSeconds <= 2400 + evacuations)
    }

    @Test func withoutAnEmptyHostTheFirstVMsMoveTwice() throws {
        var cluster = Self.chain(spareHost: false)
        cluster.vms.removeAll { ["a3", "b3", "c3", "d3", "d2"].contains($0.id) }
        let request = RollingRequest(hosts: ["a", "b", "c", "d"], rebootSeconds: 60)
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, request: request)
        // d, with the fewest VMs, is the first.
        #expect(plan.status == .complete && Self.maintained(plan).first == "d")
        #expect(try Self.figures(plan).leastMoves == 11 + 2)
        #expect(plan.summary.migrations <= 13 + 2)
    }

    @Test func thePlacementIsRestoredWhenThePolicySaysSo() throws {
        let cluster = Self.chain()
        let request = RollingRequest(hosts: ["a", "b", "c", "d"], rebootSeconds: 600)
        let policy = try Policy.with("spareHosts=0", "rolling.restorePlacement=true")
        let plan = try RollingPlanner(policy: policy).plan(cluster: cluster, request: request)
        var places = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host ?? "") })
        let before = places
        for step in plan.steps.sorted(by: { $0.startSeconds < $1.startSeconds }) {
            if let move = step.migration { places[move.vm] = move.to }
        }
        #expect(places == before && plan.summary.migrations == 32)
        #expect(try Self.figures(plan).leastMoves == 32)
    }

    @Test func severalAtOnceKeepSpareCapacityAndRacks() throws {
        let hosts = (0..<8).map { Host.host("h\($0)", rack: "r\($0 / 2)") }
        let vms = (0..<16).map { VirtualMachine.vm("v\($0)", on: "h\($0 % 8)", memory: .gib(8)) }
        let cluster = Cluster.cluster(hosts: hosts, vms: vms)
        var request = RollingRequest(hosts: hosts.map(\.id), rebootSeconds: 600, parallel: 4)
        let planner = RollingPlanner(policy: try Policy.with("spareHosts=1"))
        let four = try planner.plan(cluster: cluster, request: request)
        #expect(try Self.figures(four).groups.map(\.hosts.count) == [4, 4])
        request.respectsRacks = true
        let racks = try planner.plan(cluster: cluster, request: request)
        let groups = try Self.figures(racks).groups
        #expect(groups.count == 4)
        for group in groups {
            #expect(Set(hosts.filter { group.hosts.contains($0.id) }.map(\.rack)).count == 1)
        }
        request.parallel = 1
        let one = try planner.plan(cluster: cluster, request: request)
        #expect(four.summary.makespanSeconds < racks.summary.makespanSeconds)
        #expect(racks.summary.makespanSeconds < one.summary.makespanSeconds)
    }

    /// Six hosts of 64 GiB with two VMs of 8 GiB each: any two of them can be done without.
    private static func roomy() -> Cluster {
        let names = (1...6).map { "h\($0)" }
        return .cluster(
            hosts: names.map { .host($0) },
            vms: names.flatMap { host in (0..<2).map { VirtualMachine.vm("\(host)v\($0)", on: host, memory: .gib(8)) } }
        )
    }

    @Test("The next host is emptied while the last one reboots, and goes down when that is back", arguments: [0, 1])
    func overlapping(spareHosts: Int) throws {
        let cluster = Self.roomy()
        let names = cluster.hosts.map(\.id)
        let request = RollingRequest(hosts: names, rebootSeconds: 600)
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=\(spareHosts)")).plan(
            cluster: cluster, request: request)
        #expect(plan.status == .complete && Self.violations(plan, on: cluster) == [])
        let turns = plan.steps.filter { if case .maintain = $0.action { true } else { false } }
        #expect(turns.count == 6)
        // One host down at a time, in every order that `after` allows.
        var ancestors: [String: Set<String>] = [:]
        for step in plan.steps {
            ancestors[step.id] = Set(step.after).union(step.after.flatMap { ancestors[$0] ?? [] })
        }
        for (turn, next) in zip(turns, turns.dropFirst()) {
            #expect(next.startSeconds >= turn.endSeconds && ancestors[next.id]?.contains(turn.id) == true)
        }
        // The first two are emptied on their own: the VMs of the second go to the first, and not to hosts that are not
        // done.
        let alone: Double = plan.steps.filter { $0.migration != nil && $0.endSeconds <= turns[1].startSeconds + 0.01 }
            .reduce(0) { $0 + $1.durationSeconds }
        #expect(plan.summary.makespanSeconds <= alone + 3601)
        // Each VM of the last host may be one that came there: no more than one in six moves twice.
        #expect(plan.summary.migrations <= 12 + 2)
    }

    @Test func whereTheRoomOfTheLastHostIsNeededNothingOverlaps() throws {
        var cluster = Self.chain()
        // Two on each host, and no room for a third.
        cluster.vms = cluster.vms.filter { $0.id.hasSuffix("0") || $0.id.hasSuffix("1") }
        for index in cluster.vms.indices {
            cluster.vms[index].memoryBytes = .gib(28)
            cluster.vms[index].demand.memoryBytes = Double(Int64.gib(28))
        }
        let request = RollingRequest(hosts: ["a", "b", "c", "d"], rebootSeconds: 600)
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, request: request)
        #expect(plan.status == .complete && plan.summary.migrations == 8)
        let turns = plan.steps.filter { if case .maintain = $0.action { true } else { false } }
        for step in plan.steps where step.migration != nil {
            #expect(
                turns.allSatisfy {
                    $0.endSeconds <= step.startSeconds + 0.01 || step.endSeconds <= $0.startSeconds + 0.01
                })
        }
    }

    @Test(
        "What remains is planned anew as it was asked for: after any number of steps all hosts are maintained",
        arguments: 0...12)
    func theRest(stepsDone: Int) throws {
        var cluster = Self.chain()
        let windows = (0..<5).map { night in
            let from = cluster.takenAt.adding(seconds: Double(night) * 86_400)
            return TimeWindow(from: from, by: from.adding(seconds: 1800))
        }
        let request = RollingRequest(hosts: ["a", "b", "c", "d"], rebootSeconds: 600, windows: windows)
        let planner = RollingPlanner(policy: try Policy.with("spareHosts=0"))
        let plan = try planner.plan(cluster: cluster, request: request)
        let done = plan.steps.sorted { ($0.endSeconds, $0.id) < ($1.endSeconds, $1.id) }.prefix(
            stepsDone * plan.steps.count / 12)
        for step in done {
            switch step.action {
            case .migrate(let move):
                for index in cluster.vms.indices where cluster.vms[index].id == move.vm {
                    cluster.vms[index].host = move.to
                }
            case .enterMaintenance(let host), .exitMaintenance(let host):
                let isIn = step.action == .enterMaintenance(host: host)
                for index in cluster.hosts.indices where cluster.hosts[index].id == host {
                    cluster.hosts[index].state = isIn ? .maintenance : .on
                }
            case .maintain, .wait, .powerOn, .powerOff: break
            }
        }
        let moment = plan.startsAt.adding(seconds: done.last?.endSeconds ?? 0)
        cluster.takenAt = moment
        let rest = try #require(
            RollingRequest(restOf: plan, done: Set(done.map(\.id)), cluster: cluster, at: moment))
        #expect(rest.rebootSeconds == 600 && rest.windows.last == windows.last)
        let before = done.compactMap { if case .maintain(let host) = $0.action { host } else { nil } }
        #expect(rest.hosts == request.hosts.filter { !before.contains($0) })
        let newer = try planner.plan(cluster: cluster, request: rest, startsAt: moment)
        #expect(newer.status == (stepsDone == 12 ? .nothingToDo : .complete))
        #expect(Self.maintained(newer).sorted() == rest.hosts.sorted())
        let entered = newer.steps.compactMap { if case .enterMaintenance(let host) = $0.action { host } else { nil } }
        let left = newer.steps.compactMap { if case .exitMaintenance(let host) = $0.action { host } else { nil } }
        let resting = cluster.hosts.filter { $0.state == .maintenance }.map(\.id)
        #expect((entered + resting).sorted() == left.sorted())
    }

    @Test func nightsHoldWhatIsSureToBeOver() throws {
        let cluster = Self.chain()
        let first = cluster.takenAt.adding(seconds: 7200)
        // Two hosts take 20 minutes and their evacuations: two fit into half an hour, three do not.
        let windows = (0..<5).map { night in
            let from = first.adding(seconds: Double(night) * 86_400)
            return TimeWindow(from: from, by: from.adding(seconds: 1800))
        }
        let request = RollingRequest(hosts: ["a", "b", "c", "d"], rebootSeconds: 600, windows: windows)
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, request: request)
        let figures = try Self.figures(plan)
        #expect(plan.startsAt == windows[0].from && plan.deadline == windows[1].by && plan.confidence == 0.95)
        #expect(figures.groups.map(\.night) == [1, 1, 2, 2] && figures.nights.count == 2)
        for night in figures.nights { #expect(night.finishSeconds <= night.window.seconds) }
        for step in plan.steps {
            let start = plan.startsAt.adding(seconds: step.startSeconds)
            let end = plan.startsAt.adding(seconds: step.endSeconds)
            let window = try #require(windows.first { $0.from <= start && start < $0.by })
            #expect(end <= window.by)
            #expect(step.notBefore == (window.from == windows[0].from ? nil : window.from))
        }
        #expect(Self.violations(plan, on: cluster) == [])
    }

    @Test func whatDoesNotFitIsRefusedWithTheReason() throws {
        var cluster = Self.chain()
        cluster.vms[0].migration = .none
        cluster.hosts.append(.host("dark", state: .off))
        let window = TimeWindow(from: cluster.takenAt, by: cluster.takenAt.adding(seconds: 900))
        let request = RollingRequest(hosts: ["a", "b", "c", "dark"], rebootSeconds: 600, windows: [window])
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, request: request)
        #expect(plan.status == .partial && Self.maintained(plan).count == 1)
        let said = Dictionary(
            uniqueKeysWithValues: plan.refusals.compactMap { refusal -> (String, [String])? in
                if case .host(let id) = refusal.subject { (id, refusal.reasons.map(\.constraint)) } else { nil }
            })
        #expect(said["a"] == ["migratability"] && said["dark"] == ["hostState"])
        #expect(said.filter { $0.value == ["window"] }.count == 1)
        let none = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(
            cluster: cluster, request: RollingRequest(hosts: ["b"], rebootSeconds: 1000, windows: [window]))
        #expect(none.status == .infeasible && none.steps.isEmpty)
    }

    @Test func aFailureOfTheFirstHostStopsTheRest() throws {
        let cluster = Self.chain()
        let request = RollingRequest(hosts: ["a", "b"], rebootSeconds: 600)
        let plan = try RollingPlanner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, request: request)
        let first = try #require(Self.maintained(plan).first)
        // All that waits, directly or not, for the first maintenance.
        var waiting = Set(plan.steps.filter { $0.action == .maintain(host: first) }.map(\.id))
        for step in plan.steps where !waiting.isDisjoint(with: step.after) { waiting.insert(step.id) }
        let second = try #require(Self.maintained(plan).last)
        for step in plan.steps where step.migration?.from == second { #expect(waiting.contains(step.id)) }
    }

    @Test(
        "Generated clusters: every host is maintained or refused, and the moves stay near the bound",
        arguments: UInt64(0)..<20)
    func generated(seed: UInt64) throws {
        let kinds = ClusterOptions.Kind.allCases
        let options = ClusterOptions(
            kind: kinds[Int(seed) % kinds.count], hosts: 6 + Int(seed % 3), vms: 24 + Int(seed) % 17)
        let cluster = ClusterGenerator(options: options).cluster(seed: seed)
        let all = cluster.hosts.filter { $0.state == .on }.map(\.id)
        let restores = seed % 4 == 3
        let policy = try Policy.with(
            "spareHosts=\(seed % 2)", "balance.effort=10", "rolling.restorePlacement=\(restores)",
            seed % 5 == 0 ? "horizonSeconds=14400" : "repair=false")
        var request = RollingRequest(hosts: all, rebootSeconds: 600, parallel: 1 + Int(seed % 3))
        if seed % 2 == 0 {
            request.windows = (0..<20).map { night in
                let from = cluster.takenAt.adding(seconds: Double(night) * 86_400 + 3600)
                return TimeWindow(from: from, by: from.adding(seconds: 4 * 3600))
            }
        }
        let plan = try RollingPlanner(policy: policy).plan(cluster: cluster, request: request)
        var named = Self.maintained(plan)
        #expect(Set(named).count == named.count)
        named += plan.refusals.compactMap { if case .host(let id) = $0.subject { id } else { nil } }
        #expect(named.sorted() == all.sorted(), "seed \(seed)")
        let least = try Self.figures(plan).leastMoves
        #expect(plan.summary.migrations >= least, "seed \(seed): \(plan.summary.migrations) moves, at least \(least)")
        let again = try RollingPlanner(policy: policy).plan(cluster: cluster, request: request)
        #expect(PlanDocument.write(plan) == PlanDocument.write(again))
    }
}
