import ClusterModel
import Documents
import Execution
import Forecasting
import HostPower
import Libvirt
import LibvirtDriver
import Store

/// The real hosts of a hosts file.
struct LibvirtPlatform {
    let hosts: HypervisorHosts
    private let hostsFile: String

    init(hostsFile: String) throws {
        self.hostsFile = hostsFile
        let reading = try HostsDocument.read(try Files.read(hostsFile), name: Files.name(of: hostsFile))
        for warning in reading.warnings { Terminal.note("warning: \(warning)") }
        hosts = reading.value
    }

    /// The driver's memory lies beside the store, in `STORE.libvirt/`.
    static func stateFolder(store: String) -> String { "\(store).libvirt" }

    /// - Parameter accounts: the file of power accounts; `nil`: hosts are not switched.
    func driver(of cluster: String, in store: ClusterStore, accounts: String?) throws -> LibvirtDriver {
        guard hosts.name == cluster else {
            throw Failure("\(hostsFile): of cluster \(hosts.name), but the plan is of cluster \(cluster)")
        }
        return try LibvirtDriver(
            hosts: hosts, library: try LibvirtLibrary.load(), stateFolder: Self.stateFolder(store: store.file.path),
            power: try accounts.map(power) ?? NoPowerControl(), isReporting: Self.agentCheck(store),
            wallClock: { WallClock.now() })
    }

    /// The way to the hosts' power, as the accounts in this file.
    func power(accounts file: String) throws -> HostPowerDriver {
        let accounts = try PowerAccountsFile.read(file)
        let controls = hosts.hosts.compactMap { host in host.powerControl.map { (host.id, $0) } }
        let probe = try probe()
        return try HostPowerDriver(
            controls: Dictionary(controls, uniquingKeysWith: { first, _ in first }), accounts: accounts,
            presence: { await probe.answers($0) })
    }

    func probe() throws -> HostProbe { try HostProbe(hosts: hosts, library: try LibvirtLibrary.load()) }

    /// A host that has had an agent counts only when the agent has reported again.
    private static func agentCheck(_ store: ClusterStore) -> LibvirtDriver.AgentCheck {
        { host, since in
            do {
                guard let agent = try store.history.agents()[host] else { return true }
                return agent.lastSeen > since
            } catch {
                Terminal.note("warning: whether the agent of \(host) reports is not known: \(error)")
                return false
            }
        }
    }

    /// All hosts and VMs as libvirt sees them.
    func inventory(previous: Cluster?, store: String?, intervalSeconds: Double) async throws -> InventorySync.Result {
        let sync = try InventorySync(
            hosts: hosts, library: try LibvirtLibrary.load(), stateFolder: store.map(Self.stateFolder))
        return try await sync.run(previous: previous, intervalSeconds: intervalSeconds, now: { WallClock.now() })
    }
}
