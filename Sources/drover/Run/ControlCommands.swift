import ArgumentParser
import ClusterModel
import Documents
import Execution
import Store

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says how the newest run of a cluster stands, from its journal.",
        discussion: """
              drover status --store lab.sqlite
            """)

    @OptionGroup(title: "Store") var store: StoreOptions

    @Option(name: .long, help: "How the result is shown.")
    var format: TextFormat = .text

    func run() async throws {
        let stored = try store.cluster(in: try store.open())
        let control = RunControl(journal: SQLiteJournal(file: stored.file), wallClock: { WallClock.now() })
        guard let report = try await control.report(cluster: stored.name) else {
            return try Terminal.output(format == .json ? "null\n" : "nothing was ever run on cluster \(stored.name)\n")
        }
        let plan = try PlanKeeping.plan(report.state.plan ?? "", in: stored)
        let status = RunStatus(plan: plan, run: report.run, state: report.state, now: report.lastEntryAt)
        try Terminal.output(format == .json ? json(status, report) : text(status, report))
    }

    private func text(_ status: RunStatus, _ report: RunControl.Report) -> String {
        let worked =
            report.isWorkedOn
            ? "an executor is at work"
            : status.outcome == nil ? "nobody works on it: drover resume takes it over" : "ended"
        let head = ["run \(status.run) of plan \(status.plan) (\(worked); last entry \(report.lastEntryAt))"]
        return (head + StatusLines(status: status).all).joined(separator: "\n") + "\n"
    }

    private func json(_ status: RunStatus, _ report: RunControl.Report) -> String {
        let whole = JSONValue.object(fields: [
            "run": .string(value: status.run), "plan": .string(value: status.plan),
            "isWorkedOn": .bool(value: report.isWorkedOn),
            "lastEntryAt": .string(value: report.lastEntryAt.description),
            "outcome": status.outcome.map { .string(value: $0.rawValue) } ?? .null,
            "total": .integer(value: Int64(status.total)), "done": .integer(value: Int64(status.done)),
            "failed": .integer(value: Int64(status.failed)), "skipped": .integer(value: Int64(status.skipped)),
            "toCome": .integer(value: Int64(status.toCome)),
            "running": .array(values: status.running.map { .string(value: $0.step.id) }),
            "expectedEnd": status.expectedEnd.map { .string(value: $0.description) } ?? .null,
            "delaySeconds": status.delaySeconds.map { .number(value: $0) } ?? .null,
            "steps": .object(fields: status.retiming.steps.mapValues(times)),
        ])
        return JSONText.compact(whole) + "\n"
    }

    private func times(_ times: Retiming.Times) -> JSONValue {
        .object(fields: [
            "expectedStart": .string(value: times.start.description),
            "expectedEnd": .string(value: times.end.description),
        ])
    }
}

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Lets a run begin nothing new; what moves goes on to its end.",
        discussion: """
              drover pause --store lab.sqlite
            """)

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() async throws { try await ControlSupport.ask(.pause, store) }
}

struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Ends a run: nothing new is begun, and what can be cancelled is.",
        discussion: """
            Every VM stays where it is at that moment, running. A run whose executor is dead is ended by the next resume.

              drover abort --store lab.sqlite
            """)

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() async throws { try await ControlSupport.ask(.abort, store) }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets a paused run go on, or takes over one whose executor died.",
        discussion: """
            The platform is asked what became of the steps that were written down; no step is done twice.

              drover resume --store lab.sqlite
            """)

    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Policy") var policy: PolicyOptions
    @OptionGroup var pace: PaceOption

    @OptionGroup(title: "Platform") var platform: PlatformOptions

    @Option(name: .long, help: "How the result is shown.")
    var format: TextFormat = .text

    func run() async throws {
        let stored = try store.cluster(in: try store.open())
        let journal = SQLiteJournal(file: stored.file)
        let control = RunControl(journal: journal, wallClock: { WallClock.now() })
        guard let report = try await control.report(cluster: stored.name), report.state.outcome == nil else {
            throw Failure("no run on cluster \(stored.name) is under way: nothing to resume")
        }
        if report.isWorkedOn { return try await ControlSupport.ask(.resume, store) }
        let plan = try PlanKeeping.plan(report.state.plan ?? "", in: stored)
        let cluster = try PlanKeeping.snapshot(of: plan, in: stored)
        let policy = pace.applied(to: try policy.load(else: try plan.carriedPolicy() ?? Policy()))
        let driver = try await platform.running(plan, in: stored)
        let executor = RunSupport.executor(driver: driver, journal: journal)
        let summary = try await executor.resume(run: report.run, plan: plan, cluster: cluster, policy: policy)
        try await RunSupport.settle(summary, driver, stored)
        RunSupport.hint(after: summary, goal: plan.goal, stored)
        let rendering = RunRendering([summary])
        try rendering.show(format)
        if rendering.exitCode != .success { throw rendering.exitCode }
    }
}

enum ControlSupport {
    /// Leaves a request for the executor of a cluster's run.
    static func ask(_ command: ControlCommand, _ store: StoreOptions) async throws {
        let stored = try store.cluster(in: try store.open())
        let control = RunControl(journal: SQLiteJournal(file: stored.file), wallClock: { WallClock.now() })
        let report = try await control.ask(command, cluster: stored.name, by: Files.operatorName())
        let when = report.isWorkedOn ? "its executor takes it up at its next look" : "whoever resumes it takes it up"
        try Terminal.output("\(command.rawValue) requested for run \(report.run): \(when)\n")
    }
}
