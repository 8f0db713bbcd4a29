public import ClusterModel

extension Cluster {
    /// The document corrected by what the platform sees: states of hosts, and which VMs there are, where and how.
    ///
    /// A host that the platform does not list counts as failed; a VM that it does not list is left out; one that is new
    /// counts with what the platform says of it.
    public func asSeen(by inventory: PlatformInventory) -> Cluster {
        var cluster = self
        cluster.takenAt = max(takenAt, inventory.takenAt)
        let states = Dictionary(inventory.hosts.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first })
        for index in cluster.hosts.indices {
            cluster.hosts[index].state = states[cluster.hosts[index].id] ?? .failed
        }
        let known = Dictionary(vms.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        cluster.vms = inventory.vms.map { VirtualMachine($0, known: known[$0.id]) }
        return cluster
    }
}

extension VirtualMachine {
    /// A VM as the platform sees it, with what the document knows beside that.
    fileprivate init(_ seen: MachineObservation, known: VirtualMachine?) {
        self =
            known
            ?? VirtualMachine(
                id: seen.id, host: seen.host, vcpus: seen.vcpus, memoryBytes: seen.memoryBytes,
                demand: Demand(cpuCores: Double(seen.vcpus), memoryBytes: Double(seen.memoryBytes)))
        host = seen.host
        state = seen.state
        memoryBytes = seen.memoryBytes
        if let measured = seen.demand { demand = measured }
    }
}
