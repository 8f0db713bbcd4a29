import ClusterModel
import Placement
import PlanCheck
import Scheduling
import TestSupport

extension Policy {
    /// No spare hosts and full limits, so that the numbers of a test are those of its hosts.
    static func plain(spareHosts: Int = 0) -> Policy {
        var policy = Policy()
        policy.spareHosts = spareHosts
        policy.limits = ResourceLimits(cpu: 1, memory: 1)
        return policy
    }

    var inPlan: PlanPolicy {
        PlanPolicy(
            name: name, digest: "0", spareHosts: spareHosts, memory: memory, limits: limits, defaults: defaults,
            horizonSeconds: horizonSeconds, maxDowntimeMilliseconds: maxDowntimeMilliseconds)
    }
}

/// A cluster, where its VMs are to go, and the schedule that comes of it.
struct Scheduled {
    let cluster: Cluster
    let policy: Policy
    let target: [String: String]
    let schedule: Schedule

    init(
        _ cluster: Cluster, to target: [String: String], policy: Policy = .plain(), powerOn: [String] = [],
        powerOff: [String] = [], enterMaintenance: [String] = [], emptyFirst: [String] = [],
        deadlines: [String: Double] = [:], earliest: [String: Double] = [:], effort: Int = 2000,
        movesOthers: Bool = false
    ) {
        self.cluster = cluster
        self.policy = policy
        self.target = target
        let packed = PackedCluster(cluster: cluster, policy: policy, startsAt: cluster.takenAt)
        func hosts(_ names: [String]) -> [Int] { names.compactMap { packed.hostIndex[$0] } }
        let goal = (0..<packed.vmCount).map { vm in
            target[packed.vm(vm).id].flatMap { packed.hostIndex[$0] }.map { Int32($0) } ?? packed.home[vm]
        }
        var request = ScheduleRequest(
            packed: packed, target: goal, powerOn: hosts(powerOn), powerOff: hosts(powerOff),
            enterMaintenance: hosts(enterMaintenance), effort: effort)
        request.movesOthers = movesOthers
        request.emptyFirst = hosts(emptyFirst)
        for (host, seconds) in deadlines { request.deadlineSeconds[packed.hostIndex[host] ?? -1] = seconds }
        for (vm, seconds) in earliest { request.earliestStartSeconds[packed.vmIndex[vm] ?? -1] = seconds }
        schedule = Scheduler(request).schedule()
    }

    /// What the independent checker finds, claims about goal, status and figures aside: those are the planner's.
    var violations: [Violation] {
        let plan = Plan.plan(for: cluster, goal: .place(target: target), policy: policy.inPlan, schedule.steps)
        let claims: Set<Promise> = [.status, .summary, .unsaidRefusal]
        return PlanChecker(cluster: cluster, plan: plan).violations().filter { !claims.contains($0.promise) }
    }

    /// "vm a>b" or "powerOff a", in order.
    var story: [String] {
        schedule.steps.map { step in
            switch step.action {
            case .migrate(let move): "\(move.vm) \(move.from)>\(move.to)"
            case .powerOn(let host), .powerOff(let host), .enterMaintenance(let host), .exitMaintenance(let host),
                .maintain(let host):
                "\(step.action.name) \(host)"
            case .wait: "wait"
            }
        }
    }

    func step(_ text: String) -> PlanStep? { zip(story, schedule.steps).first { $0.0 == text }?.1 }

    /// The stories of the steps that a step waits for.
    func after(_ text: String) -> [String] {
        let names = Dictionary(uniqueKeysWithValues: zip(schedule.steps.map(\.id), story))
        return (step(text)?.after ?? []).compactMap { names[$0] }.sorted()
    }
}
