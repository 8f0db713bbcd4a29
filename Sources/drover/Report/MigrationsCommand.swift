import ArgumentParser
import ClusterModel
import Reports
import Server
import Store

extension ReportCommand {
    struct Migrations: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrations",
            abstract: "Finished migrations: predicted beside measured, and what was learned.",
            discussion: """
                For each mode: how long migrations took beside what the plans said, how far pauses were off, by what the \
                next plan from this store multiplies the model's figures, and which migrations were odd. The policy's \
                migration.learnDays says how far back it goes; 0 there turns learning off.

                  drover report migrations --store lab.sqlite
                  drover report migrations --store lab.sqlite --days 7 --format json
                """)

        @OptionGroup(title: "Store") var store: StoreOptions
        @OptionGroup(title: "Policy") var policy: PolicyOptions

        @Option(name: .long, help: ArgumentHelp("How far back; without it the policy's learnDays.", valueName: "days"))
        var days: Double?

        @Option(
            name: .long,
            help: ArgumentHelp("The report's clock; without it, the end of the newest migration.", valueName: "time"))
        var at: TimeArgument?

        @Option(name: .long, help: "How the report is shown.")
        var format: TextFormat = .text

        @Option(name: .shortAndLong, help: ArgumentHelp("Write the report to this file.", valueName: "file"))
        var output: String?

        func validate() throws {
            guard let days, !(days > 0 && days <= 36_500) else { return }
            throw ValidationError("--days \(days): more than 0 and at most 36500")
        }

        func run() throws {
            let policy = try policy.load()
            let cluster = try store.cluster(in: try store.open())
            let moment = try at?.timestamp ?? cluster.newestMigrationTime() ?? WallClock.now()
            let days = days ?? policy.migration.learnDays
            let report = MigrationReport(
                cluster: cluster.name, upTo: moment, days: days,
                experiences: try cluster.migrationExperiences(days: days, upTo: moment))
            let text = format == .json ? report.json().endedLine : report.text().endedLine
            guard let output else { return try Terminal.output(text) }
            try Files.write(text, to: output)
            Terminal.note("migration report written to \(output)")
        }
    }
}
