import ClusterModel
public import MigrationModel
import Placement

/// Puts moves into an order and on a clock, so that every promise of a plan holds at every instant, in every order that
/// its `after` allows, and whichever steps fail.
public struct Scheduler: Sendable {
    /// How the VM of a packed index moves over a path of so many bits per second.
    public typealias Predictor = @Sendable (_ vm: Int, _ bandwidthBitsPerSecond: Double) -> MigrationChoice

    /// How often a plan is begun anew because a VM got stuck on a way-station.
    private static let restarts = 8

    private let request: ScheduleRequest
    private let predict: Predictor

    /// - Parameter predict: the migration model of the packed cluster when absent.
    public init(_ request: ScheduleRequest, predict: Predictor? = nil) {
        self.request = request
        let packed = request.packed
        self.predict =
            predict ?? { vm, bandwidth in packed.model.choice(for: packed.vm(vm), bandwidthBitsPerSecond: bandwidth) }
    }

    public func schedule() -> Schedule {
        let (request, unsafe) = Self.withoutUnsafeClosings(request, predict)
        guard request.route.isEmpty else {
            let run = RouteDispatcher.run(of: Workload(request: request, predict: predict))
            var schedule = StepWriter(run: run, provedMilliseconds: 0).schedule()
            schedule.droppedSwitches += unsafe
            return schedule
        }
        var found = settled(request.leavingOthers)
        if request.movesOthers, found.run.status.contains(.dropped) {
            let helped = settled(request)
            if Self.leftOut(helped.run) < Self.leftOut(found.run), !hasDisplaced(helped.run) { found = helped }
        }
        var schedule = StepWriter(run: found.run, provedMilliseconds: found.provedMilliseconds).schedule()
        schedule.droppedSwitches += unsafe
        return schedule
    }

    private static func leftOut(_ run: Run) -> Int {
        run.work.refused.count + run.status.count { $0 == .dropped }
    }

    /// Whether a VM that was to stay ends elsewhere.
    private func hasDisplaced(_ run: Run) -> Bool {
        let final = StepWriter.finalHosts(of: run)
        return final.indices.contains {
            final[$0] != request.packed.home[$0] && request.target[$0] == request.packed.home[$0]
        }
    }

    /// A run in which no VM is stuck on a way-station and no group is torn, as far as that can be had.
    private func settled(_ request: ScheduleRequest) -> OrderSearch.Found {
        var work = Workload(request: request, predict: predict)
        var banned: Set<Int32> = []
        var found = OrderSearch(work: work, banned: banned).best()
        var restarts = 0
        while true {
            let run = found.run
            let stuck = (0..<run.jobs.count).filter { run.status[$0] == .dropped && run.jobs.previousLeg[$0] >= 0 }
            if !stuck.isEmpty, restarts < Self.restarts {
                restarts += 1
                banned.formUnion(stuck.map { run.jobs.vm[$0] })
            } else {
                let torn = tornGroups(by: run)
                guard !torn.isEmpty else { return found }
                work = work.excluding(torn)
            }
            found = OrderSearch(work: work, banned: banned).best()
        }
    }

    /// Without the closings that would leave a failing host's VMs without room before anything has moved.
    static func withoutUnsafeClosings(
        _ request: ScheduleRequest, _ predict: @escaping Predictor
    ) -> (request: ScheduleRequest, dropped: [DroppedSwitch]) {
        var request = request
        var dropped: [DroppedSwitch] = []
        while !SpareGuard.lastsThroughClosings(Workload(request: request, predict: predict)) {
            guard let host = request.powerOff.popLast() ?? request.enterMaintenance.popLast() else { break }
            let reason = Refusal.Reason(
                constraint: "spareHosts", hosts: [request.packed.host(host).id],
                detail: "without it the others could not take over every failing host's VMs")
            dropped.append(DroppedSwitch(host: host, reasons: [reason]))
        }
        return (request, dropped)
    }

    /// VMs of required groups that were together at the start and would be apart at the end, because one of them stays.
    private func tornGroups(by run: Run) -> [Int: Refusal.Reason] {
        let packed = request.packed
        let final = StepWriter.finalHosts(of: run)
        var excluded: [Int: Refusal.Reason] = [:]
        let moving = Set((0..<run.work.jobs.count).map { run.work.jobs.vm[$0] })
        for group in packed.groups where group.required && group.kind == .together {
            let before = Set(group.members.map { group.domainOfHost[Int(packed.home[Int($0)])] })
            let after = Set(group.members.map { group.domainOfHost[Int(final[Int($0)])] })
            guard after.count > before.count else { continue }
            let staying = group.members.filter { final[Int($0)] != request.target[Int($0)] }.map {
                packed.vm(Int($0)).id
            }
            for member in group.members where moving.contains(member) {
                let target = packed.host(Int(request.target[Int(member)])).id
                excluded[Int(member)] = Refusal.Reason(
                    constraint: "affinity", hosts: [target],
                    detail: "rule \(group.id) keeps it with \(staying.joined(separator: ", ")), which cannot move")
            }
        }
        return excluded
    }
}
