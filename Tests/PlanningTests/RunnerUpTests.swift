import ClusterModel
import Documents
import Planning
import TestSupport
import Testing

/// What a plan records of the choice behind each move: the host chosen and the next best, in the goal's own measure.
@Suite struct RunnerUpTests {
    private static let watts = PowerModel(idleWatts: 100, peakWatts: 200, offWatts: 0)

    private func choice(_ plan: Plan, of vm: String) -> JSONValue? {
        plan.steps.last { $0.migration?.vm == vm }?.extensions["choice"]
    }

    @Test func anEvacuationComparesFill() throws {
        // Limits of 60.8 GiB: 10 + 8 on b are 29.6 %, 30 + 8 on c 62.5 %.
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b"), .host("c")],
            vms: [
                .vm("v1", on: "a", memory: .gib(8)), .vm("x", on: "b", memory: .gib(10)),
                .vm("y", on: "c", memory: .gib(30)),
            ])
        let plan = try Planner(policy: try Policy.with("spareHosts=0"))
            .plan(cluster: cluster, goal: .evacuate(hosts: ["a"]))
        #expect(
            choice(plan, of: "v1")
                == .object(fields: [
                    "measure": .string(value: "fill"), "score": .number(value: 0.296053),
                    "runnerUp": .string(value: "c"), "runnerUpScore": .number(value: 0.625),
                ]))
    }

    @Test func withOneHostThereIsNoRunnerUp() throws {
        let cluster = Cluster.cluster(
            hosts: [.host("a"), .host("b")], vms: [.vm("v1", on: "a", memory: .gib(38))])
        let plan = try Planner(policy: try Policy.with("spareHosts=0"))
            .plan(cluster: cluster, goal: .evacuate(hosts: ["a"]))
        #expect(
            choice(plan, of: "v1")
                == .object(fields: ["measure": .string(value: "fill"), "score": .number(value: 0.625)]))
    }

    @Test func powerSavingComparesWatts() throws {
        // b and c stay on, since c's VM cannot move. On b, v1 costs 100 W x 1/16; c peaks at 1000 W.
        var tied = VirtualMachine.vm("y", on: "c", memory: .gib(30))
        tied.migration = .none
        var busy = VirtualMachine.vm("x", on: "b", memory: .gib(30))
        busy.migration = .none
        var thirsty = Host.host("c", power: Self.watts)
        thirsty.power?.peakWatts = 1000
        let cluster = Cluster.cluster(
            hosts: [.host("a", power: Self.watts), .host("b", power: Self.watts), thirsty],
            vms: [.vm("v1", on: "a", memory: .gib(8)), busy, tied])
        let plan = try Planner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, goal: .powerSave)
        guard case .object(let fields)? = choice(plan, of: "v1") else {
            Issue.record("no choice is recorded")
            return
        }
        #expect(fields["measure"] == .string(value: "watts"))
        #expect(fields["score"] == .exact(plan.summary.watts.after))
        // On b: 100 + 2 x 6.25 and 100 + 56.25 W; on c: 106.25 and 100 + 112.5 W.
        let other = plan.steps.first?.migration?.to == "b" ? "c" : "b"
        #expect(fields["runnerUp"] == .string(value: other))
        #expect(fields["runnerUpScore"] == .exact(other == "c" ? 318.75 : 268.75))
    }

    @Test func balancingRecordsTheImbalanceOfTheWholePlan() throws {
        let vms = (0..<8).map { VirtualMachine.vm("v\($0)", on: "a", cores: 1, memory: .gib(4)) }
        let cluster = Cluster.cluster(hosts: [.host("a"), .host("b"), .host("c")], vms: vms)
        let plan = try Planner(policy: try Policy.with("spareHosts=0")).plan(cluster: cluster, goal: .balance)
        let moves = plan.steps.compactMap { step in step.migration.map { (step, $0) } }
        #expect(!moves.isEmpty)
        for (step, move) in moves {
            guard case .object(let fields)? = step.extensions["choice"], case .number(let score)? = fields["score"],
                case .number(let other)? = fields["runnerUpScore"]
            else {
                Issue.record("\(step.id) has no choice")
                continue
            }
            // The weighted imbalance is the sum of the two deviations, the summary's their mean.
            #expect(abs(score - 2 * plan.summary.imbalance.after) < 1e-5)
            #expect(other >= score)
            #expect(fields["runnerUp"] == .string(value: move.to == "b" ? "c" : "b"))
        }
    }

    @Test func aGivenPlacementHasNoChoice() throws {
        let cluster = Cluster.cluster(hosts: [.host("a"), .host("b")], vms: [.vm("v1", on: "a")])
        let plan = try Planner(policy: try Policy.with("spareHosts=0"))
            .plan(cluster: cluster, goal: .place(target: ["v1": "b"]))
        #expect(plan.steps.map(\.extensions) == [.none])
    }
}
