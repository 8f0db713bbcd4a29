/// A virtual machine as the cluster document describes it.
public struct VirtualMachine: Sendable, Hashable, Identifiable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Holds CPU, memory, disk and network.
        case running
        /// Holds memory only.
        case paused
        /// Holds nothing, is outside rules, is not moved and does not hold up a power-off.
        case stopped
    }

    public enum Migration: String, Sendable, Hashable, CaseIterable {
        /// Keeps running while it moves; which of live, post-copy and staged it may use is the policy's.
        case live
        /// The guest is stopped, copied and resumed.
        case cold
        /// Cannot move.
        case none
    }

    public var id: String
    /// `nil` only for a stopped VM.
    public var host: String?
    public var state: State
    public var vcpus: Int
    /// What it is configured with.
    public var memoryBytes: Int64
    /// The load at `Cluster.takenAt`; with a profile, what must fit is the profile.
    public var demand: Demand
    public var profile: DemandProfile?
    public var dirty: DirtyRate?
    public var migration: Migration
    public var migrationReason: String?
    /// `nil`: the policy's, for moves that are not cold.
    public var maxDowntimeMilliseconds: Double?
    public var priority: Int
    /// Whether it is to run elsewhere after its host failed; counts for spare capacity.
    public var restartOnFailure: Bool
    public var architecture: String?
    public var cpuModel: String?
    /// `nil`: not listed, so features are not compared.
    public var cpuFeatures: [String]?
    public var datastores: [String]
    public var networks: [String]
    /// Disk that is copied along when it moves.
    public var localDiskBytes: Int64
    public var labels: [String: String]
    public var lastMigratedAt: Timestamp?
    public var extensions: Extensions

    public init(
        id: String, host: String?, state: State = .running, vcpus: Int, memoryBytes: Int64, demand: Demand,
        profile: DemandProfile? = nil, dirty: DirtyRate? = nil, migration: Migration = .live,
        migrationReason: String? = nil, maxDowntimeMilliseconds: Double? = nil, priority: Int = 0,
        restartOnFailure: Bool = true, architecture: String? = nil, cpuModel: String? = nil,
        cpuFeatures: [String]? = nil, datastores: [String] = [], networks: [String] = [], localDiskBytes: Int64 = 0,
        labels: [String: String] = [:], lastMigratedAt: Timestamp? = nil, extensions: Extensions = .none
    ) {
        self.id = id
        self.host = host
        self.state = state
        self.vcpus = vcpus
        self.memoryBytes = memoryBytes
        self.demand = demand
        self.profile = profile
        self.dirty = dirty
        self.migration = migration
        self.migrationReason = migrationReason
        self.maxDowntimeMilliseconds = maxDowntimeMilliseconds
        self.priority = priority
        self.restartOnFailure = restartOnFailure
        self.architecture = architecture
        self.cpuModel = cpuModel
        self.cpuFeatures = cpuFeatures
        self.datastores = datastores
        self.networks = networks
        self.localDiskBytes = localDiskBytes
        self.labels = labels
        self.lastMigratedAt = lastMigratedAt
        self.extensions = extensions
    }
}

/// What a VM uses. CPU in reference cores.
public struct Demand: Sendable, Hashable, Codable {
    public var cpuCores: Double
    public var memoryBytes: Double
    public var diskBytesPerSecond: Double
    public var networkBitsPerSecond: Double

    public init(
        cpuCores: Double, memoryBytes: Double, diskBytesPerSecond: Double = 0, networkBitsPerSecond: Double = 0
    ) {
        self.cpuCores = cpuCores
        self.memoryBytes = memoryBytes
        self.diskBytesPerSecond = diskBytesPerSecond
        self.networkBitsPerSecond = networkBitsPerSecond
    }
}

/// Demand per slot of a repeating day or week, or of the recorded history itself; every slot must fit.
///
/// All profiles of a document share `slotSeconds`, `start` and length.
public struct DemandProfile: Sendable, Hashable {
    public var slotSeconds: Double
    public var start: Timestamp
    /// Reference cores per slot; empty: the demand holds in every slot.
    public var cpuCores: [Double]
    /// Bytes per slot; empty: the demand holds in every slot.
    public var memoryBytes: [Double]

    public init(slotSeconds: Double, start: Timestamp, cpuCores: [Double], memoryBytes: [Double]) {
        self.slotSeconds = slotSeconds
        self.start = start
        self.cpuCores = cpuCores
        self.memoryBytes = memoryBytes
    }

    /// How many slots the profile has.
    public var slotCount: Int { max(cpuCores.count, memoryBytes.count) }
}

/// How a VM rewrites its memory: the working set, and the write rate into it.
public struct DirtyRate: Sendable, Hashable {
    public var hotBytes: Double
    public var bytesPerSecond: Double

    public init(hotBytes: Double, bytesPerSecond: Double) {
        self.hotBytes = hotBytes
        self.bytesPerSecond = bytesPerSecond
    }
}
