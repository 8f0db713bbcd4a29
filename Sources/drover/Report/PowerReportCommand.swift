import ArgumentParser
import ClusterModel
import Execution
import Forecasting
import HostPower
import Reports
import Store

extension ReportCommand {
    struct Power: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "power",
            abstract: "What each host draws, and who says so.",
            discussion: """
                A reading of the host's controller counts first (Redfish or IPMI; --hosts and --accounts say how it is \
                asked), then its agent's RAPL reading of the last five minutes before the report's clock, then the power \
                model of the inventory. RAPL sees processors and their memory only.

                  drover report power --store lab.sqlite
                  drover report power --store lab.sqlite --hosts hosts.yaml --accounts accounts.yaml
                """)

        /// A RAPL reading older than this says nothing of now: two five-minute values.
        private static let freshSeconds = 600.0

        @OptionGroup(title: "Cluster") var source: ClusterSource
        @OptionGroup(title: "Policy") var policy: PolicyOptions

        @Option(
            name: .long, help: ArgumentHelp("The hosts and how they are reached (drover.hosts/1).", valueName: "file"))
        var hosts: String?

        @Option(name: .long, help: ArgumentHelp("The accounts of their power controllers.", valueName: "file"))
        var accounts: String?

        @Option(name: .long, help: ArgumentHelp("The report's clock.", valueName: "time"))
        var at: TimeArgument?

        @Option(name: .long, help: "How the report is shown.")
        var format: TextFormat = .text

        func validate() throws {
            guard (hosts == nil) == (accounts == nil) else {
                throw ValidationError("--hosts and --accounts go together")
            }
        }

        func run() async throws {
            let loaded = try source.load(policy: try policy.load(), at: at?.timestamp)
            let own = try loaded.store.map { try Self.agentReadings($0, at: loaded.moment) } ?? [:]
            let readings = own.merging(try await controllerReadings(loaded.cluster)) { $1 }
            let report = PowerReport(cluster: loaded.cluster, readings: readings)
            try Terminal.output(format == .json ? report.json() : report.text())
        }

        private static func agentReadings(
            _ store: ClusterStore, at moment: Timestamp
        ) throws -> [String: PowerReport.Reading] {
            let query = HistoryQuery(
                after: moment.adding(seconds: -freshSeconds), upTo: moment, metrics: [.powerWatts], percentile: 50)
            return try store.history.histories(of: .host, query).compactMapValues { history in
                history[.powerWatts].map { PowerReport.Reading(watts: $0.latest, source: .rapl) }
            }
        }

        /// A controller that does not answer is said so; the report goes on without it.
        private func controllerReadings(_ cluster: Cluster) async throws -> [String: PowerReport.Reading] {
            guard let hosts, let accounts else { return [:] }
            let platform = try LibvirtPlatform(hostsFile: hosts)
            let power = try platform.power(accounts: accounts)
            var readings: [String: PowerReport.Reading] = [:]
            for host in platform.hosts.hosts {
                guard let source = host.powerControl?.kind.readingSource else { continue }
                do throws(DriverError) {
                    guard let watts = try await power.watts(of: host.id) else { continue }
                    readings[host.id] = PowerReport.Reading(watts: watts, source: source)
                } catch {
                    Terminal.note("warning: \(error)")
                }
            }
            return readings
        }
    }
}

extension PowerControl.Kind {
    /// `nil`: it reads nothing.
    fileprivate var readingSource: PowerReport.Reading.Source? {
        switch self {
        case .redfish: .redfish
        case .ipmi: .ipmi
        case .wakeOnLan: nil
        }
    }
}
