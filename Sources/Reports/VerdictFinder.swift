import ClusterModel
import Placement

/// Asks the placement's own constraints, at the end of a plan, where a VM could be and what refuses it elsewhere.
struct VerdictFinder {
    /// One constraint and the hosts that it refuses to a VM.
    struct Verdict {
        let constraint: String
        /// Empty when the reason does not depend on a host.
        var hosts: [String]
        /// The first host's words.
        let detail: String
        /// For each of `hosts`: by how much, or through what.
        var measured: [MeasuredRefusal] = []
    }

    /// The best that a VM which stays could do by moving alone.
    struct BestMove {
        let host: String
        let measure: GoalMeasure.Kind
        /// The goal's measure as the plan leaves it, and with the move.
        let now: Double
        let then: Double
        /// VMs that would have to move together.
        let vms: Int
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
        var verdicts: [Verdict] = []
        var accepting: [String] = []
        for host in 0..<packed.hostCount where host != Int(end.state.hostOf[unit]) {
            let name = packed.host(host).id
            guard let refusal = finder.measuredRefusal(of: unit, on: host) else {
                accepting.append(name)
                continue
            }
            if let position = verdicts.firstIndex(where: { $0.constraint == refusal.constraint }) {
                verdicts[position].hosts.append(name)
                verdicts[position].measured.append(refusal)
            } else {
                verdicts.append(
                    Verdict(
                        constraint: refusal.constraint, hosts: [name], detail: refusal.detail, measured: [refusal]))
            }
        }
        return Answer(refusals: verdicts, accepting: accepting)
    }

    /// `nil` when no other host would take the VM, or the goal compares no places.
    func bestMove(of vm: String) -> BestMove? {
        guard let index = packed.vmIndex[vm], let measure else { return nil }
        let unit = Int(end.pool.unitOfVM[index])
        guard end.pool.pin[unit] == nil, let (host, score) = measure.runnerUp(for: unit) else { return nil }
        return BestMove(
            host: packed.host(host).id, measure: measure.kind,
            now: measure.score(of: unit, on: Int(end.state.hostOf[unit])), then: score,
            vms: end.pool.members[unit].count)
    }

    /// Hosts over which `balance` spreads.
    var hostsOn: Int { packed.takesVMs.count { $0 } }
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
