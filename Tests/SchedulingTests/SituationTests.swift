import ClusterModel
import Scheduling
import TestSupport
import Testing

/// One situation a test, small enough to see on paper what must come out.
@Suite struct SituationTests {
    /// Each host holds 64 GiB.
    static func full(_ id: String, on host: String, gib: Int64 = 40) -> VirtualMachine {
        .vm(id, on: host, memory: .gib(gib))
    }

    @Test func ringTurnsByOneWayStation() {
        let result = Scheduled(
            .cluster(
                hosts: ["a", "b", "c", "spare"].map { .host($0) },
                vms: [Self.full("v1", on: "a"), Self.full("v2", on: "b"), Self.full("v3", on: "c")]),
            to: ["v1": "b", "v2": "c", "v3": "a"])
        #expect(result.schedule.dropped.isEmpty)
        #expect(result.story.count == 4)
        #expect(result.story.filter { $0.contains("spare") }.count == 2)
        #expect(result.violations == [])
    }

    @Test func swapWithoutWayStationIsDroppedAndTheRestGoes() {
        let result = Scheduled(
            .cluster(
                hosts: ["a", "b", "c", "d"].map { .host($0) },
                vms: [
                    Self.full("v1", on: "a"), Self.full("v2", on: "b"), Self.full("fill", on: "c"),
                    .vm("small", on: "c"),
                ] + [Self.full("other", on: "d")]),
            to: ["v1": "b", "v2": "a", "small": "d"])
        #expect(result.story == ["small c>d"])
        #expect(result.schedule.dropped.map(\.reasons.first?.constraint) == ["memory", "memory"])
        #expect(result.schedule.dropped.map(\.reasons.first?.hosts) == [["b"], ["a"]])
        #expect(result.violations == [])
    }

    @Test func theSmallestVMOnTheFastestPathStopsOver() {
        // Both could go by way of either host; v2 is smaller, and the way to `far` is slower.
        var far = Host.host("far")
        far.migrationBitsPerSecond = 1e9
        let result = Scheduled(
            .cluster(
                hosts: [.host("a"), .host("b"), far, .host("near")],
                vms: [Self.full("v1", on: "a"), Self.full("v2", on: "b", gib: 36)]),
            to: ["v1": "b", "v2": "a"])
        #expect(result.story == ["v2 b>near", "v1 a>b", "v2 near>a"])
        #expect(result.violations == [])
    }

    @Test func aVMThatStaysMakesRoomForASwapAndComesBack() {
        // v1 and v2 swap; only `small` fits on the third host.
        let cluster = Cluster.cluster(
            hosts: ["a", "b", "c"].map { .host($0) },
            vms: [
                Self.full("v1", on: "a", gib: 24), Self.full("x", on: "a", gib: 36), Self.full("v2", on: "b", gib: 24),
                Self.full("small", on: "b", gib: 20), Self.full("y", on: "b", gib: 16),
                Self.full("z", on: "c", gib: 44),
            ])
        let swap = ["v1": "b", "v2": "a"]
        let result = Scheduled(cluster, to: swap, movesOthers: true)
        #expect(result.story == ["small b>c", "v1 a>b", "v2 b>a", "small c>b"])
        #expect(result.schedule.dropped.isEmpty)
        #expect(result.violations == [])
        #expect(Scheduled(cluster, to: swap).story.isEmpty)
    }

    @Test func arrivalWaitsForTheDepartureWhoseRoomItTakes() {
        let result = Scheduled(
            .cluster(
                hosts: ["a", "b", "c"].map { .host($0) }, vms: [Self.full("v1", on: "a"), Self.full("v2", on: "b")]),
            to: ["v1": "b", "v2": "c"])
        #expect(result.story == ["v2 b>c", "v1 a>b"])
        #expect(result.after("v1 a>b") == ["v2 b>c"])
        #expect(result.after("v2 b>c") == [])
    }

    @Test func freeRoomIsTakenWithoutWaiting() {
        let result = Scheduled(
            .cluster(hosts: ["a", "b", "c"].map { .host($0) }, vms: [.vm("v1", on: "a"), .vm("v2", on: "b")]),
            to: ["v1": "b", "v2": "c"])
        #expect(result.schedule.steps.allSatisfy { $0.after.isEmpty && $0.startSeconds == 0 })
    }

    @Test func separatedVMsFollowOneAnother() {
        let result = Scheduled(
            .cluster(
                hosts: ["a", "b", "c"].map { .host($0) }, vms: [.vm("v1", on: "a"), .vm("v2", on: "b")],
                rules: [.apart("r", ["v1", "v2"])]),
            to: ["v1": "b", "v2": "c"])
        #expect(result.after("v1 a>b") == ["v2 b>c"])
        #expect(result.violations == [])
    }

    @Test func separatedVMsSwapByAWayStation() {
        let rules: [Rule] = [.apart("r", ["v1", "v2"])]
        let vms: [VirtualMachine] = [.vm("v1", on: "a"), .vm("v2", on: "b")]
        let three = Scheduled(
            .cluster(hosts: ["a", "b", "c"].map { .host($0) }, vms: vms, rules: rules), to: ["v1": "b", "v2": "a"])
        #expect(three.schedule.dropped.isEmpty && three.story.count == 3)
        #expect(three.violations == [])
        let two = Scheduled(
            .cluster(hosts: ["a", "b"].map { .host($0) }, vms: vms, rules: rules), to: ["v1": "b", "v2": "a"])
        #expect(two.story.isEmpty)
        #expect(two.schedule.dropped.map(\.reasons.first?.constraint) == ["antiAffinity", "antiAffinity"])
    }

    @Test func hostIsSwitchedOnBeforeUseAndOffAfterTheLast() {
        let result = Scheduled(
            .cluster(
                hosts: [.host("a"), .host("b", state: .standby)], vms: [.vm("v1", on: "a"), .vm("v2", on: "a")]),
            to: ["v1": "b", "v2": "b"], powerOn: ["b"], powerOff: ["a"])
        #expect(result.story == ["powerOn b", "v1 a>b", "v2 a>b", "powerOff a"])
        #expect(result.step("v1 a>b")?.startSeconds == 180)
        #expect(result.after("v1 a>b") == ["powerOn b"])
        #expect(result.after("powerOff a") == ["v1 a>b", "v2 a>b"])
        let last = result.step("v2 a>b")?.endSeconds ?? 0
        #expect(abs((result.step("powerOff a")?.startSeconds ?? 0) - last) < 1e-9)
        #expect(result.violations == [])
    }

    @Test func hostThatKeepsAVMIsNotSwitchedOff() {
        var pinned = VirtualMachine.vm("v1", on: "a")
        pinned.migration = .none
        let result = Scheduled(
            .cluster(hosts: [.host("a"), .host("b")], vms: [pinned, .vm("v2", on: "a")]), to: ["v1": "b", "v2": "b"],
            powerOff: ["a"])
        #expect(result.story == ["v2 a>b"])
        #expect(result.schedule.dropped.map(\.vm) == [0])
        #expect(result.schedule.droppedSwitches.map(\.host) == [0])
    }

    @Test func maintenanceFollowsTheLastDeparture() {
        let result = Scheduled(
            .cluster(hosts: [.host("a"), .host("b")], vms: [.vm("v1", on: "a")]), to: ["v1": "b"],
            enterMaintenance: ["a"])
        #expect(result.story == ["v1 a>b", "enterMaintenance a"])
        #expect(result.after("enterMaintenance a") == ["v1 a>b"])
    }

    @Test func movesShareTheLinkBetweenSites() {
        let hosts: [Host] = [
            .host("p1", site: "paris"), .host("p2", site: "paris"), .host("l1", site: "lyon"),
            .host("l2", site: "lyon"),
        ]
        let link = Link(first: .site(name: "paris"), second: .site(name: "lyon"), bitsPerSecond: 1e10)
        let vms: [VirtualMachine] = [.vm("v1", on: "p1"), .vm("v2", on: "p2"), .vm("v3", on: "l1")]
        let shared = Scheduled(
            .cluster(hosts: hosts, vms: vms, links: [link]), to: ["v1": "l1", "v2": "l2", "v3": "p1"])
        let first = shared.step("v1 p1>l1")?.endSeconds ?? 0
        #expect(abs((shared.step("v2 p2>l2")?.startSeconds ?? 0) - first) < 1e-9)
        // The other direction is free.
        #expect(shared.step("v3 l1>p1")?.startSeconds == 0)
        #expect(shared.violations == [])
        let apart = Scheduled(.cluster(hosts: hosts, vms: vms), to: ["v1": "l1", "v2": "l2", "v3": "p1"])
        #expect(apart.schedule.steps.allSatisfy { $0.startSeconds == 0 })
    }

    @Test func oneMoveAtATimeOverAFullHostLink() {
        let result = Scheduled(
            .cluster(hosts: ["a", "b", "c"].map { .host($0) }, vms: [.vm("v1", on: "a"), .vm("v2", on: "a")]),
            to: ["v1": "b", "v2": "c"])
        #expect(result.step("v2 a>c")?.startSeconds == result.step("v1 a>b")?.endSeconds)
        #expect(result.schedule.makespanSeconds == result.schedule.lowerBoundSeconds)
    }

    @Test func hostAboveItsLimitTakesNobodyUntilItIsBelow() {
        // 72 of 64 GiB: v3 (2 GiB) may come once v1 and v2 (8 GiB each) have both gone, or one of them has: 72 - 8 = 64
        // still has no room, so both must.
        let result = Scheduled(
            .cluster(
                hosts: ["a", "b", "c"].map { .host($0) },
                vms: [
                    .vm("big", on: "a", memory: .gib(56)), .vm("v1", on: "a", memory: .gib(8)),
                    .vm("v2", on: "a", memory: .gib(8)), .vm("v3", on: "b", memory: .gib(2)),
                ]),
            to: ["v1": "b", "v2": "c", "v3": "a"])
        #expect(result.after("v3 b>a") == ["v1 a>b", "v2 a>c"])
        #expect(result.violations == [])
    }

    @Test func moveThatWouldCostSpareCapacityIsNotMade() {
        // Whichever fails of a and b, c takes over, until it holds 20 GiB: then nobody has room for b's 50.
        let vms: [VirtualMachine] = [
            .vm("v1", on: "a", memory: .gib(20)), .vm("v2", on: "a", memory: .gib(10)),
            .vm("v3", on: "b", memory: .gib(50)),
        ]
        let cluster = Cluster.cluster(hosts: ["a", "b", "c"].map { .host($0) }, vms: vms)
        let safe = Scheduled(cluster, to: ["v1": "c"], policy: .plain(spareHosts: 1))
        #expect(safe.story.isEmpty)
        #expect(safe.schedule.dropped.map(\.reasons.first?.constraint) == ["spareHosts"])
        #expect(Scheduled(cluster, to: ["v1": "c"]).story == ["v1 a>c"])
    }

    @Test func roomHeldAtTheDestinationIsFreeAgainWhenTheSourceFails() {
        // On the way v1 counts in a and in b; when a fails, b has room for all of a's, v1's own place included.
        let vms: [VirtualMachine] = [
            .vm("v1", on: "a", memory: .gib(20)), .vm("v2", on: "a", memory: .gib(10)),
            .vm("v3", on: "b", memory: .gib(30)),
        ]
        let result = Scheduled(
            .cluster(hosts: [.host("a"), .host("b")], vms: vms), to: ["v1": "b"], policy: .plain(spareHosts: 1))
        #expect(result.story == ["v1 a>b"])
        #expect(result.violations == [])
    }

    @Test func groupThatOneMemberCannotLeaveStaysTogether() {
        var pinned = VirtualMachine.vm("v1", on: "a")
        pinned.migration = .none
        let result = Scheduled(
            .cluster(
                hosts: [.host("a"), .host("b")], vms: [pinned, .vm("v2", on: "a"), .vm("v3", on: "a")],
                rules: [.together("r", ["v1", "v2"])]),
            to: ["v1": "b", "v2": "b", "v3": "b"])
        #expect(result.story == ["v3 a>b"])
        #expect(result.schedule.dropped.map(\.vm) == [0, 1])
        #expect(result.schedule.dropped.last?.reasons.first?.constraint == "affinity")
    }

    @Test func nothingToDoIsNoSteps() {
        let result = Scheduled(.cluster(hosts: [.host("a")], vms: [.vm("v1", on: "a")]), to: [:])
        #expect(result.schedule.steps.isEmpty && result.schedule.makespanSeconds == 0)
        #expect(result.schedule.lowerBoundSeconds == 0)
    }
}
