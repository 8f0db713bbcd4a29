import ClusterModel
import Documents
import Generation
import Parallel
import Planning
import TestSupport
import Testing

/// `Planner` withholds a plan that the independent checker refuses, so a plan that is returned has passed it.
@Suite struct GeneratedClusterTests {
    private static let seedsPerCase: UInt64 = 10

    /// A small cluster of every kind in turn, with few or many VMs, as the seed says.
    private static func cluster(_ seed: UInt64) -> Cluster {
        let kinds = ClusterOptions.Kind.allCases
        let options = ClusterOptions(
            kind: kinds[Int(seed) % kinds.count], hosts: 6 + Int(seed / 10 % 9), vms: 24 + Int(seed / 7 % 60))
        return ClusterGenerator(options: options).cluster(seed: seed)
    }

    private static func policy(_ seed: UInt64) throws -> Policy {
        try Policy.with(
            "spareHosts=\(seed % 3)", "memory=\(seed % 4 == 0 ? "demand" : "configured")", "repair=\(seed % 5 == 0)",
            "balance.effort=10", "powerSave.effort=100",
            seed % 6 == 0 ? "horizonSeconds=14400" : "spareHosts=\(seed % 3)",
            seed % 7 == 0 ? "modes=[live, postCopy, staged]" : "modes=[live, staged]")
    }

    @Test("500 generated clusters: every plan passes the checker", arguments: UInt64(0)..<50)
    func everyPlanPasses(block: UInt64) {
        let seeds = Array(block * Self.seedsPerCase..<(block + 1) * Self.seedsPerCase)
        #expect(Parallel.map(seeds, Self.faults).flatMap { $0 } == [])
    }

    /// What is wrong with the plans for a seed's cluster.
    private static func faults(seed: UInt64) -> [String] {
        let cluster = cluster(seed)
        return goals(of: cluster, evacuating: 2).compactMap { goal in
            do {
                let planner = Planner(policy: try policy(seed))
                let plan = try planner.plan(cluster: cluster, goal: goal)
                guard seed % 10 == 0 else { return nil }
                let again = try planner.plan(cluster: cluster, goal: goal)
                let isSame = PlanDocument.write(plan) == PlanDocument.write(again)
                return isSame ? nil : "seed \(seed), \(goal): other bytes the second time"
            } catch {
                return "seed \(seed), \(cluster.name), \(goal): \(error)"
            }
        }
    }

    @Test("a placement left by an evacuation can be restored", arguments: UInt64(0)..<40)
    func restoring(seed: UInt64) throws {
        let cluster = Self.cluster(seed)
        let planner = Planner(policy: try Policy.with("spareHosts=0", "balance.effort=10"))
        guard let host = cluster.hosts.first(where: { $0.state == .on }) else { return }
        let evacuation = try planner.plan(cluster: cluster, goal: .evacuate(hosts: [host.id]))
        var moved = cluster
        for step in evacuation.steps {
            guard let move = step.migration, let index = moved.vms.firstIndex(where: { $0.id == move.vm }) else {
                continue
            }
            moved.vms[index].host = move.to
        }
        let back = Dictionary(uniqueKeysWithValues: cluster.vms.compactMap { vm in vm.host.map { (vm.id, $0) } })
        let plan = try planner.plan(cluster: moved, goal: .place(target: back))
        if evacuation.status == .complete {
            #expect(plan.status == .complete || plan.status == .nothingToDo || !plan.refusals.isEmpty)
        }
    }
}
