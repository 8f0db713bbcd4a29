import ClusterModel
import Documents
import Execution
import Planning
import Store

/// Makes a new plan for what remains when the basis of the one before no longer held.
struct Replanner {
    /// Where plans and approvals are kept; `nil` for a rehearsal, which keeps nothing and asks nobody.
    let store: ClusterStore?

    /// The order that goes on where `summary` ended: same goal, same policy, newest inventory.
    ///
    /// `nil`, with a line that says why, when nothing is left to do, nothing can be done, or the new plan needs an
    /// approval that the policy does not carry over.
    func order(
        after summary: RunSummary, of order: RunOrder, _ inventory: PlatformInventory
    ) throws -> RunOrder? {
        var cluster = order.cluster.asSeen(by: inventory)
        cluster.note(movesOf: summary)
        var plan: Plan
        do {
            plan = try self.plan(for: cluster, after: summary, of: order, at: inventory.takenAt)
        } catch {
            Terminal.note("what remains cannot be planned anew: \(error)")
            return nil
        }
        plan.complete(
            notes: ["made for what remained of plan \(order.plan.id), whose basis no longer held"], policy: order.policy
        )
        guard plan.status == .complete || plan.status == .partial, !plan.steps.isEmpty else {
            let why =
                plan.status == .infeasible ? "nothing of what remains can be done now" : "nothing remains to be done"
            Terminal.note("planned anew: \(why)")
            return nil
        }
        if let store { try PlanKeeping.keep(plan, cluster: cluster, in: store) }
        let next = RunSupport.order(plan, cluster, order.policy, approval: try approval(of: plan, after: order))
        guard next.policy.requireApproval, next.approval == nil else {
            Terminal.note("planned anew: plan \(plan.id) with \(plan.steps.count) steps goes on with what remains")
            return next
        }
        Terminal.note(
            "planned anew: plan \(plan.id) with \(plan.steps.count) steps is kept and needs an approval; to go on:\n  "
                + "drover apply \(plan.id) --approve\(store.map { " --store \($0.file.path)" } ?? "")")
        return nil
    }

    /// Made by the planner that made the first.
    private func plan(
        for cluster: Cluster, after summary: RunSummary, of order: RunOrder, at moment: Timestamp
    ) throws -> Plan {
        guard case .rolling = order.plan.goal else {
            return try Planner(policy: order.policy).plan(
                cluster: cluster, goal: order.plan.goal, startsAt: moment, createdAt: WallClock.now())
        }
        let done = Set(summary.steps.filter { $0.state.isDone }.map(\.step.id))
        guard let rest = RollingRequest(restOf: order.plan, done: done, cluster: cluster, at: moment) else {
            throw Failure(
                "the nights of plan \(order.plan.id) are over, or it does not say how it was asked for; "
                    + "drover plan rolling makes a new one")
        }
        return try RollingPlanner(policy: order.policy).plan(
            cluster: cluster, request: rest, startsAt: moment, createdAt: WallClock.now())
    }

    /// The first plan's approval, carried over where the policy allows it.
    private func approval(of plan: Plan, after order: RunOrder) throws -> Approval? {
        guard order.policy.execution.replanUnderApproval, let given = order.approval else { return nil }
        let approval = Approval(plan: plan.id, approvedBy: given.approvedBy, approvedAt: WallClock.now())
        try store?.approve(approval)
        return approval
    }

    /// How an operator plans the rest by hand.
    static func command(for goal: Goal, store: ClusterStore?) -> String {
        let source = store.map { " --store \($0.file.path)" } ?? " --cluster FILE"
        switch goal {
        case .balance: return "drover plan balance\(source)"
        case .powerSave: return "drover plan power-save\(source)"
        case .evacuate(let hosts): return "drover plan evacuate \(hosts.joined(separator: " "))\(source)"
        case .place: return "drover plan place TARGET\(source)"
        case .relocate(let from, let to): return "drover plan relocate --from site:\(from) --to site:\(to)\(source)"
        case .rolling(let hosts): return "drover plan rolling --hosts \(hosts.joined(separator: " "))\(source)"
        }
    }
}

extension Cluster {
    /// When VMs were moved counts for their cool-down.
    fileprivate mutating func note(movesOf summary: RunSummary) {
        var moved: [String: Timestamp] = [:]
        for result in summary.steps {
            guard case .succeeded(let measurement) = result.state, let migration = result.step.migration else {
                continue
            }
            moved[migration.vm] = measurement.endedAt
        }
        for index in vms.indices { vms[index].lastMigratedAt = moved[vms[index].id] ?? vms[index].lastMigratedAt }
    }
}
