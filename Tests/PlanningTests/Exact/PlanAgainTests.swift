import ClusterModel
import Documents
import Foundation
import Generation
import Planning
import TestSupport
import Testing

/// Planning again on a plan's result, without the help of the cool-down, asks for nothing.
@Suite(.serialized) struct PlanAgainTests {
    private static let seeds: UInt64 = 500

    private struct Tally: CustomStringConvertible {
        var plans = 0
        var restless: [String: [String]] = [:]

        var count: Int { restless.values.reduce(0) { $0 + $1.count } }

        func count(of goal: Goal) -> Int {
            restless.reduce(0) { $0 + ($1.key.hasPrefix(goal.name) ? $1.value.count : 0) }
        }

        var description: String {
            let kinds = restless.sorted { $0.key < $1.key }.map {
                "\($0.key): \(PowerSaveOptimumTests.Tally.some($0.value))"
            }
            return "\(count) of \(plans) plans are followed by another; \(kinds.joined(separator: "; "))"
        }

        /// - Parameter kind: what the finding is counted under, beside the goal.
        mutating func check(_ cluster: Cluster, _ goal: Goal, _ policy: Policy, kind: String, name: String) throws {
            let planner = Planner(policy: policy)
            let plan = try planner.plan(cluster: cluster, goal: goal)
            let again = try planner.plan(cluster: PlanAgainTests.result(of: plan, on: cluster), goal: goal)
            plans += 1
            let isQuiet =
                again.steps.isEmpty
                && (plan.status == .partial || plan.status == .infeasible || again.status == .nothingToDo)
            guard !isQuiet else { return }
            let hosts = "\(again.summary.hostsOn.before) to \(again.summary.hostsOn.after) on"
            restless["\(goal.name) \(kind)", default: []].append("\(name): \(again.summary.migrations) moves, \(hosts)")
        }
    }

    @Test("documents: nothing is left to do")
    func documents() throws {
        var tally = Tally()
        let own = TestFiles.files(in: TestFiles.repository.appending(path: "data/clusters"), ending: ".cluster.json")
        let shared = TestFiles.files(in: TestFiles.shared.appending(path: "clusters"), ending: ".cluster.json")
        let policy = try Policy.with("balance.effort=50")
        for file in own + shared.filter({ !$0.lastPathComponent.hasPrefix("c500") }) {
            let cluster = try cluster(at: file)
            for goal in goals(of: cluster, evacuating: 2) {
                try tally.check(cluster, goal, policy, kind: "document", name: file.lastPathComponent)
            }
        }
        print("planning again, documents: \(tally)")
        #expect(tally.count == 0, "\(tally)")
    }

    @Test("500 generated clusters: nothing is left to do")
    func generated() throws {
        var tally = Tally()
        let kinds = ClusterOptions.Kind.allCases
        let policy = try Policy.with("balance.effort=10", "powerSave.effort=200")
        for seed in 0..<Self.seeds {
            let kind = kinds[Int(seed) % kinds.count]
            let options = ClusterOptions(kind: kind, hosts: 6 + Int(seed / 10 % 9), vms: 24 + Int(seed / 7 % 60))
            let cluster = ClusterGenerator(options: options).cluster(seed: seed)
            for goal in goals(of: cluster, evacuating: 1) {
                try tally.check(cluster, goal, policy, kind: kind.rawValue, name: "\(seed)")
            }
        }
        print("planning again, generated: \(tally)")
        #expect(tally.count(of: .balance) + tally.count(of: .powerSave) == 0, "\(tally)")
        withKnownIssue(
            "1 of 500: an emptied host goes into maintenance only with a plan of its own", isIntermittent: true
        ) {
            #expect(tally.count == 0, "\(tally)")
        }
    }

    /// The cluster after a plan went well, as a run writes it: hosts know when they were switched. Time stands still,
    /// so that what was in its cool-down still is; what has moved is not.
    private static func result(of plan: Plan, on cluster: Cluster) -> Cluster {
        var cluster = cluster
        let after = ClusterFigures(cluster: cluster, memory: plan.policy.memory).state(after: plan.steps)
        for vm in cluster.vms.indices {
            guard let host = after.hostOfVM[cluster.vms[vm].id], host != cluster.vms[vm].host else { continue }
            cluster.vms[vm].host = host
            cluster.vms[vm].lastMigratedAt = nil
        }
        for host in cluster.hosts.indices where cluster.hosts[host].state != after.hostState[host] {
            cluster.hosts[host].state = after.hostState[host]
            cluster.hosts[host].extensions = cluster.hosts[host].extensions.setting(
                Host.lastSwitchedAtKey, .string(value: "\(cluster.takenAt)"))
        }
        return cluster
    }
}
