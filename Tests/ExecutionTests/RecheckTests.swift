import ClusterModel
import Execution
import ExecutionSupport
import Simulation
import TestSupport
import Testing

@Suite("Every step is checked again against the newest state")
struct RecheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let disturbance: @Sendable (inout SimulatedCluster) -> Void
        var rules: [Rule] = []
        /// What becomes of m1 (v1 from a to b), m2 (v2 from a to b, after m1) and off (host a, after both).
        let shape: String

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "somebody moved it there already", disturbance: { $0.vms["v1"]?.host = "b" },
            shape: "m1 already; m2 done; off done"),
        Case(
            name: "somebody moved it elsewhere", disturbance: { $0.vms["v1"]?.host = "d" },
            shape: "m1 skipped: VM v1 is now on d; m2 skipped: needs step m1, which was not done; "
                + "off skipped: needs step m1, which was not done"),
        Case(
            name: "it is gone", disturbance: { $0.vms["v2"] = nil },
            shape: "m1 done; m2 skipped: VM v2 no longer exists; off skipped: needs step m2, which was not done"),
        Case(
            name: "it was stopped", disturbance: { $0.vms["v2"]?.state = .stopped },
            shape: "m1 done; m2 skipped: VM v2 is stopped; off skipped: needs step m2, which was not done"),
        Case(
            name: "the destination went into maintenance", disturbance: { $0.hosts["b"]?.state = .maintenance },
            shape: "m1 skipped: host b is now maintenance; m2 skipped: needs step m1, which was not done; "
                + "off skipped: needs step m1, which was not done"),
        Case(
            name: "the source failed", disturbance: { $0.hosts["a"]?.state = .failed },
            shape: "m1 skipped: host a is now failed; m2 skipped: needs step m1, which was not done; "
                + "off skipped: needs step m1, which was not done"),
        Case(
            name: "a newcomer took the memory", disturbance: { $0.vms["new"] = .vm("new", on: "b", memory: .gib(56)) },
            shape: "m1 done; m2 skipped: host b now lacks memory; off skipped: needs step m2, which was not done"),
        Case(
            name: "a newcomer took the CPU",
            disturbance: { $0.vms["new"] = .vm("new", on: "b", cores: 13, memory: .gib(1)) },
            shape: "m1 skipped: host b now lacks cpu; m2 skipped: needs step m1, which was not done; "
                + "off skipped: needs step m1, which was not done"),
        Case(
            name: "a newcomer stands on the host to be switched off",
            disturbance: { $0.vms["new"] = .vm("new", on: "a", cores: 0.1, memory: .gib(1)) },
            shape: "m1 done; m2 done; off skipped: host a still holds new"),
        Case(
            name: "a stopped newcomer does not hold up the power-off",
            disturbance: { $0.vms["new"] = .vm("new", on: "a", memory: .gib(1), state: .stopped) },
            shape: "m1 done; m2 done; off done"),
        Case(
            name: "a rule would be broken now", disturbance: { $0.vms["w"]?.host = "b" },
            rules: [.apart("r", ["v2", "w"])],
            shape: "m1 done; m2 skipped: rule r would be broken now; off skipped: needs step m2, which was not done"),
        Case(
            name: "the host is off already",
            disturbance: { cluster in
                cluster.vms["v1"]?.host = "b"
                cluster.vms["v2"]?.host = "b"
                cluster.hosts["a"]?.state = .off
            }, shape: "m1 already; m2 already; off already"),
    ]

    @Test(arguments: cases)
    func skips(_ testCase: Case) async throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b"), .host("d")],
            vms: [
                .vm("v1", on: "a", cores: 1, memory: .gib(4)), .vm("v2", on: "a", cores: 1, memory: .gib(4)),
                .vm("w", on: "d", cores: 0.1, memory: .gib(1)),
            ], rules: testCase.rules)
        let rig = Rig(
            cluster,
            .plan(
                for: cluster,
                [
                    .move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40),
                    .move("m2", "v2", from: "a", to: "b", at: 40, lasting: 40, after: ["m1"]),
                    .step("off", .powerOff(host: "a"), at: 80, after: ["m1", "m2"]),
                ]))
        rig.driver.disturb(testCase.disturbance)
        let summary = try await rig.run()
        #expect(summary.shape == testCase.shape)
        #expect(rig.audit().refusals == 0)
    }

    @Test(
        "rules of every kind",
        arguments: [
            (Rule.never("r", ["v1"], on: ["b"]), "m1 skipped: rule r would be broken now"),
            (Rule.only("r", ["v1"], on: ["a", "d"]), "m1 skipped: rule r would be broken now"),
            (Rule.only("r", ["v1"], on: ["d"]), "m1 done"),
            (Rule.together("r", ["v1", "v2"]), "m1 skipped: rule r would be broken now"),
            (Rule.together("r", ["v1", "w"]), "m1 done"),
            (Rule.apart("r", ["v1", "w"]), "m1 skipped: rule r would be broken now"),
            (Rule.apart("r", ["v1", "w"], atMost: 2), "m1 done"),
            (Rule.apart("r", ["v1", "w"], required: false), "m1 done"),
            (Rule.apart("r", ["v1", "w"], scope: .rack), "m1 skipped: rule r would be broken now"),
        ])
    func rules(rule: Rule, shape: String) async throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a", rack: "r1"), .host("b", rack: "r2"), .host("d", rack: "r2")],
            vms: [.vm("v1", on: "a"), .vm("v2", on: "a"), .vm("w", on: "b")], rules: [rule])
        let rig = Rig(cluster, .plan(for: cluster, [.move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40)]))
        #expect(try await rig.run().shape == shape)
    }

    @Test("an affinity group may be apart on the way")
    func affinityOnTheWay() async throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b")], vms: [.vm("v1", on: "a"), .vm("v2", on: "a")],
            rules: [.together("r", ["v1", "v2"])])
        let rig = Rig(
            cluster,
            .plan(
                for: cluster,
                [
                    .move("m1", "v1", from: "a", to: "b", at: 0, lasting: 40),
                    .move("m2", "v2", from: "a", to: "b", at: 40, lasting: 40, after: ["m1"]),
                ]))
        #expect(try await rig.run().shape == "m1 done; m2 done")
    }

    @Test("a host is not switched off when its spare capacity is needed now")
    func spareCapacity() async throws {
        // Three hosts of 64 GiB with 40 GiB each: any one failure fits on the others only while all three are on.
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b"), .host("c"), .host("d")],
            vms: [.vm("v1", on: "a", memory: .gib(40)), .vm("v2", on: "b", memory: .gib(20)), .vm("v3", on: "d")])
        let plan = Plan.plan(
            for: cluster, policy: .policy(spareHosts: 1),
            [
                .move("m1", "v3", from: "d", to: "b", at: 0, lasting: 40),
                .step("off", .powerOff(host: "c"), at: 40, after: []),
            ])
        let calm = Rig(cluster, plan)
        #expect(try await calm.run().shape == "m1 done; off done")
        let drifted = Rig(cluster, plan)
        drifted.driver.disturb { $0.vms["new"] = .vm("new", on: "d", memory: .gib(50)) }
        #expect(
            try await drifted.run().shape == "m1 done; off skipped: would take spare capacity that is needed now")
    }
}
