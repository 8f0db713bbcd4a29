import ClusterModel
import Placement
import PlanCheck
import Randomness
import Scheduling
import TestSupport
import Testing

/// What holds for every schedule.
@Suite struct ScheduleProperties {
    @Test(arguments: UInt64(0)..<150) func theCheckerAcceptsEverySchedule(seed: UInt64) {
        let random = RandomCluster(seed: seed)
        let result = Scheduled(random.cluster, to: random.target, policy: .plain(spareHosts: seed % 3 == 0 ? 1 : 0))
        #expect(result.violations == [], "seed \(seed)")
        let moved = Set(result.schedule.steps.compactMap(\.migration?.vm))
        let left = Set(result.schedule.dropped.map { random.cluster.vms[$0.vm].id })
        #expect(moved.union(left) == Set(random.target.keys), "seed \(seed)")
        #expect(result.schedule.dropped.allSatisfy { !$0.reasons.isEmpty })
        #expect(result.schedule.makespanSeconds >= result.schedule.lowerBoundSeconds, "seed \(seed)")
    }

    /// Small enough for the shortest schedule to be found: a bound that claims too much would be above it.
    @Test(arguments: UInt64(0)..<20) func theBoundIsNeverAboveTheMakespan(block: UInt64) {
        var atBound = 0
        for seed in block * 20..<(block + 1) * 20 {
            let random = RandomCluster(seed: seed &+ 20_000, hosts: 4, moves: 7, replacesHost: seed % 4 == 0)
            let schedule = Scheduled(
                random.cluster, to: random.target, powerOn: random.woken, powerOff: random.emptied
            ).schedule
            #expect(schedule.makespanSeconds >= schedule.lowerBoundSeconds, "seed \(seed)")
            if schedule.makespanSeconds == schedule.lowerBoundSeconds { atBound += 1 }
        }
        #expect(atBound >= 8, "of 20, proved the shortest")
    }

    @Test func theSameInputGivesTheSameSteps() {
        for seed in UInt64(0)..<20 {
            let random = RandomCluster(seed: seed)
            let first = Scheduled(random.cluster, to: random.target).schedule
            let second = Scheduled(random.cluster, to: random.target).schedule
            #expect(first.steps == second.steps && first.dropped == second.dropped, "seed \(seed)")
        }
    }

    /// Larger clusters take the queues instead of the search.
    @Test(arguments: UInt64(0)..<20) func largeSchedulesAreAcceptedToo(seed: UInt64) {
        let random = RandomCluster(seed: seed &+ 900, hosts: 20, moves: 90)
        let result = Scheduled(random.cluster, to: random.target)
        #expect(result.violations == [], "seed \(seed)")
    }

    /// A night's consolidation: a sixth of the hosts is emptied into the others and switched off, one host spare.
    @Test func consolidationWithSpareCapacityIsQuick() {
        var random = SplitMix64(seed: 7)
        let kept = 250
        let hosts = (0..<300).map { Host.host("h\($0)", cores: 64, memory: .gib(384)) }
        var vms: [VirtualMachine] = []
        for host in 0..<300 {
            for _ in 0..<(host < kept ? 16 : 12) {
                let memory = Int64.gib(Int64.random(in: 8...24, using: &random))
                vms.append(.vm("v\(vms.count)", on: "h\(host)", cores: 2, memory: memory))
            }
        }
        var next = 0
        var target: [String: String] = [:]
        for vm in vms.indices.dropFirst(kept * 16) {
            target["v\(vm)"] = "h\(next % kept)"
            next += 1
        }
        let clock = ContinuousClock()
        let began = clock.now
        let result = Scheduled(
            .cluster(hosts: hosts, vms: vms), to: target, policy: .plain(spareHosts: 1),
            powerOff: (kept..<300).map { "h\($0)" })
        let took = clock.now - began
        let ratio = result.schedule.makespanSeconds / result.schedule.lowerBoundSeconds
        print("consolidation of \(target.count) VMs: \(took), \(ratio) of the bound")
        #expect(result.schedule.dropped.isEmpty && result.schedule.droppedSwitches.isEmpty)
        #expect(ratio <= 1.10)
        #expect(result.violations == [])
    }

    @Test func tenThousandMovesAreNearTheBound() {
        let random = SpaciousCluster(hosts: 1000, moves: 10_000)
        let packed = PackedCluster(
            cluster: random.cluster, policy: .plain(spareHosts: 1), startsAt: random.cluster.takenAt)
        let clock = ContinuousClock()
        let began = clock.now
        let schedule = Scheduler(ScheduleRequest(packed: packed, target: random.target)).schedule()
        let took = clock.now - began
        let ratio = schedule.makespanSeconds / schedule.lowerBoundSeconds
        print("10,000 moves over 1,000 hosts: \(took), \(ratio) of the bound, \(schedule.dropped.count) dropped")
        #expect(schedule.dropped.isEmpty)
        #expect(schedule.steps.count == 10_000)
        #expect(ratio <= 1.10)
        // Ten seconds on a quiet machine.
        #expect(took < .seconds(60))
    }
}

/// Many hosts with room, VMs of many sizes, each to go to some other host.
struct SpaciousCluster {
    let cluster: Cluster
    let target: [Int32]

    init(hosts hostCount: Int, moves: Int) {
        var random = SplitMix64(seed: 1)
        let hosts = (0..<hostCount).map { Host.host("h\($0)", cores: 128, memory: .gib(1024)) }
        var target: [Int32] = []
        let vms = (0..<moves).map { index in
            let home = index % hostCount
            target.append(Int32((home + Int.random(in: 1..<hostCount, using: &random)) % hostCount))
            return VirtualMachine.vm(
                "v\(index)", on: "h\(home)", memory: .gib(Int64.random(in: 1...32, using: &random)))
        }
        cluster = .cluster(hosts: hosts, vms: vms)
        self.target = target
    }
}
