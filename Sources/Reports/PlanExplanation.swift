import ClusterModel

/// The whole plan in short: a line a host that changes, then what is refused and noted.
struct PlanExplanation: Explanation {
    let key = "hosts"
    let plan: Plan
    let outcome: PlanOutcome

    func text() -> String {
        var lines = [
            TextTable.oneLine(
                "Plan \(plan.id): \(PlanWords.goal(plan.goal)) on \(plan.cluster), \(PlanWords.status(plan.status))")
        ]
        let changed = outcome.hosts.filter(\.changes)
        if changed.isEmpty { lines.append("  no host changes") }
        for change in changed { lines.append("  " + TextTable.oneLine(line(of: change))) }
        for refusal in plan.refusals {
            let constraints = refusal.reasons.map(\.constraint).joined(separator: ", ")
            lines.append("  " + TextTable.oneLine("\(PlanWords.subject(refusal.subject)): \(constraints)"))
        }
        let counts = RefusalCounts(plan).words
        if !counts.isEmpty { lines.append("  refused by: \(counts)") }
        lines += PlanWords.notes(of: plan).map { "  note: " + TextTable.oneLine($0) }
        lines.append("Name a VM or a host to be told more of it.")
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(of change: PlanOutcome.HostChange) -> String {
        var parts: [String] = []
        if !change.leaving.isEmpty {
            parts.append(
                "\(Figures.count(change.leaving.count, "VM")) \(change.leaving.count == 1 ? "leaves" : "leave")")
        }
        if !change.arriving.isEmpty {
            parts.append(
                "\(Figures.count(change.arriving.count, "VM")) \(change.arriving.count == 1 ? "arrives" : "arrive")")
        }
        if change.stateAfter != change.host.state { parts.append(PlanWords.state(change)) }
        return "host \(change.host.id): \(parts.joined(separator: ", "))"
    }

    func json() -> JSONValue {
        .array(
            values: outcome.hosts.filter(\.changes).map { change in
                .object(fields: [
                    "id": .string(value: change.host.id),
                    "stateBefore": .string(value: change.host.state.rawValue),
                    "stateAfter": .string(value: change.stateAfter.rawValue),
                    "leaving": .strings(change.leaving), "arriving": .strings(change.arriving),
                ])
            })
    }
}
