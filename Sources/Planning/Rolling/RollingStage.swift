import ClusterModel
import Placement
import Scheduling

/// One group of hosts emptied, maintained, and refilled where the policy says so: its steps on a clock of its own, and
/// the cluster as it leaves it.
struct RollingStage {
    var hosts: [String]
    /// `after` names steps of this stage only; what earlier stages have to have done is added when all are known.
    var steps: [PlanStep]
    /// The cluster when the stage is over.
    var cluster: Cluster
    /// VMs that went to hosts which are still to be maintained, and so move once more.
    var spilled: Int
    /// VMs that are not back where they were, though the policy wants it.
    var astray: [String] = []
    /// Hosts of the group before that reboot while this one is emptied; it goes down when they are back.
    var resting: [String] = []

    var durationSeconds: Double { steps.map(\.endSeconds).max() ?? 0 }

    /// No host goes down before a moment of the stage's own clock.
    mutating func holdBack(until seconds: Double) {
        for host in hosts {
            let turn = steps.indices.filter { steps[$0].action.maintained == host }
            let delay = seconds - (turn.map { steps[$0].startSeconds }.min() ?? seconds)
            for index in turn where delay > 0 { steps[index].startSeconds += delay }
        }
    }

    /// Why a group cannot be maintained together.
    struct Obstacle: Error {
        var reasons: [Refusal.Reason]
    }
}

extension PlanStep.Action {
    /// The host that goes out of service with it, is maintained by it, or comes back.
    fileprivate var maintained: String? {
        switch self {
        case .enterMaintenance(let host), .maintain(let host), .exitMaintenance(let host): host
        case .migrate, .powerOn, .powerOff, .wait: nil
        }
    }
}

/// Tries what it takes to maintain a group of hosts, from a cluster as earlier stages have left it.
struct RollingStageMaker {
    let policy: Policy
    let request: RollingRequest
    /// The cluster before the first stage: where VMs belong.
    let original: Cluster
    /// Whether spare capacity is looked at for every moment to come also in large clusters.
    let looksAhead: Bool

    /// - Parameters:
    ///   - later: hosts that are still to be maintained, those of the group left out.
    ///   - packs: whether VMs go to the fullest hosts with room.
    ///   - resting: hosts that reboot while the group is emptied, and are back before it goes down.
    func stage(
        of group: [String], on cluster: Cluster, later: [String], packs: Bool, resting: [String], startsAt: Timestamp
    ) -> Result<RollingStage, RollingStage.Obstacle> {
        let packed = PackedCluster(cluster: cluster.resting(resting), policy: policy, startsAt: startsAt)
        let placement = EvacuateGoal(hosts: group, lastResort: later, packs: packs).place(packed)
        if !placement.unreached.isEmpty { return .failure(Self.obstacle(placement.unreached, packed)) }
        let inService = group.filter { host in cluster.hosts.contains { $0.id == host && $0.state == .on } }
        let returning = inService + group.filter { request.takenOut.contains($0) }
        let entering = resting.isEmpty ? placement.enterMaintenance : []
        if resting.isEmpty,
            let host = inService.first(where: { host in !entering.contains { packed.host($0).id == host } })
        {
            return .failure(Self.lackOfSpare(host, policy))
        }
        var ask = ScheduleRequest(packed: packed, target: placement.target, enterMaintenance: entering)
        ask.looksAhead = looksAhead
        ask.movesOthers = true
        let schedule = Scheduler(ask).schedule()
        let lacking = schedule.dropped.flatMap(\.reasons) + schedule.droppedSwitches.flatMap(\.reasons)
        guard lacking.isEmpty else { return .failure(RollingStage.Obstacle(reasons: lacking)) }
        let laterHosts = Set(later)
        let spilled = schedule.steps.count { $0.migration.map { laterHosts.contains($0.to) } ?? false }
        var stage = RollingStage(
            hosts: group, steps: reasoned(schedule.steps, placement, packed), cluster: cluster, spilled: spilled)
        stage.cluster.apply(schedule.steps)
        stage.resting = resting
        if !resting.isEmpty, let obstacle = takeOut(inService, &stage, startsAt) { return .failure(obstacle) }
        maintain(returning: Set(returning), &stage)
        if policy.rolling.restorePlacement { restore(&stage, startsAt) }
        return .success(stage)
    }

    private static func obstacle(_ unreached: [Unreached], _ packed: PackedCluster) -> RollingStage.Obstacle {
        RollingStage.Obstacle(
            reasons: unreached.flatMap { entry in
                entry.reasons.map { reason in
                    Refusal.Reason(
                        constraint: reason.constraint, hosts: reason.hosts.map { packed.host($0).id },
                        detail: "VM \(packed.vm(entry.vm).id): \(reason.detail)")
                }
            })
    }

    private static func lackOfSpare(_ host: String, _ policy: Policy) -> RollingStage.Obstacle {
        RollingStage.Obstacle(reasons: [
            Refusal.Reason(
                constraint: "spareHosts", hosts: [host],
                detail: "without it spare capacity for \(policy.spareHosts) host failures would be missing")
        ])
    }

    private func reasoned(_ steps: [PlanStep], _ placement: PlacementResult, _ packed: PackedCluster) -> [PlanStep] {
        steps.map { step in
            var step = step
            switch step.action {
            case .migrate(let migration):
                let why =
                    packed.vmIndex[migration.vm].flatMap { placement.reasons[$0] } ?? "makes room for another move"
                step.reason = "\(why); \(step.reason)"
            case .enterMaintenance(let host): step.reason = "\(host) is empty"
            case .powerOff, .powerOn, .exitMaintenance, .maintain, .wait: break
            }
            return step
        }
    }

    // MARK: Maintenance

    /// Hosts go out of service when they are empty, with those that rested back; the obstacle where spare capacity
    /// forbids it.
    private func takeOut(_ inService: [String], _ stage: inout RollingStage, _ startsAt: Timestamp) -> RollingStage
        .Obstacle?
    {
        let packed = PackedCluster(cluster: stage.cluster, policy: policy, startsAt: startsAt)
        let schedule = Scheduler(
            ScheduleRequest(
                packed: packed, target: packed.home, enterMaintenance: inService.compactMap { packed.hostIndex[$0] })
        ).schedule()
        let lacking = schedule.droppedSwitches.flatMap(\.reasons)
        guard lacking.isEmpty else { return RollingStage.Obstacle(reasons: lacking) }
        for step in schedule.steps {
            guard case .enterMaintenance(let host) = step.action else { continue }
            let departures = stage.steps.filter { $0.migration?.from == host }
            var step = step
            step.id = "enter \(host)"
            step.startSeconds = departures.map(\.endSeconds).max() ?? 0
            step.after = departures.map(\.id)
            step.reason = "\(host) is empty"
            stage.steps.append(step)
        }
        return nil
    }

    /// Each host is maintained as soon as it is empty. One that was in maintenance before stays so.
    private func maintain(returning: Set<String>, _ stage: inout RollingStage) {
        for host in stage.hosts {
            let departures = stage.steps.filter { $0.migration?.from == host }
            let entered = stage.steps.first { $0.action == .enterMaintenance(host: host) }
            let start = entered?.endSeconds ?? departures.map(\.endSeconds).max() ?? 0
            stage.steps.append(
                PlanStep(
                    id: "maintain \(host)", action: .maintain(host: host), startSeconds: start,
                    durationSeconds: request.rebootSeconds, after: entered.map { [$0.id] } ?? departures.map(\.id),
                    reason: "it is the turn of \(host)"))
            guard returning.contains(host) else { continue }
            stage.steps.append(
                PlanStep(
                    id: "exit \(host)", action: .exitMaintenance(host: host),
                    startSeconds: start + request.rebootSeconds, durationSeconds: 0, after: ["maintain \(host)"],
                    reason: "\(host) is maintained and takes VMs again"))
            if let index = stage.cluster.hosts.firstIndex(where: { $0.id == host }) {
                stage.cluster.hosts[index].state = .on
            }
        }
    }

    // MARK: Back

    /// VMs go back to where they were, as far as their hosts are in service.
    private func restore(_ stage: inout RollingStage, _ startsAt: Timestamp) {
        let back = stage.durationSeconds
        let packed = PackedCluster(
            cluster: stage.cluster, policy: policy, startsAt: startsAt.adding(seconds: back))
        let belongs = Dictionary(original.vms.map { ($0.id, $0.host) }, uniquingKeysWith: { first, _ in first })
        var target: [String: String] = [:]
        for vm in stage.cluster.vms where vm.state != .stopped {
            guard let home = belongs[vm.id] ?? nil, vm.host != home,
                packed.hostIndex[home].map({ packed.takesVMs[$0] }) ?? false
            else { continue }
            target[vm.id] = home
        }
        guard !target.isEmpty else { return }
        let placement = PlaceGoal(target: target).place(packed)
        var ask = ScheduleRequest(packed: packed, target: placement.target)
        ask.looksAhead = looksAhead
        ask.movesOthers = true
        let schedule = Scheduler(ask).schedule()
        let exits = stage.steps.compactMap { step in
            if case .exitMaintenance = step.action { step.id } else { nil }
        }
        stage.steps += schedule.steps.map { step in
            var step = step
            step.id = "back \(step.id)"
            step.startSeconds += back
            step.after = exits + step.after.map { "back \($0)" }
            step.reason = "it was on \(step.migration?.to ?? "") before; \(step.reason)"
            return step
        }
        stage.cluster.apply(schedule.steps)
        let places = Dictionary(stage.cluster.vms.map { ($0.id, $0.host) }, uniquingKeysWith: { first, _ in first })
        stage.astray = target.keys.filter { places[$0] != target[$0] }.sorted()
    }
}

extension Cluster {
    /// The cluster while some hosts are out of service.
    fileprivate func resting(_ resting: [String]) -> Cluster {
        var cluster = self
        for index in cluster.hosts.indices where resting.contains(cluster.hosts[index].id) {
            cluster.hosts[index].state = .maintenance
        }
        return cluster
    }

    /// The cluster after steps that all went well.
    mutating func apply(_ steps: [PlanStep]) {
        let end = ClusterFigures(cluster: self, memory: .configured).state(after: steps)
        for index in vms.indices { vms[index].host = end.hostOfVM[vms[index].id] ?? vms[index].host }
        for index in hosts.indices { hosts[index].state = end.hostState[index] }
    }
}
