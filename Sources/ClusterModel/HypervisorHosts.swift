/// The hosts of a cluster as an operator names them: how each is reached, and what its hypervisor cannot tell.
public struct HypervisorHosts: Sendable, Hashable {
    public static let format = "drover.hosts/1"

    /// The cluster's name.
    public var name: String
    /// Storage pools that several hosts reach although their type does not say so, such as a directory on NFS.
    public var sharedPools: [String]
    public var hosts: [HypervisorHost]

    public init(name: String, sharedPools: [String] = [], hosts: [HypervisorHost]) {
        self.name = name
        self.sharedPools = sharedPools
        self.hosts = hosts
    }
}

/// One host of the hosts file.
public struct HypervisorHost: Sendable, Hashable, Identifiable {
    public var id: String
    /// Where Drover reaches the host's libvirt, such as `qemu+tls://h1/system` or `qemu+ssh://root@h1/system`.
    public var uri: String
    /// Where other hosts' libvirt reaches it. With it, the source's libvirt manages a migration to here, which then
    /// survives Drover; without it, Drover does.
    public var peerURI: String?
    /// Where other hosts' hypervisors send memory to, such as `tcp://10.0.0.1`; `nil`: to the host's name.
    public var migrationURI: String?
    /// Whether memory is sent to here encrypted, by certificates that both hypervisors have.
    public var encryptsMigration: Bool
    /// Bridges and other networks that libvirt does not list.
    public var networks: [String]
    /// Capacities that stand in place of what the hypervisor says; `nil`: as it says. `memoryBytes` is then also what
    /// the configured memory of all VMs on the host must fit into.
    public var cpuCores: Double?
    public var memoryBytes: Int64?
    public var cpuSpeed: Double
    public var reservedMemoryBytes: Int64
    public var diskBytesPerSecond: Double?
    public var networkBitsPerSecond: Double?
    public var migrationBitsPerSecond: Double?
    public var maxMigrationsOut: Int?
    public var maxMigrationsIn: Int?
    public var site: String?
    public var rack: String?
    public var labels: [String: String]
    public var power: PowerModel?
    public var bootSeconds: Double?
    public var shutdownSeconds: Double?
    public var powerControl: PowerControl?

    public init(
        id: String, uri: String, peerURI: String? = nil, migrationURI: String? = nil, encryptsMigration: Bool = false,
        networks: [String] = [], cpuCores: Double? = nil, memoryBytes: Int64? = nil, cpuSpeed: Double = 1,
        reservedMemoryBytes: Int64 = 0, diskBytesPerSecond: Double? = nil, networkBitsPerSecond: Double? = nil,
        migrationBitsPerSecond: Double? = nil, maxMigrationsOut: Int? = nil, maxMigrationsIn: Int? = nil,
        site: String? = nil, rack: String? = nil, labels: [String: String] = [:], power: PowerModel? = nil,
        bootSeconds: Double? = nil, shutdownSeconds: Double? = nil, powerControl: PowerControl? = nil
    ) {
        self.id = id
        self.uri = uri
        self.peerURI = peerURI
        self.migrationURI = migrationURI
        self.encryptsMigration = encryptsMigration
        self.networks = networks
        self.cpuCores = cpuCores
        self.memoryBytes = memoryBytes
        self.cpuSpeed = cpuSpeed
        self.reservedMemoryBytes = reservedMemoryBytes
        self.diskBytesPerSecond = diskBytesPerSecond
        self.networkBitsPerSecond = networkBitsPerSecond
        self.migrationBitsPerSecond = migrationBitsPerSecond
        self.maxMigrationsOut = maxMigrationsOut
        self.maxMigrationsIn = maxMigrationsIn
        self.site = site
        self.rack = rack
        self.labels = labels
        self.power = power
        self.bootSeconds = bootSeconds
        self.shutdownSeconds = shutdownSeconds
        self.powerControl = powerControl
    }
}
