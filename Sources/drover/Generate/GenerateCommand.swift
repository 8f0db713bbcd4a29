public import ArgumentParser
import ClusterModel
import Documents
import Forecasting
public import Generation
import Importing
import Store

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Makes clusters and samples from a seed: to try Drover on, and to test it with.",
        subcommands: [GenerateCluster.self, GenerateSamples.self])
}

extension ClusterOptions.Kind: ExpressibleByArgument {}

struct GenerateCluster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Makes a cluster document.",
        discussion: """
            The same seed and options give the same document on every machine.

              drover generate cluster --seed 7 --hosts 40 --vms 400 --kind consolidate -o lab.cluster.json
            """)

    @Option(name: .long, help: ArgumentHelp("Everything random follows from it.", valueName: "number"))
    var seed: UInt64

    @Option(name: .long, help: "The situation.")
    var kind: ClusterOptions.Kind = .mixed

    @Option(name: .long, help: "How many hosts.")
    var hosts: Int = 12

    @Option(name: .long, help: "How many VMs.")
    var vms: Int = 80

    @Option(name: .long, help: ArgumentHelp("Configured memory as a share of the hosts'.", valueName: "0...1"))
    var memoryFill: Double?

    @Option(name: .long, help: ArgumentHelp("CPU demand as a share of the hosts'.", valueName: "0...1"))
    var cpuFill: Double?

    @Option(name: .long, help: ArgumentHelp("How unevenly hosts are filled.", valueName: "0...1"))
    var skew: Double?

    @Option(name: .long, help: "How many rules.")
    var rules: Int?

    @Option(name: .long, help: ArgumentHelp("The moment of the snapshot.", valueName: "time"))
    var takenAt: TimeArgument?

    @Option(name: .shortAndLong, help: ArgumentHelp("Write it to this file.", valueName: "file"), completion: .file())
    var output: String?

    func validate() throws {
        guard (1...100_000).contains(hosts) else { throw ValidationError("--hosts is between 1 and 100000") }
        guard (0...1_000_000).contains(vms) else { throw ValidationError("--vms is between 0 and 1000000") }
        for (name, share) in [("--memory-fill", memoryFill), ("--cpu-fill", cpuFill), ("--skew", skew)] {
            guard let share else { continue }
            guard (0...1).contains(share) else { throw ValidationError("\(name) is between 0 and 1") }
        }
        if let rules, !(0...100_000).contains(rules) { throw ValidationError("--rules is between 0 and 100000") }
    }

    func run() throws {
        var options = ClusterOptions(
            kind: kind, hosts: hosts, vms: vms, memoryFill: memoryFill, cpuFill: cpuFill, skew: skew, rules: rules)
        if let takenAt { options.takenAt = takenAt.timestamp }
        let document = ClusterDocument.write(ClusterGenerator(options: options).cluster(seed: seed))
        guard let output else { return try Terminal.output(document.endedLine) }
        try Files.write(document.endedLine, to: output)
        try Terminal.output("\(hosts) hosts, \(vms) VMs written to \(output)\n")
    }
}

struct GenerateSamples: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samples",
        abstract: "Makes weeks of samples of a cluster: day workers, night batch, bursts, growth, gaps.",
        discussion: """
            To the standard output or a file as the CSV that drover import samples reads; or, with --store, straight \
            into a store whose inventory is the cluster then.

              drover generate samples --seed 7 --cluster lab.cluster.json --days 2 -o samples.csv
              drover generate samples --seed 7 --cluster lab.cluster.json --store lab.sqlite
            """)

    @Option(name: .long, help: ArgumentHelp("Everything random follows from it.", valueName: "number"))
    var seed: UInt64

    @Option(name: .long, help: ArgumentHelp("The cluster document.", valueName: "file"), completion: .file())
    var cluster: String

    @Option(name: .long, help: "How many days, up to the snapshot's moment.")
    var days: Int = 30

    @Option(name: .long, help: "Seconds between two samples.")
    var stepSeconds: Int = 300

    @Option(name: .long, help: ArgumentHelp("Share of samples that are missing.", valueName: "0...1"))
    var missing: Double = 0.002

    @Option(name: .long, help: ArgumentHelp("Growth of the load in 30 days.", valueName: "share"))
    var monthlyGrowth: Double = 0.06

    @Option(name: .long, help: ArgumentHelp("Write straight into this store.", valueName: "file"), completion: .file())
    var store: String?

    @Option(name: .long, help: ArgumentHelp("The cluster's name in the store.", valueName: "name"))
    var clusterName: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write the CSV to this file.", valueName: "file"), completion: .file())
    var output: String?

    func validate() throws {
        guard (0...3660).contains(days) else { throw ValidationError("--days is between 0 and 3660") }
        guard (1...86400).contains(stepSeconds) else { throw ValidationError("--step-seconds is between 1 and 86400") }
        guard (0...1).contains(missing) else { throw ValidationError("--missing is between 0 and 1") }
        guard (-1...100).contains(monthlyGrowth) else {
            throw ValidationError("--monthly-growth is between -1 and 100")
        }
        guard store == nil || output == nil else { throw ValidationError("either --store or --output") }
        guard store != nil || clusterName == nil else { throw ValidationError("--cluster-name goes with --store") }
    }

    func run() throws {
        let cluster = try ClusterSource.document(cluster)
        let generator = SampleGenerator(
            cluster: cluster, seed: seed,
            options: SampleOptions(
                days: days, stepSeconds: stepSeconds, missingShare: missing, monthlyGrowth: monthlyGrowth))
        if let store { return try fill(store, cluster, generator) }
        guard let output else { return try CSVSamples(generator: generator).write { try Terminal.output($0) } }
        try Files.writeInParts(to: output) { write in try CSVSamples(generator: generator).write(to: write) }
        try Terminal.output(
            "\(generator.stepCount) steps of \(generator.entities.count) hosts and VMs written to \(output)\n")
    }

    private func fill(_ path: String, _ cluster: Cluster, _ generator: SampleGenerator) throws {
        let file = try StoreFile(path: path, creating: true)
        let stored = try file.cluster(named: clusterName ?? cluster.name, creating: true)
        try stored.setInventory(cluster)
        var writer = try HistoryWriter(cluster: stored)
        var progress = Progress("steps", total: generator.stepCount)
        var step = 0
        try generator.forEachStep { at, samples in
            for sample in samples {
                let entity = generator.entities[sample.entity]
                try writer.add(entity.kind == .host ? .host : .vm, entity.id, at: at, SampleValues(sample))
            }
            step += 1
            progress.show(step)
        }
        progress.end()
        let result = try writer.finish()
        try Terminal.output(
            "\(path): \(result.rows) samples of \(generator.entities.count) hosts and VMs into cluster \(stored.name)\n"
        )
    }
}

extension SampleValues {
    init(_ sample: GeneratedSample) {
        self = [
            .cpuCores: sample.cpuCores, .memoryBytes: sample.memoryBytes,
            .diskBytesPerSecond: sample.diskBytesPerSecond, .networkBitsPerSecond: sample.networkBitsPerSecond,
        ]
    }
}

/// Generated samples as the CSV that is imported.
struct CSVSamples {
    let generator: SampleGenerator

    func write(to output: (String) throws -> Void) throws {
        let metrics: [SeriesMetric] = [.cpuCores, .memoryBytes, .diskBytesPerSecond, .networkBitsPerSecond]
        var text = SampleTable.header(metrics) + "\n"
        try generator.forEachStep { at, samples in
            for sample in samples {
                let entity = generator.entities[sample.entity]
                text += SampleTable.row(
                    at: at, kind: entity.kind == .host ? .host : .vm, id: entity.id,
                    values: [
                        sample.cpuCores, sample.memoryBytes, sample.diskBytesPerSecond, sample.networkBitsPerSecond,
                    ])
                text += "\n"
            }
            try output(text)
            text = ""
        }
        if !text.isEmpty { try output(text) }
    }
}
