import ClusterModel
import Foundation
import Reports
import TestSupport
import Testing

@Suite struct PlanReportTests {
    @Test func textOfAnEvacuation() throws {
        try expectGolden(
            PlanTextReport(plan: ReportCases.evacuation, cluster: ReportCases.cluster).text(), "plan-evacuation.txt")
    }

    @Test func textOfAConsolidation() throws {
        try expectGolden(
            PlanTextReport(plan: ReportCases.consolidation, cluster: ReportCases.cluster).text(),
            "plan-consolidation.txt")
    }

    @Test func textOfNothingToDo() throws {
        let plan = Plan.plan(for: ReportCases.cluster, [])
        try expectGolden(PlanTextReport(plan: plan, cluster: ReportCases.cluster).text(), "plan-nothing.txt")
    }

    @Test func pageOfAnEvacuation() throws {
        try expectGolden(
            PlanHTMLReport(plan: ReportCases.evacuation, cluster: ReportCases.cluster).html(), "plan-evacuation.html")
    }

    @Test func aMissedWindowInBothForms() throws {
        let (plan, cluster) = (ReportCases.missedWindow, ReportCases.cluster)
        try expectGolden(PlanTextReport(plan: plan, cluster: cluster).text(), "plan-window.txt")
        try expectGolden(PlanHTMLReport(plan: plan, cluster: cluster).html(), "plan-window.html")
    }

    @Test func aRollingMaintenanceInBothForms() throws {
        let (plan, cluster) = (ReportCases.rolling, ReportCases.cluster)
        try expectGolden(PlanTextReport(plan: plan, cluster: cluster).text(), "plan-rolling.txt")
        try expectGolden(PlanHTMLReport(plan: plan, cluster: cluster).html(), "plan-rolling.html")
    }

    /// On one chart of a day, moves of half a minute would be too narrow to be seen.
    @Test func nightsHaveAChartEach() {
        let steps = [0.0, 40, 75_600, 75_640].enumerated().map { number, start in
            PlanStep.move("s\(number)", "v\(number + 1)", from: "h01", to: "h03", at: start, lasting: 30)
        }
        let page = PlanHTMLReport(plan: .plan(for: ReportCases.cluster, steps), cluster: ReportCases.cluster).html()
        #expect(page.components(separatedBy: "aria-label=\"Timeline of the steps\"").count == 3)
        #expect(page.contains("From 0:00:00 on, for 1 min 10 s:") && page.contains("From 21:00:00 on, for 1 min 10 s:"))
        let one = PlanHTMLReport(
            plan: .plan(for: ReportCases.cluster, Array(steps.prefix(2))), cluster: ReportCases.cluster
        ).html()
        #expect(
            one.components(separatedBy: "aria-label=\"Timeline of the steps\"").count == 2
                && !one.contains("From 0:00:00 on"))
    }

    @Test func profilesShowTheirPeak() {
        var cluster = ReportCases.cluster
        let start = cluster.takenAt
        for index in cluster.vms.indices where cluster.vms[index].state == .running {
            let cores = cluster.vms[index].demand.cpuCores
            cluster.vms[index].profile = DemandProfile(
                slotSeconds: 3600, start: start, cpuCores: [cores, 2 * cores, cores], memoryBytes: [])
        }
        // h01 runs 4 of 16 cores, 8 in the second hour.
        let whole = Plan.plan(for: cluster, [])
        let row = ["h01", "on", "4", "4", "25", "25", "50", "50", "50", "50"]
        #expect(figures(of: "h01", in: PlanTextReport(plan: whole, cluster: cluster).text()) == row)
        // Within half an hour only the first slot counts.
        let short = Plan.plan(for: cluster, policy: .policy(horizonSeconds: 1800), [])
        let first = ["h01", "on", "4", "4", "25", "25", "25", "25", "50", "50"]
        #expect(figures(of: "h01", in: PlanTextReport(plan: short, cluster: cluster).text()) == first)
    }

    private func figures(of host: String, in text: String) -> [String] {
        let row = text.split(separator: "\n").first { $0.contains(host) } ?? ""
        return row.split(separator: " ").filter { $0 != "%" }.map(String.init)
    }

    @Test func largeClustersShowWhatChanges() {
        let (plan, cluster) = ReportCases.random(seed: 1, hosts: 300, moves: 3)
        let lines = PlanTextReport(plan: plan, cluster: cluster).text().split(separator: "\n")
        #expect(lines.contains { $0.contains("hosts without a change") })
        #expect(lines.count < 40)
    }

    @Test func namesCannotBreakATable() {
        var plan = ReportCases.evacuation
        plan.steps[1].reason = "first\nsecond\ttab"
        let text = PlanTextReport(plan: plan, cluster: ReportCases.cluster).text()
        #expect(text.contains("first second tab"))
    }
}

@Suite struct PageSafetyTests {
    /// Every tag that is opened is closed in order, and nothing is loaded from outside.
    private func faults(_ html: String) -> [String] {
        var faults: [String] = []
        let outside = ["<script", "src=", "href=", "url(", "@import", "<link", "<img", "onload"]
        for text in outside where html.contains(text) { faults.append("contains \(text)") }
        var open: [Substring] = []
        for piece in html.split(separator: "<").dropFirst() {
            guard let end = piece.firstIndex(of: ">") else {
                faults.append("tag without an end: \(piece.prefix(40))")
                continue
            }
            let tag = piece[..<end]
            let name = tag.prefix { $0 != " " && $0 != "\n" && $0 != "/" || $0 == "/" && tag.first == "/" }
            if tag.hasSuffix("/") || name == "meta" || name == "!DOCTYPE" { continue }
            if name.hasPrefix("/") {
                if open.popLast() != name.dropFirst() { faults.append("closes \(name)") }
            } else {
                open.append(name)
            }
        }
        return faults + open.map { "never closes \($0)" }
    }

    @Test(arguments: UInt64(0)..<40)
    func pagesOfRandomPlansAreWellFormedAndStandAlone(seed: UInt64) {
        let (plan, cluster) = ReportCases.random(seed: seed, hosts: 2 + Int(seed), moves: Int(seed) * 12)
        #expect(faults(PlanHTMLReport(plan: plan, cluster: cluster).html()).isEmpty)
        let request = CapacityRequest(cluster: cluster, policy: Policy(), consolidation: plan)
        #expect(faults(CapacityReport(request).html()).isEmpty)
    }

    @Test func hostileNamesAreText() {
        let bad = "<script>alert('x')</script>\"&\u{1}"
        var cluster = ReportCases.cluster
        cluster.name = bad
        cluster.hosts[2].id = bad
        for index in cluster.vms.indices where cluster.vms[index].host == "h03" { cluster.vms[index].host = bad }
        cluster.vms[0].id = bad
        var plan = Plan.plan(
            for: cluster, goal: .evacuate(hosts: [bad]),
            refusals: [
                Refusal(
                    subject: .rule(id: bad), reasons: [Refusal.Reason(constraint: bad, hosts: [bad], detail: bad)],
                    unblock: bad)
            ], [.move(bad, bad, from: "h01", to: bad, at: 0, after: [bad])])
        plan.steps[0].reason = bad
        plan.id = bad
        plan.policy.name = bad
        plan.extensions = .object(fields: ["notes": .array(values: [.string(value: bad)])])
        #expect(faults(PlanHTMLReport(plan: plan, cluster: cluster).html()).isEmpty)
        #expect(faults(CapacityReport(CapacityRequest(cluster: cluster, policy: Policy())).html()).isEmpty)
    }

    @Test func impossibleNumbersAreShownAndDoNotTrap() {
        var plan = ReportCases.evacuation
        plan.steps[0].startSeconds = .infinity
        plan.steps[1].durationSeconds = 1e300
        plan.summary.transferBytes = .nan
        plan.summary.makespanSeconds = -1e300
        var cluster = ReportCases.cluster
        cluster.hosts[0].cpuCores = 0
        cluster.hosts[1].reservedMemoryBytes = cluster.hosts[1].memoryBytes
        #expect(!PlanTextReport(plan: plan, cluster: cluster).text().isEmpty)
        #expect(faults(PlanHTMLReport(plan: plan, cluster: cluster).html()).isEmpty)
    }
}
