import ArgumentParser
import ClusterModel
import Execution
import LibvirtDriver
import Store

struct ReadmitHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readmit",
        abstract: "Lets a host take VMs again, after its maintenance or after it did not come back.",
        discussion: """
            Its hypervisor has to answer. A sync then reads what it holds.

              drover inventory readmit h03 --hosts hosts.yaml --store lab.sqlite
            """)

    @Argument(help: "The host.") var host: String

    @Option(
        name: .long, help: ArgumentHelp("The hosts and how they are reached.", valueName: "file"), completion: .file())
    var hosts: String

    @OptionGroup(title: "Store") var store: StoreOptions

    func run() async throws {
        let platform = try LibvirtPlatform(hostsFile: hosts)
        let stored = try store.cluster(in: try store.open())
        guard platform.hosts.hosts.contains(where: { $0.id == host }) else {
            throw Failure("\(hosts) has no host '\(host)'")
        }
        guard try await platform.probe().answers(host) else {
            throw Failure("the hypervisor of host \(host) does not answer: it stays as it is")
        }
        try platform.readmit(host, in: stored)
        try Terminal.output("\(host): takes VMs again\n")
    }
}

extension LibvirtPlatform {
    /// The driver and the inventory learn that a host is on and nothing is against it.
    func readmit(_ host: String, in stored: ClusterStore) throws {
        try driver(of: hosts.name, in: stored, accounts: nil).readmit(host)
        try stored.change(host) { host in
            host.state = .on
            host.extensions = host.extensions.removing(Host.quarantinedKey)
        }
    }
}
