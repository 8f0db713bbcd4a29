import ArgumentParser
import ClusterModel
import Reports

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why a VM moves or stays, and what happens to a host.",
        discussion: """
            Every host that could have taken the VM is asked anew, at the plan's end, and says what speaks against it and \
            by how much. For a VM or host that should be empty and is not, what would help is named: a limit, a rule, a \
            host to wake. Each is verified by planning with it, under the policy that the plan carries.

              drover explain tonight.json --store lab.sqlite
              drover explain tonight.json vm7 --cluster lab.cluster.json
              drover explain 4f1c2a9d3b7e6051 h03 --store lab.sqlite
            """)

    @Argument(help: ArgumentHelp("The plan's file, or its identifier in the store.", valueName: "plan"))
    var plan: String

    @Argument(help: ArgumentHelp("A VM or a host; without it, the whole plan.", valueName: "vm|host"))
    var subject: String?

    @Option(
        name: .long, help: ArgumentHelp("The cluster document on which the plan rests.", valueName: "file"),
        completion: .file())
    var cluster: String?

    @OptionGroup(title: "Store") var store: StoreOptions

    @Option(name: .long, help: "How the result is shown.")
    var format: TextFormat = .text

    func run() throws {
        let (plan, cluster) = try load()
        let report = ExplainReport(plan: plan, cluster: cluster, policy: try plan.carriedPolicy())
        switch format {
        case .text: try Terminal.output(try report.text(about: subject).endedLine)
        case .json: try Terminal.output(try report.json(about: subject).endedLine)
        }
    }

    private func load() throws -> (Plan, Cluster) {
        if let cluster { return (try PlanKeeping.plan(plan, in: nil), try ClusterSource.document(cluster)) }
        guard store.store != nil || Files.exists(store.path) else {
            throw ValidationError("say on which cluster the plan rests: --cluster FILE or --store FILE")
        }
        let stored = try store.cluster(in: try store.open())
        let plan = try PlanKeeping.plan(plan, in: stored)
        return (plan, try PlanKeeping.snapshot(of: plan, in: stored))
    }
}
