/// A hypervisor host as the cluster document describes it.
public struct Host: Sendable, Hashable, Identifiable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case on, maintenance, standby, off, failed
    }

    public var id: String
    /// Only hosts that are `on` take VMs.
    public var state: State
    public var cpuCores: Double
    /// Speed of one core relative to the reference core; capacity is `cpuCores * cpuSpeed` reference cores.
    public var cpuSpeed: Double
    public var memoryBytes: Int64
    /// What the hypervisor keeps for itself; not available to VMs.
    public var reservedMemoryBytes: Int64
    /// `nil`: no limit.
    public var diskBytesPerSecond: Double?
    /// `nil`: no limit.
    public var networkBitsPerSecond: Double?
    /// `nil`: the policy's default.
    public var migrationBitsPerSecond: Double?
    public var maxMigrationsOut: Int?
    public var maxMigrationsIn: Int?
    public var architecture: String?
    public var cpuModel: String?
    /// `nil`: not listed, so features are not compared.
    public var cpuFeatures: [String]?
    public var numaNodes: [NUMANode]
    public var site: String?
    /// Named across the cluster; a host without a rack is a rack of its own.
    public var rack: String?
    public var labels: [String: String]
    /// `nil`: reaches all.
    public var datastores: [String]?
    /// `nil`: reaches all.
    public var networks: [String]?
    /// Room for VMs' local disks; `nil`: no limit known.
    public var localDiskBytes: Int64?
    public var power: PowerModel?
    /// `nil`: the policy's default.
    public var bootSeconds: Double?
    public var shutdownSeconds: Double?
    public var powerControl: PowerControl?
    public var extensions: Extensions

    public init(
        id: String, state: State = .on, cpuCores: Double, cpuSpeed: Double = 1, memoryBytes: Int64,
        reservedMemoryBytes: Int64 = 0, diskBytesPerSecond: Double? = nil, networkBitsPerSecond: Double? = nil,
        migrationBitsPerSecond: Double? = nil, maxMigrationsOut: Int? = nil, maxMigrationsIn: Int? = nil,
        architecture: String? = nil, cpuModel: String? = nil, cpuFeatures: [String]? = nil,
        numaNodes: [NUMANode] = [], site: String? = nil, rack: String? = nil, labels: [String: String] = [:],
        datastores: [String]? = nil, networks: [String]? = nil, localDiskBytes: Int64? = nil,
        power: PowerModel? = nil, bootSeconds: Double? = nil, shutdownSeconds: Double? = nil,
        powerControl: PowerControl? = nil, extensions: Extensions = .none
    ) {
        self.id = id
        self.state = state
        self.cpuCores = cpuCores
        self.cpuSpeed = cpuSpeed
        self.memoryBytes = memoryBytes
        self.reservedMemoryBytes = reservedMemoryBytes
        self.diskBytesPerSecond = diskBytesPerSecond
        self.networkBitsPerSecond = networkBitsPerSecond
        self.migrationBitsPerSecond = migrationBitsPerSecond
        self.maxMigrationsOut = maxMigrationsOut
        self.maxMigrationsIn = maxMigrationsIn
        self.architecture = architecture
        self.cpuModel = cpuModel
        self.cpuFeatures = cpuFeatures
        self.numaNodes = numaNodes
        self.site = site
        self.rack = rack
        self.labels = labels
        self.datastores = datastores
        self.networks = networks
        self.localDiskBytes = localDiskBytes
        self.power = power
        self.bootSeconds = bootSeconds
        self.shutdownSeconds = shutdownSeconds
        self.powerControl = powerControl
        self.extensions = extensions
    }

    /// The key in a host's extensions under which the moment stands at which it was last switched on or off.
    public static let lastSwitchedAtKey = "lastSwitchedAt"

    /// The key in a host's extensions under which the reason stands why it is out of use after it did not come back.
    public static let quarantinedKey = "quarantined"

    /// Why the host is out of use after it did not come back; `nil` when it is not.
    public var quarantine: String? {
        guard case .string(let reason)? = extensions[Self.quarantinedKey] else { return nil }
        return reason
    }

    /// What it draws by its power model with so many cores used, in a state; 0 without a model.
    public func modelWatts(cpuCores: Double, in state: State) -> Double {
        guard let power else { return 0 }
        switch state {
        case .on: return power.watts(atCPUFraction: cpuCores / max(capacityCores, 1e-9))
        case .maintenance: return power.watts(atCPUFraction: 0)
        case .standby, .off: return power.offWatts
        case .failed: return 0
        }
    }

    /// CPU capacity in reference cores.
    public var capacityCores: Double { cpuCores * cpuSpeed }

    /// Memory that VMs can have.
    public var capacityMemoryBytes: Int64 { memoryBytes - reservedMemoryBytes }
}

/// One NUMA node of a host.
public struct NUMANode: Sendable, Hashable {
    public var cpuCores: Double
    public var memoryBytes: Int64

    public init(cpuCores: Double, memoryBytes: Int64) {
        self.cpuCores = cpuCores
        self.memoryBytes = memoryBytes
    }
}

/// What a host draws: a line from idle to peak, or a curve of 11 values at 0, 10 .. 100 % CPU.
public struct PowerModel: Sendable, Hashable {
    public var idleWatts: Double
    public var peakWatts: Double
    /// Empty, or 11 values that replace idle and peak.
    public var curveWatts: [Double]
    public var offWatts: Double

    public init(idleWatts: Double = 0, peakWatts: Double = 0, curveWatts: [Double] = [], offWatts: Double = 0) {
        self.idleWatts = idleWatts
        self.peakWatts = peakWatts
        self.curveWatts = curveWatts
        self.offWatts = offWatts
    }

    /// Watts at a CPU use of `fraction` of capacity, linear between the curve's points; clamped to 0...1.
    public func watts(atCPUFraction fraction: Double) -> Double {
        let load = min(max(fraction, 0), 1)
        guard curveWatts.count == 11 else { return idleWatts + (peakWatts - idleWatts) * load }
        let slot = min(Int(load * 10), 9)
        let within = load * 10 - Double(slot)
        return curveWatts[slot] + (curveWatts[slot + 1] - curveWatts[slot]) * within
    }
}

/// How a host can be switched. Holds the name of a credential, never the credential.
public struct PowerControl: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case redfish, ipmi, wakeOnLan
    }

    public var kind: Kind
    public var url: String?
    public var credential: String?

    public init(kind: Kind, url: String? = nil, credential: String? = nil) {
        self.kind = kind
        self.url = url
        self.credential = credential
    }
}
