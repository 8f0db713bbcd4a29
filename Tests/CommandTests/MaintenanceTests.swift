import ClusterModel
import Documents
import Foundation
import ProgramSupport
import Testing

/// Windows, rolling maintenance and relocation as an operator asks for them.
@Suite struct MaintenanceTests {
    private static func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write(SmallCluster.document, to: "small.json")
        return scratch
    }

    private static func plan(_ scratch: Scratch, _ name: String = "plan.json") throws -> Plan {
        try PlanDocument.read(Array(try scratch.read(name).utf8), name: name).value
    }

    /// The snapshot is of 2026-11-22T20:00:00Z, which is 21:00 in Paris.
    @Test func aWindowThatIsKept() async throws {
        let scratch = try Self.scratch()
        let outcome = try await scratch.drover(
            "plan", "evacuate", "h01", "--from", "02:00", "--by", "06:00", "--timezone", "Europe/Paris", "--cluster",
            "small.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("Answer:"), "\(outcome.output)")
        #expect(outcome.output.contains("yes: over by 2026-11-23 02:00 Europe/Paris (2026-11-23T01:00:"))
        #expect(
            outcome.output.contains(
                "2026-11-23 02:00 Europe/Paris (2026-11-23T01:00:00Z) to 2026-11-23 06:00 Europe/Paris (2026-11-23T05:00:00Z)"
            ))
        #expect(outcome.output.contains("to spare") && outcome.output.contains("Latest start:"))
    }

    /// Noisy but for two hours of the night.
    @Test func aNoisyVMMovesAtItsQuietHourAndThePlanSaysWhy() async throws {
        let scratch = try Scratch()
        let rates = (0..<24).map { hour in hour == 6 || hour == 7 ? "2e6" : "2e8" }.joined(separator: ", ")
        let hot = [String](repeating: "6e8", count: 24).joined(separator: ", ")
        let profile = """
            "extensions": {"dirtyProfile": {"slotSeconds": 3600, "start": "2026-11-22T20:00:00Z", "hotBytes": [\(hot)],
             "bytesPerSecond": [\(rates)]}},
            """
        try scratch.write(
            SmallCluster.replacing("{\"id\": \"v1\",", "{\"id\": \"v1\", \(profile)"), to: "noisy.json")
        for (by, start) in [("06:00", "2026-11-23T02:00:00Z"), ("01:00", nil)] {
            let outcome = try await scratch.drover(
                "plan", "evacuate", "h01", "--from", "22:00", "--by", by, "--timezone", "UTC", "--cluster",
                "noisy.json",
                "-o", "plan.json")
            #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
            let plan = try Self.plan(scratch)
            let noisy = try #require(plan.steps.first { $0.migration?.vm == "v1" })
            let other = try #require(plan.steps.first { $0.migration?.vm == "v2" })
            #expect(noisy.notBefore?.description == start && other.notBefore == nil)
            #expect(noisy.startSeconds >= (start == nil ? 0 : 4 * 3600) && other.startSeconds < 3600)
            let why =
                "not before 2026-11-23T02:00:00Z, its quietest hour: it rewrites 2 MB/s, and 200 MB/s at 2026-11-22T22:00:00Z"
            #expect(noisy.reason.contains(why) == (start != nil), "\(noisy.reason)")
            let check = try await scratch.drover("check", "--cluster", "noisy.json", "--plan", "plan.json")
            #expect(check.status == 0, "\(check.output)")
        }
    }

    @Test func aWindowThatIsMissedIsANoWithStatusTwo() async throws {
        let scratch = try Self.scratch()
        let outcome = try await scratch.drover(
            "plan", "evacuate", "h01", "--by", "2026-11-22T20:00:12Z", "--timezone", "UTC", "--cluster", "small.json",
            "-o", "plan.json")
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.output.contains("answer: no: over by"), "\(outcome.output)")
        #expect(
            outcome.output.contains("would make it a yes: end the window at 2026-11-22T20:01:00Z"), "\(outcome.output)")
        let plan = try Self.plan(scratch)
        #expect(plan.status == .partial && plan.steps.count == 1 && plan.refusals.count == 1)
        #expect(plan.deadline?.description == "2026-11-22T20:00:12Z" && plan.confidence == 0.95)
        let check = try await scratch.drover("check", "--cluster", "small.json", "--plan", "plan.json")
        #expect(check.status == 0, "\(check.output)")
    }

    @Test(arguments: [
        (["--by", "noon"], 1, "--by noon: not a time; allowed: a clock time such as 06:00"),
        (["--from", "02:00"], 64, "--from goes with --by"),
        (["--by", "06:00", "--timezone", "Mars/Olympus"], 1, "--timezone Mars/Olympus: not a time zone"),
        (["--by", "2026-11-22T19:00:00Z"], 1, "is not after the window's beginning, 2026-11-22T20:00:00Z"),
        (
            ["--from", "02:30", "--by", "06:00", "--timezone", "Europe/Paris", "--at", "2026-03-28T12:00:00Z"], 1,
            "--from 02:30 does not exist on 2026-03-29 in Europe/Paris"
        ),
        (
            ["--by", "02:30", "--timezone", "Europe/Paris", "--at", "2026-10-24T12:00:00Z"], 1,
            "say 2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z"
        ),
    ])
    func windowsThatCannotBeMeant(_ arguments: [String], _ status: Int32, _ says: String) async throws {
        let scratch = try Self.scratch()
        let outcome = try await scratch.drover(["plan", "evacuate", "h01", "--cluster", "small.json"] + arguments)
        #expect(outcome.status == status && outcome.errors.contains(says), "\(outcome.status) \(outcome.errors)")
    }

    @Test func hostsAreMaintainedNightByNightAndThePlanRuns() async throws {
        let scratch = try Self.scratch()
        let outcome = try await scratch.drover(
            "plan", "rolling", "--hosts", "all", "--reboot", "10m", "--window", "22:00-22:25", "--timezone",
            "Europe/Paris",
            "--cluster", "small.json", "-o", "plan.json")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains("3 hosts in 3 groups, at most 1 down at once"), "\(outcome.output)")
        #expect(
            outcome.output.contains("night 2, 2026-11-23 22:00 to 2026-11-23 22:25 Europe/Paris"), "\(outcome.output)")
        let plan = try Self.plan(scratch)
        #expect(
            plan.startsAt.description == "2026-11-22T21:00:00Z" && plan.goal == .rolling(hosts: ["h01", "h02", "h03"]))
        #expect(plan.steps.count { if case .maintain = $0.action { true } else { false } } == 3)
        let check = try await scratch.drover("check", "--cluster", "small.json", "--plan", "plan.json")
        #expect(check.status == 0, "\(check.output)")
        let run = try await scratch.drover("apply", "plan.json", "--cluster", "small.json", "--rehearse")
        #expect(run.status == 0 && run.output.contains("0 failed, 0 skipped"), "\(run.output) \(run.errors)")
    }

    @Test(arguments: [
        (["--hosts", "h01,h99", "--reboot", "10m"], 1, "the cluster has no host 'h99'"),
        (["--hosts", "h01", "--reboot", "soon"], 64, "soon"),
        (["--hosts", "h01", "--reboot", "10m", "--window", "22-06"], 64, "22-06"),
        (["--hosts", "h01", "--reboot", "10m", "--parallel", "0"], 64, "--parallel 0: from 1 to 10000 hosts"),
        (["--hosts", ",", "--reboot", "10m"], 1, "names no host"),
    ])
    func maintenanceThatCannotBeMeant(_ arguments: [String], _ status: Int32, _ says: String) async throws {
        let scratch = try Self.scratch()
        let outcome = try await scratch.drover(["plan", "rolling", "--cluster", "small.json"] + arguments)
        #expect(outcome.status == status && outcome.errors.contains(says), "\(outcome.status) \(outcome.errors)")
    }

    @Test func aSiteMovesToAnother() async throws {
        let scratch = try Scratch()
        let sites = SmallCluster.document.split(separator: "\n").map { line -> String in
            let site = line.contains("\"id\": \"h01\"") ? "paris" : "lyon"
            return line.replacingOccurrences(of: "\"cpuCores\": 16", with: "\"site\": \"\(site)\", \"cpuCores\": 16")
        }
        try scratch.write(sites.joined(separator: "\n"), to: "sites.json")
        let outcome = try await scratch.drover(
            "plan", "relocate", "--from", "site:paris", "--to", "site:lyon", "--policy", "relocation", "--cluster",
            "sites.json",
            "-o", "plan.json")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        let plan = try Self.plan(scratch)
        #expect(plan.goal == .relocate(from: "paris", to: "lyon") && plan.summary.migrations == 2)
        let check = try await scratch.drover("check", "--cluster", "sites.json", "--plan", "plan.json")
        #expect(check.status == 0, "\(check.output)")
        for (to, status, says) in [
            ("site:lille", 1, "the cluster has no site 'lille'"), ("lyon", 64, "lyon"), ("site:paris", 64, "same site"),
        ] {
            let wrong = try await scratch.drover(
                "plan", "relocate", "--from", "site:paris", "--to", to, "--cluster", "sites.json")
            #expect(wrong.status == status && wrong.errors.contains(says), "\(wrong.errors)")
        }
    }
}
