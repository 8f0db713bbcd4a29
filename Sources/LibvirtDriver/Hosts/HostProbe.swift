public import ClusterModel
public import Execution
public import Libvirt

/// Whether hosts' hypervisors answer, for those who wait for a host to come up.
public struct HostProbe: Sendable {
    private let table: HostTable

    public init(hosts: HypervisorHosts, library: LibvirtLibrary) throws(DriverError) {
        table = try HostTable(hosts.hosts, library: library)
    }

    /// A host that is not in the hosts file does not answer.
    public func answers(_ host: String) async -> Bool {
        await table.link(host)?.isAnswering() ?? false
    }
}
