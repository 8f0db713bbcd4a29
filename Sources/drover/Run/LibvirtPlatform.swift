import ClusterModel
import Documents
import Libvirt
import LibvirtDriver

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

    func driver(of cluster: String, store: String) throws -> LibvirtDriver {
        guard hosts.name == cluster else {
            throw Failure("\(hostsFile): of cluster \(hosts.name), but the plan is of cluster \(cluster)")
        }
        return try LibvirtDriver(
            hosts: hosts, library: try LibvirtLibrary.load(), stateFolder: Self.stateFolder(store: store),
            wallClock: { WallClock.now() })
    }

    /// All hosts and VMs as libvirt sees them.
    func inventory(previous: Cluster?, store: String?, intervalSeconds: Double) async throws -> InventorySync.Result {
        let sync = try InventorySync(
            hosts: hosts, library: try LibvirtLibrary.load(), stateFolder: store.map(Self.stateFolder))
        return try await sync.run(previous: previous, intervalSeconds: intervalSeconds, now: { WallClock.now() })
    }
}
