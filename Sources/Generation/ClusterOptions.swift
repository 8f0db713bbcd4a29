public import ClusterModel

/// What kind of cluster is wanted, and how large.
public struct ClusterOptions: Sendable, Hashable {
    /// A situation that operators know. What is in each stands in `Situation`.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Hosts of one model, shared storage, no rules: what Ganeti's tools can also be asked.
        case plain
        /// Load is uneven, and some hosts are above a limit of 85 % of CPU.
        case balance
        /// A quarter full, with hosts on standby and off, paused and stopped VMs.
        case consolidate
        /// Hosts labelled `window=tonight` are to be emptied; two of their VMs cannot leave.
        case evacuate
        /// Everything at once.
        case mixed
        /// Nothing fits but into one host, and three VMs must change places.
        case tight
        /// Rules of every kind; one required rule is broken and can be mended.
        case rules
        /// Each VM has a profile of 24 hours: day, night or flat.
        case profiles
        /// Each VM has a dirty rate; some rewrite memory faster than any link.
        case dirty
        /// Three sites with links of unequal rate between them.
        case sites
    }

    public var kind: Kind
    public var hosts: Int
    public var vms: Int
    /// Configured memory of the VMs as a share of the memory of the hosts that are on; `nil`: the kind's.
    public var memoryFill: Double?
    /// CPU demand as a share of the CPU of the hosts that are on; `nil`: the kind's.
    public var cpuFill: Double?
    /// How unevenly hosts are filled, from 0 (in proportion to their size) to 1; `nil`: the kind's.
    public var skew: Double?
    /// How many rules; `nil`: the kind's.
    public var rules: Int?
    public var takenAt: Timestamp

    /// The default moment is that of the examples in the documentation, so that a seed alone makes a document.
    public init(
        kind: Kind = .mixed, hosts: Int = 12, vms: Int = 80, memoryFill: Double? = nil, cpuFill: Double? = nil,
        skew: Double? = nil, rules: Int? = nil,
        takenAt: Timestamp = Timestamp(secondsSinceEpoch: 1_795_377_600)
    ) {
        self.kind = kind
        self.hosts = hosts
        self.vms = vms
        self.memoryFill = memoryFill
        self.cpuFill = cpuFill
        self.skew = skew
        self.rules = rules
        self.takenAt = takenAt
    }
}
