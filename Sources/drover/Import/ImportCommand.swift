public import ArgumentParser
import ClusterModel
import Documents
public import Importing
import Store

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Brings clusters and samples into a store.",
        discussion: """
            The store is made when it is not there. Doing an import twice changes nothing.
            """,
        subcommands: [
            ImportCluster.self, ImportSamples.self, ImportPlanetLab.self, ImportBitbrains.self, ImportAgent.self,
        ])
}

struct ImportCluster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Makes a cluster document the inventory of a cluster in the store.",
        discussion: """
              drover import cluster lab.cluster.json --store lab.sqlite
            """)

    @Argument(help: ArgumentHelp("The cluster document.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() throws {
        let cluster = try ClusterSource.document(file)
        let stored = try store.cluster(in: try store.open(creating: true), creating: store.clusterName ?? cluster.name)
        try stored.setInventory(cluster)
        try Terminal.output(
            "\(store.path): cluster \(stored.name) has \(cluster.hosts.count) hosts, \(cluster.vms.count) VMs, "
                + "\(cluster.rules.count) rules\n")
    }
}

struct ImportSamples: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samples",
        abstract: "Imports samples of hosts and VMs from a CSV file.",
        discussion: SampleTable.description + "\n\n  drover import samples month.csv --store lab.sqlite\n")

    @Argument(help: ArgumentHelp("The CSV file.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() throws {
        let stored = try ImportSupport.cluster(store)
        var progress = Progress("KiB read")
        let report = try SampleTableImporter().run(path: file, into: stored) { progress.show($0 / 1024) }
        progress.end()
        try ImportSupport.show(report, stored)
    }
}

/// Which hosts a trace's VMs are put on.
struct TraceHosts: ParsableArguments {
    @Option(
        name: .customLong("hosts"),
        help: ArgumentHelp(
            "Hosts to put the VMs on, may be repeated; without it those of the inventory.",
            discussion: HostGroup.description, valueName: "group"))
    var groups: [String] = []

    @Option(name: .long, help: "How the VMs are put on the hosts: spread or firstFit.")
    var placement: TraceInventory.Placement = .spread

    func hosts() throws -> [Host] {
        HostGroup.hosts(try groups.map(HostGroup.init(text:)))
    }
}

extension TraceInventory.Placement: ExpressibleByArgument {}

struct ImportPlanetLab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planetlab",
        abstract: "Imports a day of PlanetLab traces: a folder, a file a VM, a line of per cent every five minutes.",
        discussion: """
            The traces say nothing of sizes: the VMs get the four of the field's standard scenario in equal parts.

              drover import planetlab 20110303 --store lab.sqlite --cluster-name planetlab \\
                --hosts count=400,cores=2,speed=1.86,memory=4GiB --hosts count=400,cores=2,speed=2.66,memory=4GiB
            """)

    @Argument(
        help: ArgumentHelp("The folder, usually named after its day.", valueName: "folder"), completion: .directory)
    var folder: String

    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Hosts") var hosts: TraceHosts

    @Option(
        name: .long,
        help: ArgumentHelp("When the first line was taken; without it, the folder's day.", valueName: "time"))
    var start: TimeArgument?

    @Option(name: .long, help: ArgumentHelp("What one reference core does, in MIPS.", valueName: "mips"))
    var mipsPerCore: Double = 1000

    func run() throws {
        let stored = try ImportSupport.cluster(store)
        var importer = PlanetLabImporter()
        importer.hosts = try hosts.hosts()
        importer.placement = hosts.placement
        importer.start = start?.timestamp
        importer.mipsPerReferenceCore = mipsPerCore
        var progress = Progress("files read")
        let report = try importer.run(folder: folder, into: stored) { progress.show($0) }
        progress.end()
        try ImportSupport.show(report, stored)
    }
}

struct ImportBitbrains: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bitbrains",
        abstract: "Imports Bitbrains traces (GWA-T-12): a folder with an N.csv a VM.",
        discussion: """
            Columns are found by their names; the time is in seconds, whatever its header says.

              drover import bitbrains rnd/2013-7 --store lab.sqlite --cluster-name bitbrains \\
                --hosts count=100,cores=64,memory=512GiB
            """)

    @Argument(help: ArgumentHelp("The folder.", valueName: "folder"), completion: .directory)
    var folder: String

    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Hosts") var hosts: TraceHosts

    @Option(name: .long, help: ArgumentHelp("What one reference core does, in MHz.", valueName: "mhz"))
    var megahertzPerCore: Double = 2600

    func run() throws {
        let stored = try ImportSupport.cluster(store)
        var importer = BitbrainsImporter()
        importer.hosts = try hosts.hosts()
        importer.placement = hosts.placement
        importer.megahertzPerReferenceCore = megahertzPerCore
        var progress = Progress("files read")
        let report = try importer.run(folder: folder, into: stored) { progress.show($0) }
        progress.end()
        try ImportSupport.show(report, stored)
    }
}

struct ImportAgent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Imports the file in which an agent kept its samples.",
        discussion: """
            For hosts whose agent has no server to send to.

              drover-agent run --sqlite samples.sqlite
              drover import agent samples.sqlite --store lab.sqlite --cluster-name lab
            """)

    @Argument(help: ArgumentHelp("The agent's file.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() throws {
        let stored = try ImportSupport.cluster(store)
        var progress = Progress("moments")
        let report = try AgentFileImporter().run(path: file, into: stored) { progress.show($0) }
        progress.end()
        try ImportSupport.show(report, stored)
    }
}

enum ImportSupport {
    /// The cluster to import into: made when it is named and not there.
    static func cluster(_ options: StoreOptions) throws -> ClusterStore {
        let file = try options.open(creating: options.clusterName != nil)
        return try options.cluster(in: file, creating: options.clusterName)
    }

    static func show(_ report: ImportReport, _ store: ClusterStore) throws {
        for row in report.badRows { Terminal.note("left out: \(row)") }
        if report.badRowCount > report.badRows.count {
            Terminal.note("left out: \(report.badRowCount - report.badRows.count) more rows")
        }
        if report.tooOld > 0 { Terminal.note("left out: \(report.tooOld) rows older than the store keeps") }
        if !report.unknownEntities.isEmpty {
            let names = report.unknownEntities.prefix(5).joined(separator: ", ")
            let more = report.unknownEntities.count > 5 ? " and \(report.unknownEntities.count - 5) more" : ""
            Terminal.note("warning: not in the inventory, they count for nothing until they are: \(names)\(more)")
        }
        var line =
            "\(store.file.path): \(report.rows) rows of \(report.entities) hosts and VMs into cluster \(store.name)"
        if let oldest = report.oldest, let newest = report.newest { line += ", \(oldest) to \(newest)" }
        if report.badRowCount > 0 { line += "; \(report.badRowCount) bad rows left out" }
        try Terminal.output(line + "\n")
    }
}
