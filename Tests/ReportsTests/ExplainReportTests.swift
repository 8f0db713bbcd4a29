import ClusterModel
import Documents
import Reports
import TestSupport
import Testing

@Suite struct ExplainReportTests {
    private let evacuation = ExplainReport(plan: ReportCases.evacuation, cluster: ReportCases.cluster)

    private static let subjects: [(subject: String?, file: String)] = [
        (nil, "explain-plan"), ("v1", "explain-moved-vm"), ("v4", "explain-blocked-vm"), ("v6", "explain-staying-vm"),
        ("v10", "explain-stopped-vm"), ("h01", "explain-emptied-host"), ("h04", "explain-woken-host"),
    ]

    @Test(arguments: subjects)
    func texts(subject: String?, file: String) throws {
        try expectGolden(try evacuation.text(about: subject), file + ".txt")
    }

    @Test(arguments: subjects)
    func jsonIsReadableAndAsRecorded(subject: String?, file: String) throws {
        let text = try evacuation.json(about: subject)
        _ = try JSONText.read(Array(text.utf8), name: file)
        try expectGolden(text, file + ".json")
    }

    @Test func unknownNamesSayWhatIsAllowed() {
        #expect(throws: ExplainError.unknown(id: "v99", cluster: "lab")) { try evacuation.text(about: "v99") }
    }

    @Test func aVMThatMovedJustNowRests() throws {
        var plan = ReportCases.consolidation
        plan.steps = []
        let text = try ExplainReport(plan: plan, cluster: ReportCases.cluster).text(about: "v8")
        #expect(text.contains("rests for 1 h 00 min"))
        #expect(text.contains("coolDown"))
    }

    @Test func roomAtTheEndIsWhatCounts() throws {
        // h04 is woken by the plan and takes v1, so at the end h04 can take v6 too and h05, in maintenance, cannot.
        let text = try evacuation.text(about: "v6")
        let accepting = text.split(separator: "\n").first { $0.contains("could also be on") }
        #expect(accepting?.contains("h04") == true && accepting?.contains("h05") == false)
    }
}
