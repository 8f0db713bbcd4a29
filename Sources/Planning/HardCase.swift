import ClusterModel
import Placement
import Scheduling

/// A goal for named VMs or hosts that placement and schedule, one after the other, did not reach in full.
///
/// Placement looks at final states only, and the schedule at one of them. Where hosts are so full that one move has to
/// be made possible by others, the two can miss what a row of single moves reaches: `RouteSearch` looks for it.
struct HardCase {
    private let goal: Goal
    private let found: PlacementResult
    private let packed: PackedCluster

    /// `nil` when all is reached, or when the goal is not one that needs every VM.
    init?(goal: Goal, found: PlacementResult, dropped: [DroppedMove], packed: PackedCluster) {
        switch goal {
        case .evacuate: guard !dropped.isEmpty || found.unreached.contains(where: \.mayLeave) else { return nil }
        case .place: guard !dropped.isEmpty else { return nil }
        case .balance, .powerSave, .relocate, .rolling: return nil
        }
        self.goal = goal
        self.found = found
        self.packed = packed
    }

    /// A placement with the moves that lead there; `nil` when none was found.
    func placement() -> PlacementResult? {
        switch goal {
        case .evacuate(let hosts): return evacuation(of: hosts)
        case .place: return target()
        case .balance, .powerSave, .relocate, .rolling: return nil
        }
    }

    private func target() -> PlacementResult? {
        let request = ScheduleRequest(packed: packed, target: found.target)
        guard let route = RouteSearch(request, goal: .target).steps() else { return nil }
        var result = found
        result.route = route
        return result
    }

    /// Hosts that are emptied go into maintenance; where spare capacity then stands in the way, they may stay on.
    private func evacuation(of hosts: [String]) -> PlacementResult? {
        let leaving = Set(hosts.compactMap { packed.hostIndex[$0] })
        let closing = leaving.filter { packed.host($0).state == .on }.sorted()
        for closed in packed.policy.spareHosts > 0 ? [closing, []] : [closing] {
            let request = ScheduleRequest(packed: packed, target: packed.home, enterMaintenance: closed)
            guard let route = RouteSearch(request, goal: .empty(hosts: leaving)).steps() else { continue }
            var target = packed.home
            for step in route { target[step.vm] = Int32(step.host) }
            var result = EvacuateGoal(hosts: hosts).placed(at: target, in: packed)
            if closed.isEmpty {
                result.notes += result.enterMaintenance.map {
                    "host \(packed.host($0).id) stays on when it is empty: only so do VMs leave it without spare capacity "
                        + "for \(packed.policy.spareHosts) host failures going short on the way"
                }
                result.enterMaintenance = []
            }
            result.route = route
            return result
        }
        return nil
    }
}
