import ClusterModel
import Scheduling
import TestSupport
import Testing

/// What comes first when not all can: hosts with deadlines, hosts to be empty, guests that matter, VMs with a time.
@Suite struct ObjectiveTests {
    /// Two hosts whose VMs all go to `sink`, one at a time over its link: 16 GiB each.
    static let cluster = Cluster.cluster(
        hosts: ["a", "b", "sink"].map { .host($0) },
        vms: ["a1", "a2", "b1"].map { .vm($0, on: String($0.prefix(1)), memory: .gib(16)) })
    static let target = ["a1": "sink", "a2": "sink", "b1": "sink"]

    static func policy(_ objective: SchedulePolicy.Objective) -> Policy {
        var policy = Policy.plain()
        policy.schedule.objective = objective
        return policy
    }

    @Test func hostsBecomeEmptyInTheOrderGiven() {
        let policy = Self.policy(.firstEmpty)
        let aFirst = Scheduled(Self.cluster, to: Self.target, policy: policy, emptyFirst: ["a", "b"])
        #expect(aFirst.story.map { $0.prefix(1) } == ["a", "a", "b"])
        let bFirst = Scheduled(Self.cluster, to: Self.target, policy: policy, emptyFirst: ["b", "a"])
        #expect(bFirst.story.map { $0.prefix(1) } == ["b", "a", "a"])
        #expect(aFirst.violations == [] && bFirst.violations == [])
    }

    /// Without an order the host with the least to move.
    @Test func theHostWithTheLeastToMoveIsEmptyFirst() {
        let result = Scheduled(
            Self.cluster, to: Self.target, policy: Self.policy(.firstEmpty), enterMaintenance: ["a", "b"])
        #expect(result.story.first == "b1 b>sink")
    }

    @Test(arguments: ["a", "b"]) func theDeadlineDecidesWhoGoesFirst(host: String) throws {
        let free = Scheduled(Self.cluster, to: Self.target, deadlines: [host: 1e6])
        let each = try #require(free.schedule.steps.first?.durationSeconds)
        let needed = Double(host == "a" ? 2 : 1) * each + 0.01
        let kept = Scheduled(Self.cluster, to: Self.target, deadlines: [host: needed])
        #expect(kept.schedule.deadlines.map(\.isMissed) == [false])
        #expect(kept.story.first?.prefix(1) == host[...])
        let missed = Scheduled(Self.cluster, to: Self.target, deadlines: [host: needed - 1])
        #expect(missed.schedule.deadlines.map(\.isMissed) == [true])
        #expect(missed.schedule.deadlines.compactMap(\.emptyAtSeconds).allSatisfy { $0 <= needed })
    }

    @Test func aHostThatKeepsAVMMissesItsDeadline() {
        var cluster = Self.cluster
        cluster.vms[0].migration = .none
        let result = Scheduled(cluster, to: Self.target, deadlines: ["a": 1e6])
        #expect(result.schedule.deadlines.map(\.emptyAtSeconds) == [nil])
        #expect(result.schedule.deadlines.map(\.isMissed) == [true])
    }

    @Test func noMoveStartsBeforeItsTime() throws {
        let result = Scheduled(Self.cluster, to: Self.target, earliest: ["a1": 3600])
        let late = try #require(result.step("a1 a>sink"))
        #expect(late.startSeconds == 3600)
        #expect(late.notBefore == Self.cluster.takenAt.adding(seconds: 3600))
        #expect(result.schedule.steps.filter { $0.notBefore == nil }.allSatisfy { $0.startSeconds < 3600 })
        #expect(abs(result.schedule.makespanSeconds - result.schedule.lowerBoundSeconds) <= 0.001)
        #expect(result.violations == [])
    }

    /// Asked for, a host is never empty later than when nobody asked; 90 moves are too many for the search of orders.
    @Test(arguments: UInt64(0)..<30) func whatIsAskedForIsNeverServedWorse(seed: UInt64) {
        let isLarge = seed % 3 == 0
        let random = RandomCluster(seed: seed &+ 700, hosts: isLarge ? 20 : 6, moves: isLarge ? 90 : 14)
        func emptied(_ result: Scheduled, _ host: String) -> Double {
            let leaving = result.schedule.steps.filter { $0.migration?.from == host }
            let stays = result.schedule.dropped.contains { random.cluster.hosts[$0.staysOn].id == host }
            return stays ? .infinity : leaving.map(\.endSeconds).max() ?? 0
        }
        let free = Scheduled(random.cluster, to: random.target)
        let asked = ["h1", "h3"]
        let first = Scheduled(
            random.cluster, to: random.target, policy: Self.policy(.firstEmpty), emptyFirst: asked)
        #expect(first.violations == [])
        if first.schedule.dropped.count == free.schedule.dropped.count {
            let (now, before) = (asked.map { emptied(first, $0) }, asked.map { emptied(free, $0) })
            #expect(!before.lexicographicallyPrecedes(now), "\(now), without asking \(before)")
        }
        let deadlines = Dictionary(uniqueKeysWithValues: asked.map { ($0, min(1e6, emptied(free, $0)) * 0.6) })
        let kept = Scheduled(random.cluster, to: random.target, deadlines: deadlines)
        func tardiness(_ result: Scheduled) -> Double {
            asked.reduce(0) { $0 + max(0, emptied(result, $1) - (deadlines[$1] ?? 0)) }
        }
        #expect(kept.violations == [])
        if kept.schedule.dropped.count == free.schedule.dropped.count {
            #expect(tardiness(kept) <= tardiness(free) + 0.01)
        }
    }

    /// Whichever of two VMs of a ring stops over on the spare host, the other is left alone.
    @Test func theLessImportantGuestStopsOver() throws {
        for important in ["v1", "v2"] {
            var cluster = Cluster.cluster(
                hosts: ["a", "b", "spare"].map { .host($0) },
                vms: [.vm("v1", on: "a", memory: .gib(40)), .vm("v2", on: "b", memory: .gib(40))])
            for index in cluster.vms.indices where cluster.vms[index].id == important {
                cluster.vms[index].priority = 5
            }
            let result = Scheduled(cluster, to: ["v1": "b", "v2": "a"], policy: Self.policy(.disturbance))
            let stopsOver = result.story.filter { $0.hasSuffix(">spare") }.map { String($0.prefix(2)) }
            #expect(stopsOver.count == 1 && stopsOver != [important])
            #expect(result.violations == [])
        }
    }
}
