public import ClusterModel

/// A plan for a terminal or a mail: the figures, hosts before and after, every step, notes and refusals.
public struct PlanTextReport: Sendable {
    /// Above so many hosts, only those that change are listed.
    private static let mostHosts = 40

    private let plan: Plan
    private let cluster: Cluster

    public init(plan: Plan, cluster: Cluster) {
        self.plan = plan
        self.cluster = cluster
    }

    /// The report, ending in a line break.
    public func text() -> String {
        let outcome = PlanOutcome(plan: plan, cluster: cluster)
        let sections = [head(), window(), rolling(), figures(), hosts(outcome), steps(), notes(), refusals()]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    // MARK: - Sections

    private func head() -> [String] {
        let policy = plan.policy
        let counting = policy.memory == .configured ? "as configured" : "by demand"
        return [
            "Plan \(plan.id)",
            "Goal:    \(PlanWords.goal(plan.goal)) on cluster \(plan.cluster)",
            "Status:  \(PlanWords.status(plan.status))",
            "Rests on the cluster as of \(plan.basis.takenAt), starts \(plan.startsAt), expires \(plan.expiresAt)",
            "Policy:  \(policy.name); limits CPU \(Figures.percent(policy.limits.cpu)), memory "
                + "\(Figures.percent(policy.limits.memory)) \(counting); "
                + "\(Figures.count(policy.spareHosts, "spare host"))",
        ].map(TextTable.oneLine)
    }

    private func window() -> [String] {
        let lines = WindowWords.lines(of: plan)
        guard !lines.isEmpty else { return [] }
        var table = TextTable([.left(""), .left("")])
        for line in lines { table.add([line.label + ":", line.text]) }
        let unblocking = WindowWords.unblocking(of: plan)
        let help = unblocking.isEmpty ? [] : ["What would make it a yes, each verified by planning with it:"]
        return Array(table.lines().dropFirst(2)) + help + unblocking.map { "  - " + TextTable.oneLine($0) }
    }

    private func rolling() -> [String] {
        guard let words = RollingWords(plan) else { return [] }
        var table = TextTable(
            zip(RollingWords.heads, [true, true, true, true, true, false]).map { $1 ? .right($0) : .left($0) })
        for row in words.rows { table.add(row) }
        return ["Groups"] + table.lines(indent: "  ") + [words.effort] + words.nights
    }

    private func figures() -> [String] {
        let summary = plan.summary
        var table = TextTable([.left(""), .right("before"), .right("after")])
        table.add(["hosts on", "\(summary.hostsOn.before)", "\(summary.hostsOn.after)"])
        table.add(["power", Figures.watts(summary.watts.before), Figures.watts(summary.watts.after)])
        table.add([
            "imbalance", Figures.fixed(summary.imbalance.before, 3), Figures.fixed(summary.imbalance.after, 3),
        ])
        var lines = table.lines()
        if let bound = summary.hostsOn.lowerBound {
            lines.append("No placement within the limits needs fewer than \(Figures.count(bound, "host")).")
        }
        if let energy = PlanEnergy.words(of: plan) { lines.append(energy) }
        guard !plan.steps.isEmpty else { return lines }
        var effort = Figures.count(summary.migrations, "migration")
        effort += ", \(Figures.bytes(summary.transferBytes)) to copy"
        effort += ", done after \(Figures.duration(summary.makespanSeconds))"
        if let least = PlanWords.leastDuration(of: plan) { effort += " (\(least))" }
        if let pause = PlanWords.longestPause(of: plan) { effort += ", longest pause \(Figures.milliseconds(pause))" }
        return lines + [effort]
    }

    private func hosts(_ outcome: PlanOutcome) -> [String] {
        let shown = outcome.hosts.count <= Self.mostHosts ? outcome.hosts : outcome.hosts.filter(\.changes)
        guard !shown.isEmpty else { return [] }
        var columns: [TextTable.Column] = [.left("host"), .left("state")]
        let heads = ["VMs", "CPU"] + (outcome.hasProfiles ? ["CPU peak"] : []) + ["memory"]
        for head in heads { columns += [.right(head), .right("after")] }
        var table = TextTable(columns)
        for change in shown {
            var cells = [change.host.id, PlanWords.state(change), "\(change.before.vms)", "\(change.after.vms)"]
            cells += [share(change.before.cores, change.host), share(change.after.cores, change.host)]
            if outcome.hasProfiles {
                cells += [change.before, change.after].map { share($0.peakCores ?? 0, change.host) }
            }
            cells += [memory(change.before, change.host), memory(change.after, change.host)]
            table.add(cells)
        }
        let hidden = outcome.hosts.count - shown.count
        return ["Hosts"] + table.lines(indent: "  ")
            + (hidden > 0 ? ["  and \(Figures.count(hidden, "host")) without a change"] : [])
    }

    private func share(_ cores: Double, _ host: Host) -> String {
        host.capacityCores > 0 ? Figures.percent(cores / host.capacityCores) : "n/a"
    }

    private func memory(_ use: PlanOutcome.Use, _ host: Host) -> String {
        host.capacityMemoryBytes > 0 ? Figures.percent(use.memoryBytes / Double(host.capacityMemoryBytes)) : "n/a"
    }

    private func steps() -> [String] {
        guard !plan.steps.isEmpty else { return [] }
        var table = TextTable([
            .left("step"), .right("start"), .right("lasts"), .left("what"), .left("mode"), .right("pause"),
            .right("rate"), .left("after"), .left("why"),
        ])
        for step in PlanOutcome.inOrder(plan.steps) {
            var cells = [step.id, Figures.offset(step.startSeconds), Figures.duration(step.durationSeconds)]
            cells.append(PlanWords.action(step.action))
            if let migration = step.migration {
                cells += [
                    PlanWords.mode(migration), Figures.milliseconds(migration.downtimeMilliseconds),
                    Figures.rate(bitsPerSecond: migration.bandwidthBitsPerSecond),
                ]
            } else {
                cells += ["", "", ""]
            }
            cells += [step.after.joined(separator: " "), step.reason]
            table.add(cells)
        }
        return ["Steps (start counts from \(plan.startsAt))"] + table.lines(indent: "  ")
    }

    private func notes() -> [String] {
        let notes = PlanWords.notes(of: plan)
        return notes.isEmpty ? [] : ["Notes"] + notes.map { "  - " + TextTable.oneLine($0) }
    }

    private func refusals() -> [String] {
        guard !plan.refusals.isEmpty else { return [] }
        var lines = ["Refusals"]
        for refusal in plan.refusals {
            lines.append("  " + TextTable.oneLine(PlanWords.subject(refusal.subject)))
            for reason in refusal.reasons {
                lines.append(
                    "    " + TextTable.oneLine("\(reason.constraint) (\(PlanWords.hosts(reason))): \(reason.detail)"))
            }
            if let unblock = refusal.unblock { lines.append("    what would help: " + TextTable.oneLine(unblock)) }
        }
        var table = TextTable([.left("constraint"), .right("refusals"), .right("hosts")])
        for count in RefusalCounts(plan).entries {
            table.add([count.constraint, "\(count.subjects)", "\(count.hosts)"])
        }
        return lines + [""] + table.lines(indent: "  ")
    }
}
