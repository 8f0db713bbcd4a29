import ClusterModel
import Placement
import Scheduling

/// A placement and its schedule.
typealias Planned = (placement: PlacementResult, schedule: Schedule)

/// Plans again from where a plan is to end, until nothing is left to do, and makes one plan of all of it.
///
/// A search that starts at its own result sees what it did not see from the first placement: moves that only became
/// possible, or worth their price, with the others made. Whoever plans again an hour later would get them then. So they
/// are taken in now, and what is left is a placement that planning leaves alone.
struct Settling {
    /// Hosts times VMs, at most: a larger cluster is planned once.
    private static let largestCluster = 5_000_000
    /// How often a result is planned again. Each time has to gain what a plan of its own must.
    private static let rounds = 8

    let maker: PlanMaker
    let search: any PlacementGoal

    private var packed: PackedCluster { maker.packed }

    /// `nil` when nothing follows the plan, or when what follows cannot be made part of it.
    func settled(_ first: Planned) -> Planned? {
        guard packed.hostCount * packed.vmCount <= Self.largestCluster, packed.policy.maxMoves == nil else {
            return nil
        }
        var current = first
        var isChanged = false
        for _ in 0..<Self.rounds where !packed.isOutOfTime && !isOver(current) {
            let middle = packed.after(current.schedule.steps)
            var onward = maker
            onward.packed = middle
            let next = onward.reached(onward.scheduled(search.place(middle)))
            guard !next.schedule.steps.isEmpty, let joined = joined(current, next, middle) else { break }
            current = joined
            isChanged = true
        }
        return isChanged ? current : nil
    }

    /// Whether there is nothing that could follow: no step, or VMs that all are where they were asked to be.
    private func isOver(_ planned: Planned) -> Bool {
        if planned.schedule.steps.isEmpty { return true }
        switch maker.goal {
        case .balance, .powerSave: return false
        case .relocate, .rolling: return true
        case .evacuate, .place:
            return planned.schedule.dropped.isEmpty && planned.schedule.droppedSwitches.isEmpty
                && !planned.placement.unreached.contains(where: \.mayLeave)
        }
    }

    /// One plan of two: each VM straight to where it ends, or, where that leaves something out, all moves in a row.
    private func joined(_ first: Planned, _ second: Planned, _ middle: PackedCluster) -> Planned? {
        var placement = second.placement
        placement.take(over: first.placement, ending: second.schedule.final, from: packed)
        let end = middle.after(second.schedule.steps)
        placement.switchHosts(from: packed, to: end)
        for route in [[], Self.route(of: first.schedule, packed) + Self.route(of: second.schedule, packed)] {
            placement.route = route
            var schedule = maker.schedule(placement)
            guard schedule.dropped.isEmpty, schedule.droppedSwitches.isEmpty, schedule.final == second.schedule.final
            else {
                continue
            }
            schedule.dropped = second.schedule.dropped
            schedule.droppedSwitches = second.schedule.droppedSwitches
            return (placement, schedule)
        }
        return nil
    }

    /// The moves in the order in which they start: each is safe when those before it have ended.
    private static func route(of schedule: Schedule, _ packed: PackedCluster) -> [PlacementResult.Move] {
        schedule.steps.compactMap { step in
            guard let move = step.migration, let vm = packed.vmIndex[move.vm], let host = packed.hostIndex[move.to]
            else {
                return nil
            }
            return PlacementResult.Move(vm: vm, host: host)
        }
    }
}

extension PackedCluster {
    /// The cluster after all steps went well. What has moved is in no cool-down.
    fileprivate func after(_ steps: [PlanStep]) -> PackedCluster {
        let end = ClusterFigures(cluster: cluster, memory: policy.memory).state(after: steps)
        var cluster = cluster
        for vm in cluster.vms.indices {
            guard let host = end.hostOfVM[cluster.vms[vm].id], host != cluster.vms[vm].host else { continue }
            cluster.vms[vm].host = host
            cluster.vms[vm].lastMigratedAt = nil
        }
        for host in cluster.hosts.indices { cluster.hosts[host].state = end.hostState[host] }
        return withCluster(cluster)
    }
}
