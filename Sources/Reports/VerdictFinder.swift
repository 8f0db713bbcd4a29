import ClusterModel
import Placement

/// Asks the placement's own constraints, at the end of a plan, where a VM could be and what refuses it elsewhere.
struct VerdictFinder {
    /// One constraint and the hosts that it refuses to a VM.
    struct Verdict {
        let constraint: String
        /// Empty when the reason does not depend on a host.
        let hosts: [String]
        let detail: String
    }

    struct Answer {
        let refusals: [Verdict]
        /// Hosts that would take the VM at the end of the plan.
        let accepting: [String]
    }

    private let packed: PackedCluster
    private let pool: UnitPool
    private let state: PlacementState

    init(plan: Plan, cluster: Cluster, policy: Policy, outcome: PlanOutcome) {
        let packed = PackedCluster(cluster: cluster, policy: policy, startsAt: plan.startsAt)
        self.packed = packed
        let honoursCoolDown =
            switch plan.goal {
            case .balance, .powerSave: true
            case .evacuate, .place, .relocate, .rolling: false
            }
        pool = UnitPool(packed: packed, honoursCoolDown: honoursCoolDown)
        var state = PlacementState(pool: pool)
        let emptied = Self.hostsToEmpty(plan.goal)
        for index in 0..<packed.hostCount {
            let change = outcome.hosts[index]
            // A silent host is no destination, nor is one that the goal empties; one that the plan wakes is.
            state.isOpen[index] =
                change.stateAfter == .on && (packed.takesVMs[index] || change.host.state != .on)
                && !emptied.contains(change.host.id)
        }
        for vm in 0..<packed.vmCount {
            guard let host = outcome.finalHost[packed.vm(vm).id].flatMap({ packed.hostIndex[$0] }) else { continue }
            let unit = Int(pool.unitOfVM[vm])
            if Int(state.hostOf[unit]) != host { state.place(unit, on: host) }
        }
        self.state = state
    }

    private static func hostsToEmpty(_ goal: Goal) -> Set<String> {
        switch goal {
        case .evacuate(let hosts): Set(hosts)
        case .balance, .powerSave, .place, .relocate, .rolling: []
        }
    }

    /// `nil` for a VM that holds nothing: a stopped one.
    func answer(for vm: String) -> Answer? {
        guard let index = packed.vmIndex[vm] else { return nil }
        let unit = Int(pool.unitOfVM[index])
        if let pin = pool.pin[unit] {
            return Answer(
                refusals: [Verdict(constraint: pin.constraint, hosts: [], detail: pin.detail)], accepting: [])
        }
        let finder = RefusalFinder(state: state)
        var found: [(constraint: String, detail: String, hosts: [String])] = []
        var accepting: [String] = []
        for host in 0..<packed.hostCount where host != Int(state.hostOf[unit]) {
            let name = packed.host(host).id
            guard let (constraint, detail) = finder.refusal(of: unit, on: host) else {
                accepting.append(name)
                continue
            }
            if let position = found.firstIndex(where: { $0.constraint == constraint }) {
                found[position].hosts.append(name)
            } else {
                found.append((constraint, detail, [name]))
            }
        }
        let verdicts = found.map { Verdict(constraint: $0.constraint, hosts: $0.hosts, detail: $0.detail) }
        return Answer(refusals: verdicts, accepting: accepting)
    }
}

extension Policy {
    /// What a plan tells of the policy it was made under; all else is the default.
    init(_ policy: PlanPolicy) {
        self.init()
        name = policy.name
        limits = policy.limits
        spareHosts = policy.spareHosts
        memory = policy.memory
        horizonSeconds = policy.horizonSeconds
        repair = policy.repair
        maxDowntimeMilliseconds = policy.maxDowntimeMilliseconds
        defaults = policy.defaults
    }
}
