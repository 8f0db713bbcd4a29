import ClusterModel
import MigrationModel
import Reports
import Testing

/// What finished migrations look like in words and figures.
@Suite struct MigrationReportTests {
    static let now = Timestamp(secondsSinceEpoch: 1_795_305_600)

    /// Of 24 live migrations predicted at 10 s and 200 ms, 20 took 11 s and 220 ms, one took 90 s; three failed. Two
    /// cold ones were exact.
    static var report: MigrationReport {
        var all: [MigrationExperience] = []
        func add(_ vm: String, _ mode: MigrationMode, seconds: Double?, pause: Double = 220, failure: String? = nil) {
            all.append(
                MigrationExperience(
                    vm: vm, from: "h1", to: "h2", mode: mode, endedAt: now.adding(seconds: Double(all.count)),
                    predicted: .init(durationSeconds: 10, downtimeMilliseconds: 200, transferBytes: 1e9),
                    measured: seconds.map {
                        .init(durationSeconds: $0, downtimeMilliseconds: pause, transferBytes: 1e9)
                    }, failure: failure))
        }
        for index in 0..<20 { add("vm\(index)", .live, seconds: 11) }
        add("slow", .live, seconds: 90)
        for index in 0..<3 { add("wild\(index)", .live, seconds: nil, failure: "notConverging") }
        for index in 0..<2 { add("cold\(index)", .cold, seconds: 10, pause: 200) }
        return MigrationReport(cluster: "lab", upTo: now, days: 90, experiences: all)
    }

    @Test func text() {
        let lines = Self.report.text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let words = lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines[0] == "Migrations of cluster lab in the 90 days before 2026-11-22T00:00:00Z: 26")
        #expect(words.contains("live 21 3 1.10 1.10 1.10 1.10 21 20 ms 20 ms"), "\(words)")
        #expect(words.contains("cold 2 0 1.00 1.00 1.00 1.00 0 0 ms 0 ms"))
        #expect(words.contains("Failed: live: 3 x notConverging"))
        #expect(words.contains { $0.hasPrefix("live 21 1.0") })
        #expect(words.contains { $0.contains("slow h1 h2 live 10.0 s 1 min 30 s 8.") })
        #expect(words.count { $0.contains(" h1 h2 ") } == 1)
    }

    @Test func json() {
        let text = Self.report.json()
        #expect(text.contains("\"migrations\": 26"))
        #expect(text.contains("\"notConverging\": 3"))
        #expect(text.contains("\"vm\": \"slow\""))
        #expect(text.contains("\"p50\": 1.1"))
    }

    @Test func nothingIsSaidToBeNothing() {
        let report = MigrationReport(cluster: "lab", upTo: Self.now, days: 7, experiences: [])
        #expect(report.text().contains("None has ended, so nothing is corrected."))
        #expect(report.json().contains("\"modes\": []"))
    }
}
