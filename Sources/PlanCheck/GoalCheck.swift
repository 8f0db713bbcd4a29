import ClusterModel

/// A goal that is not reached for a VM says so in `refusals`, and the status fits what is reached.
struct GoalCheck {
    private let replay: Replay
    private let refusedVMs: Set<String>
    private let refusedHosts: Set<String>

    init(replay: Replay) {
        self.replay = replay
        var vms: Set<String> = []
        var hosts: Set<String> = []
        for refusal in replay.plan.refusals {
            switch refusal.subject {
            case .vm(let id, _): vms.insert(id)
            case .host(let id): hosts.insert(id)
            case .rule: break
            }
        }
        refusedVMs = vms
        refusedHosts = hosts
    }

    /// - Complexity: O(VMs + hosts).
    func violations() -> [Violation] {
        let vms = unreachedVMs()
        let hosts = unreachedHosts()
        var found = vms.filter { !refusedVMs.contains(replay.vmID($0.vm)) }.map { unreached in
            Violation(
                promise: .unsaidRefusal, vm: replay.vmID(unreached.vm),
                message: "VM \(replay.vmID(unreached.vm)) \(unreached.what), and `refusals` does not say so")
        }
        found += hosts.filter { !refusedHosts.contains(replay.hostID($0.host)) }.map { unreached in
            Violation(
                promise: .unsaidRefusal, host: replay.hostID(unreached.host),
                message: "host \(replay.hostID(unreached.host)) \(unreached.what), and `refusals` does not say so")
        }
        if let message = statusFault(unreached: vms.count + hosts.count) {
            found.append(Violation(promise: .status, message: message))
        }
        return found
    }

    private func statusFault(unreached: Int) -> String? {
        let steps = replay.plan.steps.count
        let goal = replay.plan.goal.name
        switch replay.plan.status {
        case .complete where endsAfterDeadline:
            return "complete, and ends at \(lastEnd) s, after the deadline of the plan"
        case .complete where unreached > 0:
            return "complete, and the goal \(goal) is not reached for \(unreached)"
        case .nothingToDo where unreached > 0:
            return "nothing to do, and the goal \(goal) is not reached for \(unreached)"
        case .nothingToDo where steps > 0: return "nothing to do, with \(steps) steps"
        case .infeasible where steps > 0: return "infeasible, with \(steps) steps"
        case .partial where unreached == 0 && replay.plan.refusals.isEmpty:
            return "partial, and nothing says what is not reached"
        case .complete, .nothingToDo, .infeasible, .partial: return nil
        }
    }

    private var lastEnd: Double { replay.plan.steps.reduce(0) { max($0, $1.endSeconds) } }

    /// Whether the last step is predicted to end after the plan's deadline; timestamps are whole milliseconds.
    private var endsAfterDeadline: Bool {
        guard let deadline = replay.plan.deadline else { return false }
        return lastEnd > deadline.seconds(since: replay.plan.startsAt) + 0.001
    }

    // MARK: What the goal asks

    private func unreachedVMs() -> [(vm: Int, what: String)] {
        let hosts = replay.cluster.hosts
        return replay.cluster.vms.indices.compactMap { vm in
            guard let end = replay.finalHost(of: vm), let start = replay.initialHost[vm] else { return nil }
            switch replay.plan.goal {
            case .evacuate(let emptied):
                return emptied.contains(hosts[end].id) ? (vm, "ends on host \(hosts[end].id), to be emptied") : nil
            case .place(let target):
                guard let wanted = target[replay.vmID(vm)], wanted != hosts[end].id else { return nil }
                return (vm, "ends on host \(hosts[end].id) instead of \(wanted)")
            case .relocate(let from, let to):
                let wasThere = hosts[start].site == from
                let isStillThere = hosts[end].site == from && from != to
                guard isStillThere || wasThere && hosts[end].site != to else { return nil }
                return (vm, "ends on host \(hosts[end].id), not on site \(to)")
            case .balance, .powerSave, .rolling: return nil
            }
        }
    }

    /// Hosts that are to be maintained and are not, or that do not come back into service.
    private func unreachedHosts() -> [(host: Int, what: String)] {
        guard case .rolling(let wanted) = replay.plan.goal else { return [] }
        return replay.cluster.hosts.indices.compactMap { host in
            guard wanted.contains(replay.hostID(host)) else { return nil }
            var condition = HostCondition(replay.cluster.hosts[host].state)
            let tookVMs = condition.takesVMs
            var isMaintained = false
            for step in replay.switches[host] {
                let action = replay.plan.steps[step].action
                if case .maintain = action { isMaintained = true }
                _ = condition.apply(action)
            }
            if !isMaintained { return (host, "is not maintained") }
            return tookVMs && !condition.takesVMs ? (host, "is not in service again at the end") : nil
        }
    }
}
