import ClusterModel
import Placement

/// What would change a refusal: verified by planning with it where that is cheap, else a first word by the constraint;
/// `drover explain` goes further.
enum Unblocking {
    /// Refused VMs, and hosts times VMs times dimensions, up to which relaxations are verified while planning.
    private static let (mostRefused, mostSize) = (4, 3000)
    /// Plans made for it, at most.
    private static let mostPlans = 40

    /// Whether verified relaxations may be looked for while planning: a small cluster and few refusals of an
    /// evacuation.
    static func isCheap(_ plan: Plan, on packed: PackedCluster) -> Bool {
        guard case .evacuate = plan.goal, !plan.refusals.isEmpty else { return false }
        return plan.refusals.count <= mostRefused
            && packed.hostCount * packed.vmCount * packed.dimensionCount <= mostSize
    }

    /// Replaces the hints of refused VMs by the relaxation that asks least, of those verified alone.
    static func verify(_ plan: inout Plan, cluster: Cluster, policy: Policy) {
        let finder = RelaxationFinder(
            cluster: cluster, policy: policy, goal: plan.goal, startsAt: plan.startsAt, plans: mostPlans)
        let answer = finder.answer(pairs: false)
        for index in plan.refusals.indices {
            guard case .vm(let id, _) = plan.refusals[index].subject, let best = answer.remedies[id]?.first else {
                continue
            }
            plan.refusals[index].unblock = best.words + " (verified by planning with it)"
        }
    }

    /// The constraint that refuses the most hosts decides.
    static func hint(for reasons: [Refusal.Reason]) -> String? {
        guard let reason = reasons.max(by: { $0.hosts.count < $1.hosts.count }) else { return nil }
        switch reason.constraint {
        case "cpu", "memory", "disk", "network", "localDisk":
            return
                "free room on one of \(reason.hosts.count) hosts, wake a sleeping host, or raise limits.\(reason.constraint)"
        case "antiAffinity", "affinity", "hostRule":
            return "make the rule soft (required: false), or change whom it names"
        case "datastore": return "connect a host to it, or move the data first"
        case "cpuModel", "architecture": return "give the guest a CPU model that more hosts have"
        case "hostState": return "bring one of the hosts \(reason.hosts.prefix(3).joined(separator: ", ")) into service"
        case "window": return "a longer window, or fewer hosts in it"
        case "spareHosts": return "wake a sleeping host, or lower spareHosts for the maintenance"
        case "coolDown": return "wait until the cool-down is over, or lower coolDownSeconds"
        case "migratability": return "shut the VM down, or remove what ties it to its host"
        case "convergence", "downtime", "pause":
            return
                "allow another mode (modes), a longer pause (maxDowntimeMilliseconds), or use a faster migration link"
        default: return nil
        }
    }
}
