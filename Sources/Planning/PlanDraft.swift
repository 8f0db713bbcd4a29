import ClusterModel
import Documents
import Placement
import Scheduling

/// Puts placement and schedule together into the document, with its figures, reasons, refusals and notes.
struct PlanDraft {
    let packed: PackedCluster
    let goal: Goal
    let placement: PlacementResult
    /// With the scheduler's reasons; without a goal's, unless they are written already.
    let steps: [PlanStep]
    var dropped: [DroppedMove] = []
    var droppedSwitches: [DroppedSwitch] = []
    let lowerBoundSeconds: Double
    /// Hosts for which the goal is not reached.
    var hostRefusals: [Refusal] = []
    /// Digest of the cluster document.
    let snapshot: String

    func plan(createdAt: Timestamp) -> Plan {
        let (cluster, policy) = (packed.cluster, packed.policy)
        let figures = ClusterFigures(cluster: cluster, memory: policy.memory)
        var steps = steps.map(withReason)
        let after = figures.state(after: steps)
        let target = finalTarget(after)
        let audit = PlacementAudit(packed: packed, target: target, isOn: after.isOn)
        let unrecorded = RunnerUps(packed: packed, goal: goal, after: after, hostOf: target).record(in: &steps)
        let refusals = vmRefusals() + hostRefusals + ruleRefusals(audit)
        var plan = Plan(
            id: "", cluster: cluster.name, createdAt: createdAt, startsAt: packed.startsAt,
            expiresAt: packed.startsAt.adding(seconds: policy.validSeconds),
            basis: Plan.Basis(snapshot: snapshot, takenAt: cluster.takenAt),
            goal: goal, policy: PlanPolicy(policy, digest: PolicyDocument.digest(of: policy)),
            status: status(steps: steps, audit: audit), steps: steps,
            summary: summary(steps, figures, after), refusals: refusals)
        plan.extensions = extensions(audit, unrecorded, steps: steps, figures: figures)
        return plan
    }

    // MARK: Steps

    private func withReason(_ step: PlanStep) -> PlanStep {
        if case .rolling = goal { return step }
        var step = step
        switch step.action {
        case .migrate(let migration):
            let why = packed.vmIndex[migration.vm].flatMap { placement.reasons[$0] } ?? "makes room for another move"
            step.reason = step.reason.isEmpty ? why : "\(why); \(step.reason)"
        case .powerOff(let host): step.reason = "\(host) is empty and not needed"
        case .powerOn(let host): step.reason = "\(host) is needed for load or spare capacity"
        case .enterMaintenance(let host): step.reason = "\(host) is empty"
        case .exitMaintenance, .maintain, .wait: break
        }
        return step
    }

    private func finalTarget(_ after: ClusterFigures.State) -> [Int32] {
        (0..<packed.vmCount).map { vm in
            let host = after.hostOfVM[packed.vm(vm).id].flatMap { packed.hostIndex[$0] }
            return host.map { Int32($0) } ?? packed.home[vm]
        }
    }

    // MARK: What is not reached

    private func status(steps: [PlanStep], audit: PlacementAudit) -> Plan.Status {
        let missed =
            goal.needsEveryVM
            ? !(placement.unreached.isEmpty && dropped.isEmpty && hostRefusals.isEmpty) : !audit.brokenRules.isEmpty
        if missed { return steps.isEmpty ? .infeasible : .partial }
        return steps.isEmpty ? .nothingToDo : .complete
    }

    private func vmRefusals() -> [Refusal] {
        guard goal.needsEveryVM else { return [] }
        var refusals = placement.unreached.map(refusal)
        let named = Set(refusals.map(\.subject))
        refusals += dropped.map { dropped in
            let vm = packed.vm(dropped.vm)
            return Refusal(subject: .vm(id: vm.id, from: vm.host), reasons: dropped.reasons)
        }.filter { !named.contains($0.subject) }
        return refusals
    }

    private func refusal(_ unreached: Unreached) -> Refusal {
        let vm = packed.vm(unreached.vm)
        let reasons = unreached.reasons.map { reason in
            Refusal.Reason(
                constraint: reason.constraint, hosts: reason.hosts.map { packed.host($0).id }, detail: reason.detail)
        }
        return Refusal(subject: .vm(id: vm.id, from: vm.host), reasons: reasons, unblock: Unblocking.hint(for: reasons))
    }

    private func ruleRefusals(_ audit: PlacementAudit) -> [Refusal] {
        audit.brokenRules.map { rule in
            let detail =
                "is broken, \(rule.violations) \(rule.violations == 1 ? "VM" : "VMs") would have to be elsewhere"
            return Refusal(
                subject: .rule(id: rule.id),
                reasons: [Refusal.Reason(constraint: rule.kind, hosts: [], detail: detail)])
        }
    }

    private func extensions(
        _ audit: PlacementAudit, _ unrecorded: String?, steps: [PlanStep], figures: ClusterFigures
    ) -> Extensions {
        var notes = placement.notes
        if !goal.needsEveryVM {
            notes += dropped.map { dropped in
                let why = dropped.reasons.first.map { "\($0.constraint): \($0.detail)" } ?? "no safe order was found"
                return "VM \(packed.vm(dropped.vm).id) stays where it is: \(why)"
            }
        }
        notes += droppedSwitches.map { dropped in
            let why = dropped.reasons.first.map { "\($0.constraint): \($0.detail)" } ?? "it does not get empty"
            return "host \(packed.host(dropped.host).id) is not switched: \(why)"
        }
        notes += audit.brokenRules.map { "required rule \($0.id) is broken and stays so" }
        let overloaded = audit.overloadedHosts.map { packed.host($0).id }
        if overloaded.count == 1 { notes.append("host \(overloaded[0]) is above a limit and stays so") }
        if overloaded.count > 1 {
            notes.append("hosts \(overloaded.joined(separator: ", ")) are above a limit and stay so")
        }
        if let unrecorded { notes.append(unrecorded) }
        var fields: [String: JSONValue] = ["lowerBoundSeconds": .exact(lowerBoundSeconds)]
        if !placement.front.isEmpty { fields["front"] = .array(values: placement.front.map(\.json)) }
        if goal == .powerSave {
            let ledger = EnergyLedger(steps: steps, figures: figures, cluster: packed.cluster, policy: packed.policy)
            fields["energy"] = ledger.json
            // Less a billionth: the bound and a plan's watts are sums in different orders.
            fields["lowerBoundWatts"] = placement.lowerBoundWatts.map { .exact($0 * (1 - 1e-9)) }
        }
        if !notes.isEmpty { fields["notes"] = .array(values: notes.map { .string(value: $0) }) }
        return .object(fields: fields)
    }

    // MARK: Figures

    private func summary(_ steps: [PlanStep], _ figures: ClusterFigures, _ after: ClusterFigures.State) -> PlanSummary {
        let before = figures.start
        let migrations = steps.compactMap(\.migration)
        return PlanSummary(
            makespanSeconds: steps.map(\.endSeconds).max() ?? 0, migrations: migrations.count,
            transferBytes: migrations.reduce(0) { $0 + $1.transferBytes },
            hostsOn: PlanSummary.HostsOn(
                before: before.isOn.count { $0 }, after: after.isOn.count { $0 },
                lowerBound: placement.lowerBoundHostsOn),
            watts: PlanSummary.BeforeAfter(before: figures.watts(before), after: figures.watts(after)),
            imbalance: PlanSummary.BeforeAfter(before: figures.imbalance(before), after: figures.imbalance(after)))
    }
}

extension Goal {
    /// Whether a VM that stays where it is makes this goal partial.
    var needsEveryVM: Bool {
        switch self {
        case .balance, .powerSave: false
        case .evacuate, .place, .relocate, .rolling: true
        }
    }
}

extension PlanPolicy {
    /// The part of the policy that a plan carries.
    init(_ policy: Policy, digest: String) {
        self.init(
            name: policy.name, digest: digest, spareHosts: policy.spareHosts, memory: policy.memory,
            limits: policy.limits, defaults: policy.defaults, horizonSeconds: policy.horizonSeconds,
            repair: policy.repair, maxDowntimeMilliseconds: policy.maxDowntimeMilliseconds)
    }
}
