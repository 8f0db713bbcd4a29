import ArgumentParser
import ClusterModel
import Documents
import LibvirtDriver
import Store

struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Makes the inventory of a cluster from what its platform says.",
        subcommands: [SyncInventory.self, ReadmitHost.self])
}

struct SyncInventory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Asks all hosts for their capacity and their VMs.",
        discussion: """
            The hosts file (drover.hosts/1) says how each host is reached. With a store the result becomes the \
            cluster's inventory there; rules, links and what was said of VMs stay. Without one it is written as a \
            cluster document.

              drover inventory sync --driver libvirt --hosts hosts.yaml --store lab.sqlite
              drover inventory sync --driver libvirt --hosts hosts.yaml -o lab.cluster.json
            """)

    @Option(name: .long, help: "Which platform is asked: libvirt.")
    var driver: DriverName = .libvirt

    @Option(
        name: .long, help: ArgumentHelp("The hosts and how they are reached.", valueName: "file"), completion: .file())
    var hosts: String

    @Option(
        name: .long,
        help: ArgumentHelp("Make it the inventory of the hosts file's cluster in this store.", valueName: "file"))
    var store: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write the cluster document to this file.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp("How long to look at what the VMs use, in seconds.", valueName: "seconds"))
    var interval: Double = 2

    func validate() throws {
        guard driver == .libvirt else { throw ValidationError("--driver \(driver.rawValue) has no inventory to sync") }
        guard store == nil || output == nil else { throw ValidationError("say either --store or --output") }
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval is between 0.1 and 3600") }
    }

    func run() async throws {
        let platform = try LibvirtPlatform(hostsFile: hosts)
        guard let store else {
            let result = try await platform.inventory(previous: nil, store: nil, intervalSeconds: interval)
            show(result.notes)
            let text = ClusterDocument.write(result.cluster)
            guard let output else { return try Terminal.output(text) }
            try Files.write(text, to: output)
            return Terminal.note("\(output): \(summary(result.cluster))")
        }
        let exists = Files.exists(store)
        let file = exists ? try StoreFile(path: store) : nil
        let known = try file?.clusterNames().contains(platform.hosts.name) == true
        let previous = known ? try file?.cluster(named: platform.hosts.name).inventory() : nil
        let result = try await platform.inventory(previous: previous, store: store, intervalSeconds: interval)
        show(result.notes)
        let kept = try (file ?? StoreFile(path: store, creating: true))
            .cluster(named: platform.hosts.name, creating: true)
        try kept.setInventory(result.cluster)
        try Terminal.output("\(store): cluster \(kept.name) has \(summary(result.cluster))\n")
    }

    private func show(_ notes: [String]) {
        for note in notes { Terminal.note("note: \(note)") }
    }

    private func summary(_ cluster: Cluster) -> String {
        "\(cluster.hosts.count) hosts, \(cluster.vms.count) VMs, \(cluster.rules.count) rules"
    }
}
