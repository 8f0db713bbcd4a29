public import ClusterModel
import Documents
import Forecasting
import GRDB

extension ClusterStore {
    /// Makes a cluster the inventory, in the place of the one before. Its hosts' speeds hold for samples from now on.
    ///
    /// The cluster takes the name under which the store keeps it, whatever the document calls it.
    public func setInventory(_ cluster: Cluster) throws {
        var named = cluster
        named.name = name
        let document = ClusterDocument.write(named)
        try writeResolving { database, resolver in
            try database.execute(
                sql: """
                    INSERT INTO inventory(cluster, taken_at, document) VALUES (?, ?, ?)
                    ON CONFLICT(cluster) DO UPDATE SET taken_at = excluded.taken_at, document = excluded.document
                    """,
                arguments: [id, cluster.takenAt.millisecondsSinceEpoch, document])
            let speed = try PreparedStatement(database, "UPDATE entity SET cpu_speed = ? WHERE id = ?")
            for host in cluster.hosts where host.cpuSpeed > 0 {
                speed.bind(1, host.cpuSpeed)
                speed.bind(2, try resolver.number(database, .host, host.id))
                try speed.run()
            }
            for vm in cluster.vms { _ = try resolver.number(database, .vm, vm.id) }
        }
    }

    /// The inventory as it was last imported; `nil` when there is none.
    public func inventory() throws -> Cluster? {
        let document = try file.read { database in
            try String.fetchOne(
                database, sql: "SELECT document FROM inventory WHERE cluster = ?", arguments: [id])
        }
        guard let document else { return nil }
        do {
            return try ClusterDocument.read(Array(document.utf8), name: "inventory of cluster \(name)").value
        } catch {
            throw StoreError(code: .damaged, message: "\(file.path): \(error)")
        }
    }

    /// The inventory with what agents have seen since it was taken: VMs that moved or are new, hosts that are new.
    ///
    /// Without an inventory it consists of what agents have seen alone. Demands are still those of the inventory: the
    /// forecaster replaces them.
    public func currentCluster() throws -> Cluster {
        let imported = try inventory()
        let sightings = try Sightings(self)
        guard imported != nil || !sightings.isEmpty else {
            throw StoreError(
                code: .unknown,
                message: "\(file.path): cluster \(name) has no inventory yet; `drover import cluster FILE` brings one")
        }
        let base = Cluster(
            name: name, takenAt: try newestSampleTime() ?? Timestamp(millisecondsSinceEpoch: 0), hosts: [], vms: [])
        return sightings.added(to: imported ?? base)
    }
}

/// What agents have said of hosts and VMs.
private struct Sightings {
    private struct Agent {
        let host: String
        let cpuCores: Double
        let memoryBytes: Int64
    }

    private struct Machine {
        let vm: String
        let host: String
        let seenAt: Timestamp
        let vcpus: Int?
        let memoryBytes: Int64?
    }

    private let agents: [Agent]
    private let machines: [Machine]

    var isEmpty: Bool { agents.isEmpty }

    init(_ store: ClusterStore) throws {
        (agents, machines) = try store.file.read { database in
            let hosts = try Row.fetchAll(
                database,
                sql: """
                    SELECT entity.name, cpu_cores, memory_bytes FROM agent JOIN entity ON entity.id = agent.host
                    WHERE agent.cluster = ? ORDER BY entity.name
                    """,
                arguments: [store.id])
            let vms = try Row.fetchAll(
                database,
                sql: """
                    SELECT vm.name, host.name, seen_at, vcpus, memory_bytes FROM sighting
                    JOIN entity vm ON vm.id = sighting.vm JOIN entity host ON host.id = sighting.host
                    WHERE sighting.cluster = ? ORDER BY vm.name
                    """,
                arguments: [store.id])
            return (hosts.compactMap(Self.agent), vms.map(Self.machine))
        }
    }

    /// A host of unknown size cannot be planned with.
    private static func agent(_ row: Row) -> Agent? {
        let (cores, memory): (Double?, Double?) = (row[1], row[2])
        guard let cores, cores > 0, let memory, memory > 0 else { return nil }
        return Agent(host: row[0], cpuCores: cores, memoryBytes: Int64(memory))
    }

    private static func machine(_ row: Row) -> Machine {
        let (vcpus, memory): (Double?, Double?) = (row[3], row[4])
        return Machine(
            vm: row[0], host: row[1], seenAt: Timestamp(millisecondsSinceEpoch: row[2]),
            vcpus: vcpus.map { Int(max(1, min($0, 1e6))) }, memoryBytes: memory.map { Int64(min($0, 1e18)) })
    }

    func added(to cluster: Cluster) -> Cluster {
        var result = cluster
        let known = Set(cluster.hosts.map(\.id))
        for agent in agents where !known.contains(agent.host) {
            result.hosts.append(Host(id: agent.host, cpuCores: agent.cpuCores, memoryBytes: agent.memoryBytes))
        }
        let hosts = Set(result.hosts.map(\.id))
        let places = Dictionary(cluster.vms.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        for machine in machines where hosts.contains(machine.host) {
            if let place = places[machine.vm] {
                guard machine.seenAt > cluster.takenAt else { continue }
                result.vms[place].host = machine.host
                if result.vms[place].state == .stopped { result.vms[place].state = .running }
            } else if let vcpus = machine.vcpus, let memory = machine.memoryBytes, memory > 0 {
                result.vms.append(
                    VirtualMachine(
                        id: machine.vm, host: machine.host, vcpus: vcpus, memoryBytes: memory,
                        demand: Demand(cpuCores: Double(vcpus), memoryBytes: Double(memory))))
            }
        }
        return result
    }
}
