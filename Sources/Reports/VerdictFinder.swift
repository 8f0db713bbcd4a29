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
    private let end: EndOfPlan
    private let measure: GoalMeasure?

    init(plan: Plan, cluster: Cluster, policy: Policy, outcome: PlanOutcome) {
        let packed = PackedCluster(cluster: cluster, policy: policy, startsAt: plan.startsAt)
        self.packed = packed
        let hostOf = (0..<packed.vmCount).map { vm in
            outcome.finalHost[packed.vm(vm).id].flatMap { packed.hostIndex[$0] }.map { Int32($0) } ?? packed.home[vm]
        }
        let isOn = outcome.hosts.map { $0.stateAfter == .on }
        end = EndOfPlan(packed: packed, goal: plan.goal, hostOf: hostOf, isOn: isOn)
        measure = GoalMeasure(goal: plan.goal, end: end, isOn: isOn)
    }

    /// `nil` for a VM that holds nothing: a stopped one.
    func answer(for vm: String) -> Answer? {
        guard let index = packed.vmIndex[vm] else { return nil }
        let unit = Int(end.pool.unitOfVM[index])
        if let pin = end.pool.pin[unit] {
            return Answer(
                refusals: [Verdict(constraint: pin.constraint, hosts: [], detail: pin.detail)], accepting: [])
        }
        let finder = RefusalFinder(state: end.state)
        var found: [(constraint: String, detail: String, hosts: [String])] = []
        var accepting: [String] = []
        for host in 0..<packed.hostCount where host != Int(end.state.hostOf[unit]) {
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
