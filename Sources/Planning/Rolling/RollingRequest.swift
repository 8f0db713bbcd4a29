/// Hosts to be maintained in turn, and how.
public struct RollingRequest: Sendable {
    public var hosts: [String]
    /// From the moment at which a host is empty until it takes VMs again; taken as certain.
    public var rebootSeconds: Double
    /// The nights, ascending and apart; none: as long as it takes.
    public var windows: [TimeWindow]
    /// Hosts that are maintained at once, at most.
    public var parallel: Int
    /// Whether hosts that are down at once have to be of one rack, so that what is spread over racks loses one part
    /// only.
    public var respectsRacks: Bool
    /// Hosts that an earlier part of this maintenance has taken out of service: they come back, those of `hosts` once
    /// they are maintained, others at once.
    public var takenOut: Set<String> = []

    public init(
        hosts: [String], rebootSeconds: Double, windows: [TimeWindow] = [], parallel: Int = 1,
        respectsRacks: Bool = false
    ) {
        self.hosts = hosts
        self.rebootSeconds = rebootSeconds
        self.windows = windows
        self.parallel = max(1, parallel)
        self.respectsRacks = respectsRacks
    }
}
