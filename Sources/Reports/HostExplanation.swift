import ClusterModel

/// What happens to one host, and when it keeps VMs, what keeps them there.
struct HostExplanation: Explanation {
    let key = "host"
    let change: PlanOutcome.HostChange
    let plan: Plan
    let cluster: Cluster
    let outcome: PlanOutcome
    let finder: VerdictFinder
    /// What would empty it; `nil` when the goal does not ask for that.
    let unblocking: UnblockingSection?

    private var host: Host { change.host }

    /// Migrations off and to the host, and steps that switch it, in order of time.
    private var steps: [PlanStep] {
        PlanOutcome.inOrder(plan.steps).filter { step in
            switch step.action {
            case .migrate(let migration): migration.from == host.id || migration.to == host.id
            case .powerOff(let id), .powerOn(let id), .enterMaintenance(let id), .exitMaintenance(let id),
                .maintain(let id):
                id == host.id
            case .wait: false
            }
        }
    }

    /// VMs that hold something and are on the host at the end.
    private var remaining: [VirtualMachine] {
        cluster.vms.filter { $0.state != .stopped && outcome.finalHost[$0.id] == host.id }
    }

    /// Whether the question "why is it not empty" is one that the goal raises.
    private var shouldBeEmpty: Bool {
        switch plan.goal {
        case .evacuate(let hosts), .rolling(let hosts): hosts.contains(host.id)
        case .powerSave: host.state == .on
        case .balance, .place, .relocate: false
        }
    }

    /// Whether every VM on it that stays is one that the goal misses.
    private var isNamedByGoal: Bool {
        if case .evacuate = plan.goal { true } else { false }
    }

    private var blockers: [(vm: VirtualMachine, answer: VerdictFinder.Answer)] {
        guard shouldBeEmpty else { return [] }
        return remaining.compactMap { vm in
            guard let answer = finder.answer(for: vm.id) else { return nil }
            return (vm, answer)
        }
    }

    private var wholeRefusals: [Refusal] {
        plan.refusals.filter { $0.subject == .host(id: host.id) }
    }

    // MARK: - Text

    func text() -> String {
        var lines = [headline, "  " + figures]
        for step in steps { lines.append("  " + TextTable.oneLine(line(of: step))) }
        if steps.isEmpty { lines.append("  nothing changes on it") }
        for refusal in wholeRefusals {
            lines += refusal.reasons.map { "  refused: " + TextTable.oneLine("\($0.constraint): \($0.detail)") }
        }
        lines += blockerLines()
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        let cores = "\(Figures.short(host.capacityCores)) cores"
        let memory = Figures.bytes(Double(host.capacityMemoryBytes))
        return TextTable.oneLine("Host \(host.id) (\(cores), \(memory) for VMs) is \(PlanWords.state(change))")
    }

    private var figures: String {
        let cpu = (change.cpu(change.before, peak: false), change.cpu(change.after, peak: false))
        let memory = (change.memory(change.before), change.memory(change.after))
        return "VMs \(change.before.vms) -> \(change.after.vms), "
            + "CPU \(Figures.percent(cpu.0)) -> \(Figures.percent(cpu.1)), "
            + "memory \(Figures.percent(memory.0)) -> \(Figures.percent(memory.1))"
    }

    private func line(of step: PlanStep) -> String {
        let time = "\(Figures.offset(step.startSeconds))  "
        guard let migration = step.migration else { return "\(time)\(PlanWords.action(step.action)): \(step.reason)" }
        return migration.from == host.id
            ? "\(time)\(migration.vm) leaves for \(migration.to) (\(step.id)): \(step.reason)"
            : "\(time)\(migration.vm) arrives from \(migration.from) (\(step.id)): \(step.reason)"
    }

    private func blockerLines() -> [String] {
        let blockers = blockers
        guard !blockers.isEmpty else { return [] }
        let held = blockers.filter { $0.answer.accepting.isEmpty }
        var lines = ["  Not empty: \(Figures.count(blockers.count, "VM")) stay\(blockers.count == 1 ? "s" : "")."]
        if held.isEmpty {
            lines.append(
                "  Each could go elsewhere by itself; all of them could not, or it was not worth it.")
        }
        for (vm, answer) in blockers {
            if answer.accepting.isEmpty {
                lines.append(TextTable.oneLine("  \(vm.id) has nowhere to go:"))
                lines += Self.lines(of: answer.refusals, indent: "    ")
            } else {
                lines.append(TextTable.oneLine("  \(vm.id) could go to \(PlanWords.list(answer.accepting))"))
            }
            if let unblocking, isNamedByGoal { lines += unblocking.lines(about: vm.id, indent: "    ") }
        }
        if let unblocking, blockers.count > 1 || !isNamedByGoal {
            lines.append("  To empty it:")
            lines += unblocking.wholeLines(indent: "    ")
        }
        return lines
    }

    // MARK: - JSON

    func json() -> JSONValue {
        .object(fields: [
            "id": .string(value: host.id),
            "stateBefore": .string(value: host.state.rawValue),
            "stateAfter": .string(value: change.stateAfter.rawValue),
            "before": Self.json(change.before), "after": Self.json(change.after),
            "leaving": .strings(change.leaving), "arriving": .strings(change.arriving),
            "steps": .array(values: steps.map(json)),
            "refusals": .array(values: wholeRefusals.map(RefusalJSON.value)),
            "staying": .array(values: blockers.map(json)),
            "unblocking": .optional(unblocking) { $0.wholeJSON() },
        ])
    }

    private static func json(_ use: PlanOutcome.Use) -> JSONValue {
        .object(fields: [
            "vms": .count(use.vms), "cpuCores": .figure(use.cores),
            "memoryBytes": .figure(use.memoryBytes, decimals: 0),
        ])
    }

    private func json(of step: PlanStep) -> JSONValue {
        .object(fields: [
            "step": .string(value: step.id), "action": .string(value: PlanWords.action(step.action)),
            "startSeconds": .figure(step.startSeconds), "durationSeconds": .figure(step.durationSeconds),
            "reason": .string(value: step.reason),
        ])
    }

    private func json(of blocker: (vm: VirtualMachine, answer: VerdictFinder.Answer)) -> JSONValue {
        .object(fields: [
            "vm": .string(value: blocker.vm.id), "couldGoTo": .strings(blocker.answer.accepting),
            "refusedBy": Self.json(blocker.answer.refusals),
        ])
    }
}
