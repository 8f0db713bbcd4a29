import ClusterModel
import Documents
import Foundation
import ProgramSupport
import Testing

/// From a plan to moved VMs, with the built program and a simulated platform in a process of its own.
@Suite(.serialized) struct RunTests {
    /// A store with the small cluster and a plan that empties h01.
    private func prepared() async throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write(SmallCluster.document, to: "small.json")
        let steps = [
            ["import", "cluster", "small.json", "--store", "s.sqlite"],
            [
                "plan", "evacuate", "h01", "--store", "s.sqlite", "--set", "execution.pollSeconds=0.5", "-o",
                "plan.json",
            ],
        ]
        for arguments in steps {
            let outcome = try await scratch.drover(arguments)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        return scratch
    }

    @Test func rehearses() async throws {
        let scratch = try await prepared()
        let outcome = try await scratch.drover(
            "apply", "plan.json", "--cluster", "small.json", "--rehearse", "--store", "no.sqlite")
        // The plan was made from the store, whose snapshot has the samples' demand: the document is another one.
        #expect(outcome.status == 1)
        let right = try await scratch.drover("apply", "plan.json", "--store", "s.sqlite", "--rehearse")
        #expect(right.status == 0, "\(right.errors)")
        #expect(right.output.contains("completed"), "\(right.output)")
        #expect(try !scratch.names.contains("s.sqlite.simulator"))
        #expect(try await scratch.drover("status", "--store", "s.sqlite").output.contains("nothing was ever run"))
    }

    @Test func approvesAppliesAndTells() async throws {
        let scratch = try await prepared()
        #expect(
            try await scratch.drover("approve", "plan.json", "--store", "s.sqlite").output.contains(
                "approved by tester"))
        let apply = try await scratch.drover(
            "apply", "plan.json", "--store", "s.sqlite", "--speed", "600", "--variation", "0")
        #expect(apply.status == 0, "\(apply.output)\(apply.errors)")
        #expect(apply.output.contains("completed") && apply.output.contains("0 failed, 0 skipped"), "\(apply.output)")
        // Nobody watches: no progress in a pipe.
        #expect(!apply.errors.contains("\u{1B}["))
        let status = try await scratch.drover("status", "--store", "s.sqlite", "--format", "json")
        #expect(status.output.contains("\"outcome\":\"completed\""), "\(status.output)")
        // What was predicted and what was measured can be looked at, and is learned from.
        let report = try await scratch.drover("report", "migrations", "--store", "s.sqlite")
        #expect(report.status == 0 && report.output.contains("days before"), "\(report.output)\(report.errors)")
        #expect(report.output.contains("Learned"), "\(report.output)")
        let figures = try await scratch.drover("report", "migrations", "--store", "s.sqlite", "--format", "json")
        #expect(figures.output.contains("\"durationFactor\""), "\(figures.output)")
        // The store knows where the VMs are now: emptying the host again is nothing to do.
        let again = try await scratch.drover("plan", "evacuate", "h01", "--store", "s.sqlite", "--format", "json")
        let plan = try PlanDocument.read(Array(again.output.utf8), name: "again").value
        #expect(plan.steps.compactMap(\.migration).isEmpty)
        // And a run that has ended can be neither paused nor resumed.
        #expect(try await scratch.drover("pause", "--store", "s.sqlite").status == 1)
        #expect(try await scratch.drover("resume", "--store", "s.sqlite").status == 1)
    }

    @Test func isResumedAfterItWasKilled() async throws {
        let scratch = try await prepared()
        let apply = try Programs.start(
            Programs.drover,
            ["apply", "plan.json", "--store", "s.sqlite", "--approve", "--speed", "4", "--variation", "0"],
            in: scratch.path)
        let record = "\(scratch.path)/s.sqlite.simulator/record.jsonl"
        try await wait { (try? String(contentsOfFile: record, encoding: .utf8).contains("begin")) == true }
        apply.kill()
        let status = try await scratch.drover("status", "--store", "s.sqlite")
        #expect(status.output.contains("nobody works on it"), "\(status.output)")
        let second = try await scratch.drover("apply", "plan.json", "--store", "s.sqlite")
        #expect(second.status == 1 && second.errors.contains("has not ended"), "\(second.errors)")
        let resume = try await scratch.drover("resume", "--store", "s.sqlite")
        #expect(resume.status == 0, "\(resume.output)\(resume.errors)")
        #expect(resume.output.contains("completed"), "\(resume.output)")
        // By the platform's own record no move was begun twice.
        let begun = try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").filter {
            $0.contains("\"kind\":\"begin\"")
        }
        #expect(begun.count == 2 || begun.count == 3, "\(begun)")
    }

    private func wait(_ condition: @Sendable () -> Bool) async throws {
        let end = Date().addingTimeInterval(60)
        while !condition() {
            try #require(Date() < end, "waited for a minute")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
