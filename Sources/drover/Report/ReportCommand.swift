import ArgumentParser
import ClusterModel
import Reports
import Server

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Reports on a cluster.",
        subcommands: [Capacity.self, Migrations.self, Power.self])

    struct Capacity: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "capacity",
            abstract: "How full the hosts are, how many more VMs fit, and when they will be full.",
            discussion: """
                Counted as things are, with the policy's spareHosts failing, after a consolidation, and with sleeping \
                hosts woken. Days until full need the samples of a store.

                  drover report capacity --cluster lab.cluster.json
                  drover report capacity --store lab.sqlite --size vcpus=4,memory=16GiB --format html -o capacity.html
                """)

        @OptionGroup(title: "Cluster") var source: ClusterSource
        @OptionGroup(title: "Policy") var policy: PolicyOptions

        @Option(
            name: .long,
            help: ArgumentHelp("The VM to ask for; without it vcpus=2,memory=8GiB.", valueName: "vcpus=N,memory=SIZE"))
        var size: String?

        @Option(name: .long, help: ArgumentHelp("The report's clock.", valueName: "time"))
        var at: TimeArgument?

        @Option(name: .long, help: "How the report is shown.")
        var format: PlanFormat?

        @Option(name: .shortAndLong, help: ArgumentHelp("Write the report to this file.", valueName: "file"))
        var output: String?

        func validate() throws {
            do throws(MachineSizeError) {
                _ = try machineSize()
            } catch {
                throw ValidationError(error.description)
            }
        }

        private func machineSize() throws(MachineSizeError) -> MachineSize {
            guard let size else { return .standard }
            return try MachineSize(text: size)
        }

        func run() throws {
            let policy = try policy.load()
            let loaded = try source.load(policy: policy, at: at?.timestamp)
            let inquiry = CapacityInquiry(policy: policy, size: try machineSize())
            let report = try inquiry.report(on: loaded.cluster, at: loaded.moment, trendFrom: loaded.store)
            guard let output else { return try Terminal.output(Self.text(report, format ?? .text)) }
            try Files.write(Self.text(report, format ?? PlanFormat(ending: output)), to: output)
            Terminal.note("capacity report written to \(output)")
        }

        private static func text(_ report: CapacityReport, _ format: PlanFormat) -> String {
            switch format {
            case .text: report.text().endedLine
            case .json: report.json().endedLine
            case .html: report.html().endedLine
            }
        }
    }
}
