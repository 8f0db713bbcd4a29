import ClusterModel
import Documents
import Foundation
import Planning
import TestSupport
import Testing

@Suite struct KnownClusterTests {
    private static let small = TestFiles.files(
        in: TestFiles.repository.appending(path: "data/clusters"), ending: ".json")
    private static let shared = TestFiles.files(
        in: TestFiles.shared.appending(path: "clusters"), ending: ".cluster.json"
    )
    .filter { !$0.lastPathComponent.hasPrefix("c500") }

    @Test("every goal on every cluster of data/ passes the checker", arguments: small)
    func smallClusters(file: URL) throws {
        try expectPlans(for: file)
    }

    @Test(
        "every goal on every shared cluster passes the checker", .enabled(if: TestFiles.sharedExists("clusters")),
        arguments: shared)
    func sharedClusters(file: URL) throws {
        try expectPlans(for: file)
    }

    private func expectPlans(for file: URL) throws {
        let cluster = try cluster(at: file)
        let planner = Planner(policy: try Policy.with("balance.effort=50"))
        for goal in goals(of: cluster, evacuating: 4) {
            let plan = try planner.plan(cluster: cluster, goal: goal)
            let text = PlanDocument.write(plan)
            #expect(try PlanDocument.read(Array(text.utf8), name: "plan").value == plan)
            #expect(try PlanDocument.write(planner.plan(cluster: cluster, goal: goal)) == text)
        }
    }

    @Test(
        "hosts left on", .enabled(if: TestFiles.sharedExists("clusters")),
        arguments: [
            ("q10", ["spareHosts=0"], 3, 36), ("q20", ["spareHosts=0"], 6, 112),
            ("q10", ["spareHosts=0", "limits.cpu=1", "limits.memory=1"], 3, 36),
            ("q20", ["spareHosts=0", "limits.cpu=1", "limits.memory=1"], 6, 112),
            ("c80", ["spareHosts=0", "limits.cpu=1", "limits.memory=1"], 45, 400),
        ])
    func consolidation(name: String, settings: [String], hosts: Int, moves: Int) throws {
        let policy = try PolicyDocument.applying(settings: settings, to: Policy())
        let plan = try Planner(policy: policy).plan(cluster: try sharedCluster(name), goal: .powerSave)
        #expect(plan.summary.hostsOn.after == hosts)
        #expect(plan.summary.migrations <= moves)
        #expect(plan.status == .complete)
    }

    @Test(
        "balance of c20: deviation bought by so many moves", .enabled(if: TestFiles.sharedExists("clusters")),
        arguments: [
            (20, 0.021, 0.018), (30, 0.012, 0.006), (44, 0.006, 0.002),
        ])
    func balance(moves: Int, memory: Double, cpu: Double) throws {
        let cluster = try sharedCluster("c20")
        let plan = try Planner(policy: try Policy.with("maxMoves=\(moves)")).plan(cluster: cluster, goal: .balance)
        let after = deviations(of: cluster, after: plan)
        #expect(plan.summary.migrations <= moves)
        #expect(after.memory <= memory)
        #expect(after.cpu <= cpu)
    }

    @Test("every host of c20 can be emptied", .enabled(if: TestFiles.sharedExists("clusters")))
    func evacuation() throws {
        let cluster = try sharedCluster("c20")
        for host in cluster.hosts {
            let plan = try Planner(policy: Policy()).plan(cluster: cluster, goal: .evacuate(hosts: [host.id]))
            #expect(plan.status == .complete)
            let gone = Set(plan.steps.compactMap(\.migration).map(\.vm))
            #expect(cluster.vms.allSatisfy { $0.host != host.id || gone.contains($0.id) })
        }
    }

    @Test("three VMs change places in a full cluster", .enabled(if: TestFiles.sharedExists("clusters")))
    func ring() throws {
        let cluster = try sharedCluster("tight-12x80")
        let plan = try Planner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, goal: .powerSave)
        #expect(plan.status == .complete)
        #expect(plan.refusals.isEmpty)
        #expect(plan.summary.migrations == 4)
    }

    @Test(
        "planning again on a plan's result moves nothing", .enabled(if: TestFiles.sharedExists("clusters")),
        arguments: [
            "c20", "q10", "q20", "c80", "balance-12x80", "rules-12x80", "sites-12x80",
        ])
    func again(name: String) throws {
        var cluster = try sharedCluster(name)
        let planner = Planner(policy: try Policy.with("balance.effort=100"))
        let plan = try planner.plan(cluster: cluster, goal: .balance)
        for step in plan.steps {
            guard let move = step.migration, let index = cluster.vms.firstIndex(where: { $0.id == move.vm }) else {
                continue
            }
            cluster.vms[index].host = move.to
        }
        #expect(try planner.plan(cluster: cluster, goal: .balance).steps.isEmpty)
    }
}
