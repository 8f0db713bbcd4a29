import ArgumentParser
import ClusterModel
import Execution
import Store

struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Gives leave to run a plan.",
        discussion: """
            A plan's identifier is a digest of its content: an approval holds for this very plan and no other.

              drover approve tonight.json --store lab.sqlite
            """)

    @Argument(help: ArgumentHelp("The plan's file, or its identifier in the store.", valueName: "plan"))
    var plan: String

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() throws {
        let stored = try store.cluster(in: try store.open())
        let plan = try PlanKeeping.plan(plan, in: stored)
        try Self.approve(plan.id, in: stored)
        try Terminal.output("plan \(plan.id) of cluster \(stored.name) is approved by \(Files.operatorName())\n")
    }

    static func approve(_ plan: String, in store: ClusterStore) throws {
        try store.approve(Approval(plan: plan, approvedBy: Files.operatorName(), approvedAt: WallClock.now()))
    }
}
