public import ClusterModel
public import Execution
public import Libvirt

/// Makes a cluster document of what libvirt says of all hosts.
public struct InventorySync: Sendable {
    private let hosts: HypervisorHosts
    private let table: HostTable
    private let folder: StateFolder?

    /// What came of it.
    public struct Result: Sendable {
        public let cluster: Cluster
        /// What the operator should know, a sentence each.
        public let notes: [String]
    }

    /// - Parameter stateFolder: where the driver keeps which hosts are in maintenance or off; `nil`: nobody said so.
    public init(hosts: HypervisorHosts, library: LibvirtLibrary, stateFolder: String?) throws(DriverError) {
        self.hosts = hosts
        table = try HostTable(hosts.hosts, library: library)
        if let stateFolder { folder = try StateFolder(path: stateFolder) } else { folder = nil }
    }

    /// Asks all hosts, twice with `intervalSeconds` between for what the VMs use.
    ///
    /// Of `previous`, an earlier document of the same cluster, all stays that libvirt knows nothing of: rules, links,
    /// and what was said of VMs.
    public func run(
        previous: Cluster?, intervalSeconds: Double, now: @Sendable () -> Timestamp
    ) async throws(DriverError) -> Result {
        let shared = hosts.sharedPools
        let facts = await table.ask { (_, connection) throws(LibvirtError) in
            (try HostFacts(connection, sharedPools: shared), try DemandProbe.look(connection))
        }
        // A cancelled sleep only makes the interval shorter.
        do { try await Task.sleep(for: .seconds(max(0.1, intervalSeconds))) } catch {}
        let looks = await table.ask { (_, connection) throws(LibvirtError) in try DemandProbe.look(connection) }
        var assembly = ClusterAssembly(hosts: hosts, previous: previous)
        for (fact, look) in zip(facts, looks) {
            let host = fact.link.host
            switch fact.answer {
            case .success(let (facts, first)):
                var second: DemandProbe.Look?
                if case .success(let value) = look.answer { second = value }
                assembly.add(host, facts, first: first, second: second, state: try folder?.hostState(host.id) ?? .on)
            case .failure(let error) where error.isConnectionTrouble:
                assembly.addSilent(host, error.message, state: try folder?.hostState(host.id))
            case .failure(let error):
                throw DriverError(code: .invalid, message: "host \(host.id): \(error.message)")
            }
        }
        try await compareCPUs(&assembly)
        return Result(cluster: try assembly.cluster(takenAt: now()), notes: assembly.notes)
    }

    /// Has every host say which of the guests' CPUs it can give.
    private func compareCPUs(_ assembly: inout ClusterAssembly) async throws(DriverError) {
        let checks = assembly.cpuChecks
        guard !checks.isEmpty else { return }
        let answers = await table.ask { (_, connection) throws(LibvirtError) in
            try checks.map { (check) throws(LibvirtError) in try check.verdict(connection) }
        }
        for (link, answer) in answers {
            // A host on its way down answers one question and not the next.
            guard case .success(let verdicts) = answer else {
                assembly.keepComparison(of: link.host.id)
                continue
            }
            assembly.addComparison(of: link.host.id, verdicts)
        }
    }
}
