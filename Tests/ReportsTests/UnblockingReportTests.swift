import ClusterModel
import Documents
import Foundation
import Planning
import Reports
import TestSupport
import Testing

/// Explanations of real plans: what holds VMs, by how much, and what would free them.
@Suite struct UnblockingReportTests {
    private func blocked() throws -> ExplainReport {
        let file = TestFiles.repository.appending(path: "data/clusters/blocked-evacuation.cluster.json")
        let cluster = try ClusterDocument.read(TestFiles.bytes(file), name: "blocked-evacuation").value
        let policy = try PolicyDocument.applying(settings: ["spareHosts=0"], to: Policy())
        let plan = try Planner(policy: policy).plan(cluster: cluster, goal: .evacuate(hosts: ["h01"]))
        return ExplainReport(plan: plan, cluster: cluster, policy: policy)
    }

    @Test(arguments: [("h01", "host"), ("v3", "vm"), ("v1", "moved-vm")])
    func aBlockedEvacuation(subject: String, file: String) throws {
        let report = try blocked()
        try expectGolden(report.text(about: subject), "blocked-evacuation-\(file).txt")
        try expectGolden(report.json(about: subject), "blocked-evacuation-\(file).json")
    }

    @Test func refusalsAreCounted() throws {
        let report = try blocked()
        #expect(try report.text().contains("refused by: "))
        try expectGolden(report.json(), "blocked-evacuation-plan.json")
    }

    private func staying(_ settings: [String], goal: Goal, _ cluster: Cluster, _ vm: String) throws -> String {
        let policy = try PolicyDocument.applying(settings: ["spareHosts=0"] + settings, to: Policy())
        let plan = try Planner(policy: policy).plan(cluster: cluster, goal: goal)
        return try ExplainReport(plan: plan, cluster: cluster, policy: policy).text(about: vm)
    }

    @Test func theAmountIsNamedForEachHost() throws {
        // 60.8 GiB may be used: 62 - 60.8 = 1.2 on b, 64 - 60.8 = 3.2 on c.
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b"), .host("c")],
            vms: [
                .vm("v1", on: "a", memory: .gib(8)), .vm("x", on: "b", memory: .gib(54)),
                .vm("y", on: "c", memory: .gib(56)),
            ])
        let text = try staying([], goal: .evacuate(hosts: ["a"]), cluster, "v1")
        #expect(text.contains("refused by memory (b by 1.2 GiB of memory, c by 3.2 GiB of memory)"))
        #expect(text.contains("- raise limits.memory from 0.95 to 0.97"))
    }

    @Test func aHostThatPowerSavingLeavesOnIsExplained() throws {
        // v1 may only be on a, so a stays on whatever the load.
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b")],
            vms: [.vm("v1", on: "a"), .vm("v2", on: "b")], rules: [.only("r1", ["v1"], on: ["a"])])
        let host = try staying([], goal: .powerSave, cluster, "a")
        #expect(
            host.contains("  To empty it:\n    any one of these frees all of them, verified by planning with it:\n"))
        #expect(host.contains("      - make rule r1 soft (required: false)\n"))
        let vm = try staying([], goal: .powerSave, cluster, "v1")
        #expect(vm.contains("its host a stays on, and a move pays only when it helps to switch a host off"))
    }

    @Test func balanceNamesGainAndPrice() throws {
        // 5 VMs of 1/16 of CPU and of memory on a, 4 on b: moving one turns 5:4 into 4:5, which gains nothing.
        let vms = (0..<9).map { VirtualMachine.vm("v\($0)", on: $0 < 5 ? "a" : "b", cores: 1, memory: .gib(4)) }
        let even = Cluster.cluster(hosts: [.host("a"), .host("b")], vms: vms)
        #expect(try staying([], goal: .balance, even, "v0").contains("the best, to b, would gain nothing"))
        // 6 on a and 4 on b: one move makes the deviations of 1/16 vanish, 2 x 1/16 x 2 hosts = 0.25, at a price of
        // 0.5.
        let uneven = Cluster.cluster(
            hosts: [.host("a"), .host("b")],
            vms: vms + [.vm("v9", on: "a", cores: 1, memory: .gib(4))])
        let text = try staying(["balance.minimumGainPerMove=0.5"], goal: .balance, uneven, "v0")
        #expect(text.contains("its move would not pay: to b, the best, gain 0.2500 against price 0.5000"))
        let policy = try PolicyDocument.applying(
            settings: ["spareHosts=0", "balance.minimumGainPerMove=0.5"], to: Policy())
        let plan = try Planner(policy: policy).plan(cluster: uneven, goal: .balance)
        let json = try ExplainReport(plan: plan, cluster: uneven, policy: policy).json(about: "v0")
        #expect(
            json.contains(#""bestMove": {"host": "b", "measure": "imbalance", "now": 0.125, "then": 0, "vms": 1}"#))
    }
}
