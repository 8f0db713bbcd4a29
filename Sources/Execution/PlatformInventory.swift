public import ClusterModel

/// The platform's own view of the cluster at one moment.
public struct PlatformInventory: Sendable, Hashable, Codable {
    public let takenAt: Timestamp
    /// Sorted by identifier.
    public let hosts: [HostObservation]
    /// Sorted by identifier.
    public let vms: [MachineObservation]

    public init(takenAt: Timestamp, hosts: [HostObservation], vms: [MachineObservation]) {
        self.takenAt = takenAt
        self.hosts = hosts
        self.vms = vms
    }
}

/// A host as the platform sees it.
public struct HostObservation: Sendable, Hashable, Codable {
    public let id: String
    public let state: Host.State

    public init(id: String, state: Host.State) {
        self.id = id
        self.state = state
    }
}

/// A VM as the platform sees it; carries what a VM unknown to the planner counts with.
public struct MachineObservation: Sendable, Hashable, Codable {
    public let id: String
    public let host: String?
    public let state: VirtualMachine.State
    public let vcpus: Int
    public let memoryBytes: Int64
    /// `nil`: the platform does not measure; the document's demand holds.
    public let demand: Demand?

    public init(
        id: String, host: String?, state: VirtualMachine.State, vcpus: Int, memoryBytes: Int64, demand: Demand? = nil
    ) {
        self.id = id
        self.host = host
        self.state = state
        self.vcpus = vcpus
        self.memoryBytes = memoryBytes
        self.demand = demand
    }
}
