import ArgumentParser
import ClusterModel
import Documents
import Execution
import PlanCheck
import Simulation
import Store

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Carries out a plan, step by step, each checked again against the newest state.",
        discussion: """
            Every decision is in the journal before it is carried out: after a crash, drover resume asks the platform \
            what is true and goes on. A plan runs before it expires, with an approval unless the policy waives it, and \
            one at a time per cluster.

              drover apply tonight.json --cluster lab.cluster.json --rehearse
              drover approve tonight.json --store lab.sqlite
              drover apply tonight.json --store lab.sqlite --driver simulated --speed 600
              drover apply tonight.json --store lab.sqlite --driver libvirt --hosts hosts.yaml

            On a terminal the run is shown as it goes: each move with its bytes left, rate and expected end, the whole \
            plan with its expected end. In a pipe there is only the summary at the end, predictions beside measurements.

            A migration that falls behind gets the help that the policy's execution.ladder names. When the plan's basis \
            no longer holds and execution.replan is above 0, what remains is planned anew and goes on, under the same \
            approval only with execution.replanUnderApproval.

            --rehearse runs the plan on a simulated cluster inside this process, at once, and records nothing.
            Without --store the journal is $DROVER_STORE, or drover.sqlite here.
            Exit status: 0 all steps done, 2 some were skipped or failed, 1 the run was stopped or could not start.
            """)

    @Argument(help: ArgumentHelp("The plan's file, or its identifier in the store.", valueName: "plan"))
    var plan: String

    @Option(
        name: .long,
        help: ArgumentHelp("The cluster as it stands, in place of the plan's snapshot.", valueName: "file"),
        completion: .file())
    var cluster: String?

    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Policy") var policy: PolicyOptions
    @OptionGroup var pace: PaceOption

    @OptionGroup(title: "Platform") var platform: PlatformOptions

    @Flag(name: .long, help: "Try it on a simulated cluster inside this process; nothing is recorded.")
    var rehearse = false

    @Flag(name: .long, help: "Approve the plan in the same breath.")
    var approve = false

    @Option(name: .long, help: "How the result is shown.")
    var format: TextFormat = .text

    @OptionGroup(title: "Simulation") var simulation: SimulationArguments

    func run() async throws {
        let rendering = RunRendering(rehearse ? try await rehearsal() : try await execution())
        try rendering.show(format)
        if rendering.exitCode != .success { throw rendering.exitCode }
    }

    // MARK: Rehearsal

    private func rehearsal() async throws -> [RunSummary] {
        let (plan, cluster) = try rehearsed()
        var policy = pace.applied(to: try policy.load(else: try plan.carriedPolicy() ?? Policy()))
        policy.requireApproval = false
        let options = try simulation.options(
            memory: plan.policy.memory, defaults: plan.policy.defaults, migration: policy.migration,
            startsAt: plan.startsAt)
        let driver = RehearsalDriver(cluster: cluster, options: options, speed: simulation.speed)
        let executor = RunSupport.executor(driver: driver, journal: InMemoryJournal())
        return try await RunSupport.series(
            of: RunSupport.order(plan, cluster, policy, approval: nil), run: "rehearsal-\(plan.id)", executor, in: nil)
    }

    private func rehearsed() throws -> (Plan, Cluster) {
        if let cluster { return (try PlanKeeping.plan(plan, in: nil), try ClusterSource.document(cluster)) }
        let stored = try store.cluster(in: try store.open())
        let plan = try PlanKeeping.plan(plan, in: stored)
        return (plan, try PlanKeeping.snapshot(of: plan, in: stored))
    }

    // MARK: Execution

    private func execution() async throws -> [RunSummary] {
        let subject = try cluster.map(subject(on:)) ?? subject()
        if approve { try ApproveCommand.approve(subject.plan.id, in: subject.store) }
        return try await RunSupport.run(
            subject.plan, on: subject.cluster, policy: subject.policy, in: subject.store,
            platform: platform, simulation: simulation)
    }

    /// What is to be run, and the store that keeps the journal.
    private struct Subject {
        let plan: Plan
        let cluster: Cluster
        let policy: Policy
        let store: ClusterStore
    }

    /// A plan from its file, on a cluster document; the store is made when there is none, but not for a plan that
    /// cannot be run.
    private func subject(on document: String) throws -> Subject {
        let plan = try PlanKeeping.plan(plan, in: nil)
        let cluster = try ClusterSource.document(document)
        let policy = pace.applied(to: try policy.load(else: try plan.carriedPolicy() ?? Policy()))
        try RunSupport.order(plan, cluster, policy, approval: nil).checkPlan()
        let kept = try store.cluster(in: try store.open(creating: true), creating: plan.cluster)
        if ClusterDocument.digest(of: cluster) == plan.basis.snapshot {
            try PlanKeeping.keep(plan, cluster: cluster, in: kept)
        }
        return Subject(plan: plan, cluster: cluster, policy: policy, store: kept)
    }

    /// A plan of the store, on the snapshot that the store has of its cluster.
    private func subject() throws -> Subject {
        let stored = try store.cluster(in: try store.open())
        let plan = try PlanKeeping.plan(plan, in: stored)
        let isKept = try stored.plan(id: plan.id) != nil
        guard try isKept || stored.snapshot(digest: plan.basis.snapshot) != nil else {
            throw Failure("plan \(plan.id) is not in \(stored.file.path): name its cluster document with --cluster")
        }
        let cluster = try PlanKeeping.snapshot(of: plan, in: stored)
        if !isKept { try PlanKeeping.keep(plan, cluster: cluster, in: stored) }
        let policy = pace.applied(to: try policy.load(else: try plan.carriedPolicy() ?? Policy()))
        return Subject(plan: plan, cluster: cluster, policy: policy, store: stored)
    }
}
