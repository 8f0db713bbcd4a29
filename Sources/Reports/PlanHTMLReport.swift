public import ClusterModel

/// A plan as one page that stands alone: headline figures, refusals, hosts before and after, a timeline of the moves,
/// every step with its reason.
public struct PlanHTMLReport: Sendable {
    /// More steps than this are folded away under a line that opens.
    private static let mostOpenSteps = 60
    /// More unchanged hosts than this are folded away.
    private static let mostUnchangedHosts = 12

    private let plan: Plan
    private let cluster: Cluster

    public init(plan: Plan, cluster: Cluster) {
        self.plan = plan
        self.cluster = cluster
    }

    public func html() -> String {
        let outcome = PlanOutcome(plan: plan, cluster: cluster)
        var body = [header(), tiles()] + window() + rolling()
        if !plan.refusals.isEmpty { body.append(refusals()) }
        let notes = PlanWords.notes(of: plan)
        if !notes.isEmpty {
            let items = notes.map { "<li>\(HTML.escape($0))</li>" }.joined(separator: "\n")
            body.append(HTML.section("Notes", ["<ul class=\"notes\">\n\(items)\n</ul>"]))
        }
        if !outcome.hosts.isEmpty { body.append(hosts(outcome)) }
        if !plan.steps.isEmpty {
            body.append(PlanTimeline(plan: plan).section())
            body.append(steps())
        }
        let title = "\(PlanWords.goal(plan.goal).capitalizedFirst): \(plan.cluster)"
        return HTML.page(title: title, body: body)
    }

    // MARK: - Head

    private func header() -> String {
        let isGood = plan.status == .complete || plan.status == .nothingToDo
        let status = plan.status == .nothingToDo ? "nothing to do" : plan.status.rawValue
        let policy = plan.policy
        let counting = policy.memory == .configured ? "as configured" : "by demand"
        let limits =
            "limits CPU \(Figures.percent(policy.limits.cpu)), "
            + "memory \(Figures.percent(policy.limits.memory)) \(counting)"
        return """
            <header>
            <h1>\(HTML.escape(PlanWords.goal(plan.goal).capitalizedFirst))\
            <span class="chip\(isGood ? "" : " warn")">\(status)</span></h1>
            <p>Cluster <b>\(HTML.escape(plan.cluster))</b> as of \(plan.basis.takenAt). \
            Starts \(plan.startsAt), expires \(plan.expiresAt).</p>
            <p>Policy <b>\(HTML.escape(policy.name))</b>: \(limits); \
            \(Figures.count(policy.spareHosts, "spare host")).</p>
            <p>Plan \(HTML.escape(plan.id))</p>
            </header>
            """
    }

    private func tiles() -> String {
        let summary = plan.summary
        let bound = summary.hostsOn.lowerBound.map { "no fewer than \($0) possible" } ?? ""
        let saved = summary.watts.before - summary.watts.after
        let share = summary.watts.before > 0 ? " (\(Figures.percent(abs(saved) / summary.watts.before)))" : ""
        let power =
            saved == 0 ? "unchanged" : "\(Figures.watts(abs(saved))) \(saved > 0 ? "less" : "more")\(share)"
        let pause = PlanWords.longestPause(of: plan).map { "longest pause \(Figures.milliseconds($0))" } ?? ""
        let tiles = [
            HTML.tile("Hosts on", HTML.change("\(summary.hostsOn.before)", "\(summary.hostsOn.after)"), bound),
            HTML.tile(
                "Watts", HTML.change(Figures.fixed(summary.watts.before, 0), Figures.fixed(summary.watts.after, 0)),
                power),
            HTML.tile(
                "Imbalance",
                HTML.change(Figures.fixed(summary.imbalance.before, 3), Figures.fixed(summary.imbalance.after, 3)),
                "deviation of the used share"),
            HTML.tile("Migrations", "\(summary.migrations)", pause),
            HTML.tile("To copy", HTML.escape(Figures.bytes(summary.transferBytes))),
            HTML.tile(
                "Done after", HTML.escape(Figures.duration(summary.makespanSeconds)),
                PlanWords.leastDuration(of: plan) ?? ""),
        ]
        return "<div class=\"tiles\">\n\(tiles.joined(separator: "\n"))\n</div>"
    }

    // MARK: - Window, groups and nights

    private func window() -> [String] {
        let lines = WindowWords.lines(of: plan)
        guard !lines.isEmpty else { return [] }
        let rows = lines.map { ["<b>\(HTML.escape($0.label))</b>", HTML.escape($0.text)] }
        var content = [HTML.table(heads: ["", ""], numeric: [], rows: rows)]
        let unblocking = WindowWords.unblocking(of: plan).map { "<li>\(HTML.escape($0))</li>" }
        if !unblocking.isEmpty {
            content.append(
                "<p>What would make it a yes, each verified by planning with it:</p>\n<ul>\n"
                    + unblocking.joined(separator: "\n") + "\n</ul>")
        }
        return [HTML.section("Maintenance window", content)]
    }

    private func rolling() -> [String] {
        guard let words = RollingWords(plan) else { return [] }
        let rows = words.rows.map { $0.map(HTML.escape) }
        let heads = RollingWords.heads.map(\.capitalizedFirst)
        var content = [HTML.table(heads: heads, numeric: [0, 1, 2, 3, 4], rows: rows)]
        let nights = words.nights.map { "<li>\(HTML.escape($0.capitalizedFirst))</li>" }.joined(separator: "\n")
        if !nights.isEmpty { content.append("<ul>\n\(nights)\n</ul>") }
        return [HTML.section("Groups and nights", content, note: words.effort)]
    }

    // MARK: - Refusals

    private func refusals() -> String {
        let chips = RefusalCounts(plan).entries.map {
            "<span class=\"chip plain\">\(HTML.escape($0.constraint)) &#215; \($0.subjects)</span>"
        }
        let entries = plan.refusals.map { refusal in
            let reasons = refusal.reasons.map { reason in
                "<li><b>\(HTML.escape(reason.constraint))</b>: \(HTML.escape(reason.detail)) "
                    + "<span class=\"soft\">(\(HTML.escape(PlanWords.hosts(reason))))</span></li>"
            }
            let unblock = refusal.unblock.map { "<p class=\"unblock\">What would help: \(HTML.escape($0))</p>" } ?? ""
            let list = reasons.isEmpty ? "" : "<ul>\n\(reasons.joined(separator: "\n"))\n</ul>"
            return "<div class=\"refusal\"><h3>\(HTML.escape(PlanWords.subject(refusal.subject).capitalizedFirst))</h3>"
                + "\(list)\(unblock)</div>"
        }
        return HTML.section("Refusals", ["<div>\(chips.joined())</div>"] + entries)
    }

    // MARK: - Hosts

    private func hosts(_ outcome: PlanOutcome) -> String {
        let changed = outcome.hosts.filter(\.changes)
        let unchanged = outcome.hosts.filter { !$0.changes }
        var content = [
            """
            <div class="legend"><span style="--c:var(--was)">before</span><span style="--c:var(--now)">after</span>\
            <span style="--c:var(--warn)">after, above the limit</span><span style="--c:var(--tick)">limit</span></div>
            """
        ]
        let isFolded = !changed.isEmpty && unchanged.count > Self.mostUnchangedHosts
        let open = isFolded ? changed : outcome.hosts
        content.append(hostTable(open, outcome))
        if isFolded {
            content.append(
                "<details><summary>\(Figures.count(unchanged.count, "host")) without a change</summary>\n"
                    + hostTable(unchanged, outcome) + "\n</details>")
        }
        let note = outcome.hasProfiles ? "CPU is the highest sum over the slots of the profiles." : ""
        return HTML.section("Hosts before and after", content, note: note)
    }

    private func hostTable(_ changes: [PlanOutcome.HostChange], _ outcome: PlanOutcome) -> String {
        let rows = changes.map { change in
            let cpu = (
                before: change.cpu(change.before, peak: outcome.hasProfiles),
                after: change.cpu(change.after, peak: outcome.hasProfiles)
            )
            let memory = (before: change.memory(change.before), after: change.memory(change.after))
            let state =
                change.host.state == change.stateAfter
                ? "<span class=\"soft\">\(change.host.state)</span>"
                : "\(HTML.escape(change.host.state.rawValue)) &#8594; <b>\(change.stateAfter.rawValue)</b>"
            return [
                "<b>\(HTML.escape(change.host.id))</b>", "<span class=\"nowrap\">\(state)</span>",
                HTML.bars(
                    before: cpu.before, after: cpu.after, limit: plan.policy.limits.cpu,
                    label: "\(change.host.id), CPU"),
                pair(Figures.percent(cpu.before), Figures.percent(cpu.after)),
                HTML.bars(
                    before: memory.before, after: memory.after, limit: plan.policy.limits.memory,
                    label: "\(change.host.id), memory"),
                pair(Figures.percent(memory.before), Figures.percent(memory.after)),
                pair("\(change.before.vms)", "\(change.after.vms)"),
            ]
        }
        return HTML.table(
            heads: ["Host", "State", "CPU", "", "Memory", "", "VMs"], numeric: [3, 5, 6], rows: rows,
            className: "hosts")
    }

    private func pair(_ before: String, _ after: String) -> String {
        before == after
            ? HTML.escape(after)
            : "<span class=\"was\">\(HTML.escape(before)) &#8594;</span> \(HTML.escape(after))"
    }

    // MARK: - Steps

    private func steps() -> String {
        let rows = PlanOutcome.inOrder(plan.steps).map { step in
            let migration = step.migration
            return [
                HTML.escape(step.id), Figures.offset(step.startSeconds), Figures.duration(step.durationSeconds),
                "<span class=\"nowrap\">\(HTML.escape(PlanWords.action(step.action)).arrows)</span>",
                HTML.escape(migration.map(PlanWords.mode) ?? ""),
                migration.map { Figures.milliseconds($0.downtimeMilliseconds) } ?? "",
                migration.map { Figures.bytes($0.transferBytes) } ?? "",
                HTML.escape(step.after.joined(separator: " ")), HTML.escape(step.reason),
            ]
        }
        let table = HTML.table(
            heads: ["Step", "Start", "Lasts", "What", "Mode", "Pause", "To copy", "After", "Why"],
            numeric: [1, 2, 5, 6], rows: rows, className: "steps")
        let isOpen = plan.steps.count <= Self.mostOpenSteps
        let content =
            isOpen ? table : "<details><summary>All \(plan.steps.count) steps</summary>\n\(table)\n</details>"
        return HTML.section("Steps", [content], note: "Start counts from \(plan.startsAt).")
    }
}

extension PlanOutcome.HostChange {
    /// Used fraction of the CPU; the peak of the profiles when asked and there is one.
    func cpu(_ use: PlanOutcome.Use, peak: Bool) -> Double {
        guard host.capacityCores > 0 else { return 0 }
        return (peak ? use.peakCores ?? use.cores : use.cores) / host.capacityCores
    }

    func memory(_ use: PlanOutcome.Use) -> Double {
        host.capacityMemoryBytes > 0 ? use.memoryBytes / Double(host.capacityMemoryBytes) : 0
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

    /// Escaped HTML with typographic arrows.
    var arrows: String { split(separator: " -&gt; ", omittingEmptySubsequences: false).joined(separator: " &#8594; ") }
}
