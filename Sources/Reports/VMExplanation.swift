import ClusterModel

/// Why one VM moves, or stays.
struct VMExplanation: Explanation {
    let key = "vm"
    let vm: VirtualMachine
    let plan: Plan
    let policy: Policy
    let outcome: PlanOutcome
    let finder: VerdictFinder
    /// What would let it leave; `nil` when nothing holds it against the goal.
    let unblocking: UnblockingSection?

    private var moves: [PlanStep] { PlanOutcome.inOrder(plan.steps).filter { $0.migration?.vm == vm.id } }

    private var refusals: [Refusal] {
        plan.refusals.filter {
            if case .vm(let id, _) = $0.subject { return id == vm.id }
            return false
        }
    }

    /// Notes that name the VM as a word of its own.
    private var notes: [String] {
        PlanWords.notes(of: plan).filter { note in
            note.split { !($0.isLetter || $0.isNumber || "-_.".contains($0)) }.contains { $0 == vm.id }
        }
    }

    // MARK: - Text

    func text() -> String {
        var lines = [headline]
        for step in moves { lines += text(of: step) }
        if moves.isEmpty { lines.append("  stays: " + TextTable.oneLine(whyItStays)) }
        for refusal in refusals {
            lines.append("  Refused:")
            lines += refusal.reasons.map {
                "    " + TextTable.oneLine("\($0.constraint) (\(PlanWords.hosts($0))): \($0.detail)")
            }
        }
        if let unblocking {
            lines.append("  What would help:")
            lines += unblocking.lines(about: vm.id, indent: "    ")
        }
        lines += notes.map { "  note: " + TextTable.oneLine($0) }
        if let answer = finder.answer(for: vm.id) {
            lines.append("  When the plan is done,")
            if !answer.accepting.isEmpty { lines.append("    could also be on " + PlanWords.list(answer.accepting)) }
            lines += Self.lines(of: answer.refusals, indent: "    refused by ")
            if answer.accepting.isEmpty && answer.refusals.isEmpty { lines.append("    there is no other host") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        let place = vm.host.map { "on \($0)" } ?? "on no host"
        let size = "\(Figures.count(vm.vcpus, "vCPU")), \(Figures.bytes(Double(vm.memoryBytes)))"
        let cores = "\(Figures.short(vm.demand.cpuCores)) cores"
        let use =
            switch vm.state {
            case .running: " and uses \(cores) and \(Figures.bytes(vm.demand.memoryBytes))"
            case .paused, .stopped: ""
            }
        return TextTable.oneLine("VM \(vm.id) (\(size)) is \(vm.state.rawValue) \(place)\(use)")
    }

    private func text(of step: PlanStep) -> [String] {
        guard let migration = step.migration else { return [] }
        let pause = "pause \(Figures.milliseconds(migration.downtimeMilliseconds))"
        let copy =
            "\(Figures.bytes(migration.transferBytes)) at "
            + Figures.rate(bitsPerSecond: migration.bandwidthBitsPerSecond)
        var lines = [
            "  moves \(migration.from) -> \(migration.to) in step \(step.id): \(step.reason)",
            "    at \(Figures.offset(step.startSeconds)) for \(Figures.duration(step.durationSeconds)), "
                + "\(PlanWords.mode(migration)), \(pause), \(copy)",
        ]
        if let choice = ChoiceWords.runnerUp(of: step) { lines.append("    \(choice)") }
        for id in step.after {
            let what = plan.steps.first { $0.id == id }.map { ": \(PlanWords.action($0.action))" }
            lines.append("    waits for \(id)" + (what ?? ""))
        }
        for next in plan.steps where next.after.contains(step.id) {
            lines.append("    makes way for \(next.id): \(PlanWords.action(next.action))")
        }
        return lines.map(TextTable.oneLine)
    }

    private var whyItStays: String {
        if vm.state == .stopped { return "it is stopped, holds nothing and is not moved" }
        if !refusals.isEmpty { return "the goal asked for it to move, and it cannot" }
        if vm.migration == .none { return "it cannot be migrated" + (vm.migrationReason.map { ": \($0)" } ?? "") }
        switch plan.goal {
        case .evacuate(let hosts), .rolling(let hosts):
            return "the goal empties \(PlanWords.list(hosts)), and it is on \(vm.host ?? "no host")"
        case .place(let target):
            return target[vm.id] == nil ? "the goal does not name it" : "it is already where the goal wants it"
        case .relocate(let from, _): return "its host is not in \(from)"
        case .balance, .powerSave: return whySearchLeavesIt
        }
    }

    /// The best that it could do alone, where the goal is free to leave it.
    private var bestMove: VerdictFinder.BestMove? {
        switch plan.goal {
        case .balance, .powerSave: moves.isEmpty ? finder.bestMove(of: vm.id) : nil
        case .evacuate, .place, .relocate, .rolling: nil
        }
    }

    private var whySearchLeavesIt: String {
        if let last = vm.lastMigratedAt, plan.startsAt.seconds(since: last) < policy.coolDownSeconds {
            return "it moved at \(last) and rests for \(Figures.duration(policy.coolDownSeconds))"
        }
        let change = vm.host.flatMap { outcome.change(of: $0) }
        if case .powerSave = plan.goal {
            guard let change, change.stateAfter == .on else { return "no move of it saves power" }
            return ChoiceWords.stays(on: change.host.id, bestMove)
        }
        return ChoiceWords.stays(bestMove, balance: policy.balance, hostsOn: finder.hostsOn)
    }

    // MARK: - JSON

    func json() -> JSONValue {
        let answer = finder.answer(for: vm.id)
        return .object(fields: [
            "id": .string(value: vm.id), "state": .string(value: vm.state.rawValue),
            "from": .optional(vm.host) { .string(value: $0) },
            "to": .optional(outcome.finalHost[vm.id]) { .string(value: $0) },
            "moves": .array(values: moves.map(json)),
            "stays": moves.isEmpty ? .string(value: whyItStays) : .null,
            "refusals": .array(values: refusals.map(RefusalJSON.value)),
            "notes": .strings(notes),
            "couldAlsoBeOn": .strings(answer?.accepting ?? []),
            "refusedBy": Self.json(answer?.refusals ?? []),
            "bestMove": .optional(bestMove, ChoiceWords.json),
            "unblocking": .optional(unblocking) { $0.json(about: vm.id) },
        ])
    }

    private func json(of step: PlanStep) -> JSONValue {
        .object(fields: [
            "step": .string(value: step.id), "from": .string(value: step.migration?.from ?? ""),
            "to": .string(value: step.migration?.to ?? ""), "mode": .string(value: step.migration?.mode.rawValue ?? ""),
            "startSeconds": .figure(step.startSeconds), "durationSeconds": .figure(step.durationSeconds),
            "downtimeMilliseconds": .figure(step.migration?.downtimeMilliseconds ?? 0),
            "choice": step.extensions["choice"] ?? .null,
            "reason": .string(value: step.reason), "after": .strings(step.after),
            "before": .strings(plan.steps.filter { $0.after.contains(step.id) }.map(\.id)),
        ])
    }
}

enum RefusalJSON {
    static func value(_ refusal: Refusal) -> JSONValue {
        var fields: [String: JSONValue] = [
            "reasons": .array(
                values: refusal.reasons.map {
                    .object(fields: [
                        "constraint": .string(value: $0.constraint), "hosts": .strings($0.hosts),
                        "detail": .string(value: $0.detail),
                    ])
                })
        ]
        switch refusal.subject {
        case .vm(let id, let from):
            fields["vm"] = .string(value: id)
            if let from { fields["from"] = .string(value: from) }
        case .rule(let id): fields["rule"] = .string(value: id)
        case .host(let id): fields["host"] = .string(value: id)
        }
        if let unblock = refusal.unblock { fields["unblock"] = .string(value: unblock) }
        return .object(fields: fields)
    }
}
