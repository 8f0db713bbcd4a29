public import ClusterModel
import Store

/// Makes an inventory for traces, which say nothing of hosts: places the traced VMs on given hosts.
public struct TraceInventory: Sendable {
    /// Where a VM starts.
    public enum Placement: String, Sendable, Hashable, CaseIterable {
        /// On the host with the smallest share of its memory and CPU taken: as a cluster looks that was balanced.
        case spread
        /// On the first host, in order, on which it fits.
        case firstFit
    }

    public var placement: Placement

    public init(placement: Placement = .spread) {
        self.placement = placement
    }

    private struct Room {
        var cores: Double
        var memoryBytes: Double
    }

    /// The cluster with the VMs added, each on a host where all VMs fit with their full sizes.
    ///
    /// Where none is left by CPU, memory alone decides: traces are of overcommitted clusters. Throws when a VM's memory
    /// fits nowhere. A VM that the cluster has already stays where it is, and as it is.
    public func adding(_ vms: [VirtualMachine], to cluster: Cluster) throws -> Cluster {
        var result = cluster
        let open = cluster.hosts.indices.filter { cluster.hosts[$0].state == .on }
        var taken = used(cluster)
        let known = Set(cluster.vms.map(\.id))
        for vm in vms where !known.contains(vm.id) {
            let fits = open.filter { index in
                fitsMemory(vm, cluster.hosts[index], taken[index])
            }
            let withCPU = fits.filter { index in
                taken[index].cores + vm.demand.cpuCores <= cluster.hosts[index].capacityCores
            }
            let candidates = withCPU.isEmpty ? fits : withCPU
            guard let host = choose(among: candidates, cluster, taken) else {
                throw ImportError(
                    "VM \(vm.id) with \(vm.memoryBytes) bytes of memory fits on none of the \(open.count) hosts that are "
                        + "on: give more or larger hosts")
            }
            var placed = vm
            placed.host = cluster.hosts[host].id
            result.vms.append(placed)
            taken[host].cores += vm.demand.cpuCores
            taken[host].memoryBytes += Double(vm.memoryBytes)
        }
        return result
    }

    private func used(_ cluster: Cluster) -> [Room] {
        let places = Dictionary(cluster.hosts.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        var taken = [Room](repeating: Room(cores: 0, memoryBytes: 0), count: cluster.hosts.count)
        for vm in cluster.vms where vm.state != .stopped {
            guard let place = vm.host.flatMap({ places[$0] }) else { continue }
            taken[place].cores += vm.demand.cpuCores
            taken[place].memoryBytes += Double(vm.memoryBytes)
        }
        return taken
    }

    private func fitsMemory(_ vm: VirtualMachine, _ host: Host, _ taken: Room) -> Bool {
        taken.memoryBytes + Double(vm.memoryBytes) <= Double(host.capacityMemoryBytes)
    }

    private func choose(among hosts: [Int], _ cluster: Cluster, _ taken: [Room]) -> Int? {
        switch placement {
        case .firstFit: hosts.first
        case .spread: hosts.min { fill(cluster.hosts[$0], taken[$0]) < fill(cluster.hosts[$1], taken[$1]) }
        }
    }

    private func fill(_ host: Host, _ taken: Room) -> Double {
        let memory = taken.memoryBytes / max(Double(host.capacityMemoryBytes), 1)
        return max(memory, taken.cores / max(host.capacityCores, 1e-9))
    }
}

extension TraceInventory {
    /// The inventory of a store with VMs added, on hosts given here or on those that are there. Writes nothing.
    func cluster(of store: ClusterStore, with vms: [VirtualMachine], on hosts: [Host]) throws -> Cluster {
        let epoch = Timestamp(millisecondsSinceEpoch: 0)
        var cluster = try store.inventory() ?? Cluster(name: store.name, takenAt: epoch, hosts: [], vms: [])
        let known = Set(cluster.hosts.map(\.id))
        cluster.hosts += hosts.filter { !known.contains($0.id) }
        guard !cluster.hosts.isEmpty else {
            throw ImportError(
                "cluster \(store.name) has no hosts to place the VMs on: give some, or import a cluster document first")
        }
        return try adding(vms, to: cluster)
    }

    /// Makes it the inventory, as of the newest sample.
    static func keep(_ cluster: Cluster, takenAt: Timestamp?, in store: ClusterStore) throws {
        var dated = cluster
        dated.takenAt = max(cluster.takenAt, takenAt ?? cluster.takenAt)
        try store.setInventory(dated)
    }
}
