import ClusterModel
import Documents
import PlanCheck
import Planning
import TestSupport
import Testing

/// Host `a` is to be emptied and `v1` cannot leave it, for one reason a case; what is named is worked out on paper.
@Suite struct RelaxationTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        var cluster: Cluster
        var settings = ["spareHosts=0"]
        /// For `v1`, in order: each set in words.
        var remedies: [String] = []
        var fixed: [String] = []
        var testDescription: String { name }
    }

    @Test(arguments: cases)
    func whatIsNamedIsWhatThePaperSays(_ example: Case) throws {
        let policy = try PolicyDocument.applying(settings: example.settings, to: Policy())
        let answer = Self.answer(example.cluster, policy)
        #expect(answer.blocked.contains("v1"))
        #expect((answer.remedies["v1"] ?? []).map(\.words) == example.remedies)
        #expect(answer.fixed == example.fixed)
        #expect(!answer.ranOut)
    }

    @Test(arguments: cases)
    func whatIsNamedHoldsWhenFollowedInTheDocuments(_ example: Case) throws {
        let policy = try PolicyDocument.applying(settings: example.settings, to: Policy())
        for remedy in Self.answer(example.cluster, policy).remedies["v1"] ?? [] {
            let edits = remedy.edits(of: example.cluster, policy)
            let (cluster, edited) = try DocumentEdits.follow(edits, cluster: example.cluster, policy: policy)
            let plan = try Planner(policy: edited).plan(cluster: cluster, goal: .evacuate(hosts: ["a"]))
            let violations = PlanChecker(
                cluster: cluster, plan: plan, snapshotDigest: ClusterDocument.digest(of: cluster)
            ).violations()
            #expect(violations.isEmpty, "\(remedy.words)")
            #expect(plan.steps.contains { $0.migration?.vm == "v1" && $0.migration?.from == "a" }, "\(remedy.words)")
        }
    }

    @Test func theLimitNamedIsTheSmallestThatDoes() throws {
        let example = try #require(Self.cases.first { $0.name == "memory" })
        for (limit, leaves) in [("0.965", false), ("0.97", true)] {
            let policy = try Policy.with("spareHosts=0", "limits.memory=\(limit)")
            let plan = try Planner(policy: policy).plan(cluster: example.cluster, goal: .evacuate(hosts: ["a"]))
            #expect((plan.status == .complete) == leaves)
        }
    }

    @Test func aSmallBlockedEvacuationSaysSoInThePlan() throws {
        let example = try #require(Self.cases.first { $0.name == "rule between VMs" })
        let plan = try Planner(policy: try Policy.with("spareHosts=0"))
            .plan(cluster: example.cluster, goal: .evacuate(hosts: ["a"]))
        #expect(
            plan.refusals.map(\.unblock) == ["make rule r1 soft (required: false) (verified by planning with it)"])
    }

    @Test func severalVMsAreFreedByWhatEachNeeds() throws {
        // v1 is held by a rule, v2 by its datastore: one thing each.
        var cluster = Self.scene(rules: [.only("r1", ["v1"], on: ["a"])])
        cluster.vms.append(Self.needing("v2", datastores: ["local"]))
        cluster.hosts[1].datastores = ["nfs1"]
        let answer = Self.answer(cluster, try Policy.with("spareHosts=0"))
        #expect(
            answer.wholeRemedies.map(\.words) == [
                "make rule r1 soft (required: false), and connect host b to datastore local"
            ])
    }

    @Test func aVMThatIsTiedHoldsTheHost() throws {
        var cluster = Self.scene(rules: [.only("r1", ["v1"], on: ["a"])])
        var tied = VirtualMachine.vm("v2", on: "a")
        tied.migration = .none
        cluster.vms.append(tied)
        let answer = Self.answer(cluster, try Policy.with("spareHosts=0"))
        #expect(answer.fixed == ["v2"])
        #expect(answer.wholeRemedies.isEmpty)
        #expect(answer.remedies["v1"]?.map(\.words) == ["make rule r1 soft (required: false)"])
    }

    @Test func aGivenPlacementIsAskedInTheSameWay() throws {
        let cluster = Self.scene(rules: [.never("r1", ["v1"], on: ["b"])])
        let finder = RelaxationFinder(
            cluster: cluster, policy: try Policy.with("spareHosts=0"), goal: .place(target: ["v1": "b"]),
            startsAt: cluster.takenAt)
        #expect(
            finder.answer().remedies.mapValues { $0.map(\.words) } == ["v1": ["make rule r1 soft (required: false)"]])
    }

    @Test func workIsCounted() throws {
        let example = try #require(Self.cases.first { $0.name == "pair" })
        let finder = RelaxationFinder(
            cluster: example.cluster, policy: try Policy.with("spareHosts=0"), goal: .evacuate(hosts: ["a"]),
            startsAt: example.cluster.takenAt, plans: 3)
        let answer = finder.answer()
        #expect(answer.plansMade == 4)
        #expect(answer.ranOut)
    }

    private static func answer(_ cluster: Cluster, _ policy: Policy) -> RelaxationAnswer {
        RelaxationFinder(cluster: cluster, policy: policy, goal: .evacuate(hosts: ["a"]), startsAt: cluster.takenAt)
            .answer()
    }
}

// MARK: - The cases

extension RelaxationTests {
    /// Hosts a and b of 16 cores and 64 GiB, and v1 of 8 GiB and 4 cores on a.
    private static func scene(
        others: [Host] = [], onB: [VirtualMachine] = [], rules: [Rule] = [],
        _ change: (inout VirtualMachine) -> Void = { _ in }
    ) -> Cluster {
        var vm = VirtualMachine.vm("v1", on: "a", cores: 4, memory: .gib(8))
        change(&vm)
        return .cluster(hosts: [.host("a"), .host("b")] + others, vms: [vm] + onB, rules: rules)
    }

    private static func needing(
        _ id: String, datastores: [String] = [], networks: [String] = []
    ) -> VirtualMachine {
        var vm = VirtualMachine.vm(id, on: "a", cores: 4, memory: .gib(8))
        vm.datastores = datastores
        vm.networks = networks
        return vm
    }

    private static let full = VirtualMachine.vm("x", on: "b", cores: 1, memory: .gib(60))

    static let cases: [Case] = [
        // 54 + 8 of 64 GiB are 96.9 %.
        Case(
            name: "memory", cluster: scene(onB: [.vm("x", on: "b", memory: .gib(54))]),
            remedies: ["raise limits.memory from 0.95 to 0.97"]),
        // 10.1 + 4 of 16 cores are 88.1 %.
        Case(
            name: "cpu", cluster: scene(onB: [.vm("x", on: "b", cores: 10.1)]),
            remedies: ["raise limits.cpu from 0.85 to 0.885"]),
        // 60 + 8 GiB are more than b has: no limit helps. c and d look the same, so the first is named.
        Case(
            name: "a host sleeps",
            cluster: scene(others: [.host("c", state: .standby), .host("e", state: .maintenance)], onB: [full]),
            remedies: ["wake host c, which is in state standby", "take host e out of maintenance"]),
        Case(
            name: "rule between VMs", cluster: scene(onB: [.vm("x", on: "b")], rules: [.apart("r1", ["v1", "x"])]),
            remedies: ["make rule r1 soft (required: false)"]),
        Case(
            name: "rule that keeps VMs in a rack",
            cluster: {
                var cluster = scene(
                    others: [.host("c", rack: "far")], onB: [full], rules: [.together("r1", ["v1", "x"], scope: .rack)])
                for index in 0...1 { cluster.hosts[index].rack = "near" }
                return cluster
            }(), remedies: ["make rule r1 soft (required: false)"]),
        Case(
            name: "rule between VM and host", cluster: scene(rules: [.never("r1", ["v1"], on: ["b"])]),
            remedies: ["make rule r1 soft (required: false)"]),
        Case(
            name: "datastore",
            cluster: {
                var cluster = scene { $0.datastores = ["nfs1", "local"] }
                cluster.hosts[1].datastores = ["nfs1"]
                return cluster
            }(), remedies: ["connect host b to datastore local"]),
        Case(
            name: "network",
            cluster: {
                var cluster = scene { $0.networks = ["vlan20"] }
                cluster.hosts[1].networks = ["vlan10"]
                return cluster
            }(), remedies: ["connect host b to network vlan20"]),
        Case(
            name: "CPU features",
            cluster: {
                var cluster = scene { $0.cpuFeatures = ["avx2", "avx512f"] }
                cluster.hosts[1].cpuFeatures = ["avx2"]
                return cluster
            }(), remedies: ["restart the guest of VM v1 with the CPU of host b"]),
        Case(
            name: "architecture",
            cluster: {
                var cluster = scene { $0.architecture = "x86_64" }
                cluster.hosts[1].architecture = "aarch64"
                return cluster
            }(), remedies: []),
        // 4 GiB rewritten at 4 GB/s over 1.19 GB/s: the last 4 GiB take 3.62 s at once, and 10 % of the pause is kept
        // back.
        Case(
            name: "memory is rewritten too fast",
            cluster: scene { $0.dirty = DirtyRate(hotBytes: 4_294_967_296, bytesPerSecond: 4e9) },
            remedies: [
                "allow VM v1 a pause of 5000 ms instead of 1000 ms (maxDowntimeMilliseconds)",
                "allow mode postCopy (modes)",
                "let VM v1 be stopped for the copy (migration: cold, no limit to its pause)",
            ]),
        // 8 GiB stopped take 7.2 s.
        Case(
            name: "stopped for too long",
            cluster: scene {
                $0.migration = .cold
                $0.maxDowntimeMilliseconds = 500
            },
            remedies: [
                "allow VM v1 a pause of 10000 ms instead of 500 ms (maxDowntimeMilliseconds)",
                "let VM v1 be stopped for the copy (migration: cold, no limit to its pause)",
            ]),
        // After b fails, 30 GiB fit on c beside its 30; with v1 on either, the other's failure leaves no room for all.
        Case(
            name: "spare capacity",
            cluster: .cluster(
                hosts: [.host("a", state: .maintenance), .host("b"), .host("c")],
                vms: [
                    .vm("v1", on: "a", memory: .gib(10)), .vm("x", on: "b", memory: .gib(30)),
                    .vm("y", on: "c", memory: .gib(30)),
                ]), settings: ["spareHosts=1"], remedies: ["lower spareHosts from 1 to 0"]),
        Case(
            name: "a host has failed", cluster: scene(others: [.host("c", state: .failed)], onB: [full]),
            remedies: ["repair host c"]),
        Case(
            name: "an agent is silent",
            cluster: {
                var cluster = scene()
                cluster.hosts[1].extensions = .object(fields: ["noDestination": .string(value: "silent for 1 h")])
                return cluster
            }(), remedies: ["bring the agent of host b back, which is silent"]),
        // x cannot move, and r1 keeps v1 with it.
        Case(
            name: "kept with a VM that is tied",
            cluster: {
                var cluster = scene(rules: [.together("r1", ["v1", "x"])])
                cluster.vms.append(.vm("x", on: "a"))
                cluster.vms[1].migration = .none
                return cluster
            }(), remedies: ["make rule r1 soft (required: false)"], fixed: ["x"]),
        // c would have room, sleeps, and is forbidden to v1 and to x, which could make way for it.
        Case(
            name: "pair",
            cluster: scene(
                others: [.host("c", state: .off)], onB: [full], rules: [.never("r1", ["v1", "x"], on: ["c"])]),
            remedies: ["wake host c, which is in state off, and make rule r1 soft (required: false)"]),
        Case(
            name: "passthrough", cluster: scene { $0.migration = .none }, remedies: [], fixed: ["v1"]),
    ]
}
