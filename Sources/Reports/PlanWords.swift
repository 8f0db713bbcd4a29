import ClusterModel

/// Parts of a plan in words, as all reports say them.
enum PlanWords {
    static func goal(_ goal: Goal) -> String {
        switch goal {
        case .balance: "balance the load"
        case .evacuate(let hosts): "evacuate \(list(hosts))"
        case .powerSave: "save power"
        case .place(let target): "place \(Figures.count(target.count, "VM"))"
        case .relocate(let from, let to): "relocate from \(from) to \(to)"
        case .rolling(let hosts): "maintain \(list(hosts)) in turn"
        }
    }

    static func status(_ status: Plan.Status) -> String {
        switch status {
        case .complete: "complete"
        case .partial: "partial: the goal is not reached in full"
        case .nothingToDo: "nothing to do"
        case .infeasible: "infeasible: nothing could be planned"
        }
    }

    /// What a step does, without its time.
    static func action(_ action: PlanStep.Action) -> String {
        switch action {
        case .migrate(let migration): "\(migration.vm): \(migration.from) -> \(migration.to)"
        case .powerOff(let host): "power off \(host)"
        case .powerOn(let host): "power on \(host)"
        case .enterMaintenance(let host): "\(host) into maintenance"
        case .exitMaintenance(let host): "\(host) out of maintenance"
        case .maintain(let host): "maintain \(host)"
        case .wait: "wait"
        }
    }

    static func mode(_ migration: MigrationStep) -> String {
        let name =
            switch migration.mode {
            case .live: "live"
            case .postCopy: "post-copy"
            case .staged: "staged"
            case .cold: "cold"
            }
        return migration.guestRestarts ? "\(name), restarts" : name
    }

    static func state(_ change: PlanOutcome.HostChange) -> String {
        change.stateAfter == change.host.state
            ? change.host.state.rawValue : "\(change.host.state.rawValue) -> \(change.stateAfter.rawValue)"
    }

    static func subject(_ subject: Refusal.Subject) -> String {
        switch subject {
        case .vm(let id, let from?): "VM \(id) stays on \(from)"
        case .vm(let id, nil): "VM \(id) stays where it is"
        case .rule(let id): "rule \(id) stays broken"
        case .host(let id): "host \(id)"
        }
    }

    static func hosts(_ reason: Refusal.Reason) -> String { reason.hosts.isEmpty ? "any host" : list(reason.hosts) }

    /// Up to a dozen names, then how many more.
    static func list(_ names: [String], most: Int = 12) -> String {
        guard names.count > most else { return names.joined(separator: ", ") }
        return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }

    /// What the operator should know: the texts under `notes` in the plan's extensions.
    static func notes(of plan: Plan) -> [String] {
        guard case .array(let values) = plan.extensions["notes"] else { return [] }
        return values.compactMap { value in
            switch value {
            case .string(let text): return text
            case .object(let fields):
                for key in ["text", "message", "detail"] {
                    if case .string(let text) = fields[key] { return text }
                }
                return nil
            default: return nil
            }
        }
    }

    /// The bound on the makespan that the planner left in the plan's extensions.
    static func leastDuration(of plan: Plan) -> String? {
        guard let bound = plan.extensions["lowerBoundSeconds"]?.double, bound > 0 else { return nil }
        return "no order takes less than \(Figures.duration(bound))"
    }

    static func longestPause(of plan: Plan) -> Double? {
        plan.steps.compactMap { $0.migration?.downtimeMilliseconds }.max()
    }
}
