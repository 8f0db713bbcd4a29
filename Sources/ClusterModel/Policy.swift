/// What the planner, the executor and the store are told by the operator. Every key of a policy file has its field
/// here.
public struct Policy: Sendable, Hashable {
    public var name: String = "default"
    public var limits = ResourceLimits()
    /// Host failures to survive.
    public var spareHosts: Int = 1
    public var memory: MemoryCounting = .configured
    /// Upper bound on the VMs that a balance or power-save plan moves; `nil`: none.
    public var maxMoves: Int?
    /// How far ahead profiles must fit; `nil`: the whole profile.
    public var horizonSeconds: Double?
    public var repair: Bool = false
    /// Which ways a VM that must keep running may move, in order of preference. Post-copy is left out unless asked
    /// for: when its link breaks, the VM is lost. VMs that only move cold do so whatever stands here.
    public var modes: [MigrationMode] = [.live, .staged]
    public var maxDowntimeMilliseconds: Double = 1000
    /// Leave for moves that restart the guest.
    public var allowGuestRestart: Bool = false
    /// After its last migration a VM stays this long, for balance and power-save.
    public var coolDownSeconds: Double = 3600
    /// A plan must be started within this time.
    public var validSeconds: Double = 3600
    public var requireApproval: Bool = true
    public var defaults = HostDefaults()
    public var balance = BalancePolicy()
    public var powerSave = PowerSavePolicy()
    public var demand = DemandPolicy()
    public var migration = MigrationPolicy()
    public var schedule = SchedulePolicy()
    public var rolling = RollingPolicy()
    public var execution = ExecutionPolicy()
    public var retention = RetentionPolicy()

    public init() {}
}

/// What a VM's memory counts with.
public enum MemoryCounting: String, Sendable, Hashable, CaseIterable {
    /// `memoryBytes` of the VM, everywhere; the profile's memory is ignored.
    case configured
    /// Its demand.
    case demand
}

/// Fractions of capacity up to which a host may be filled.
public struct ResourceLimits: Sendable, Hashable {
    public var cpu: Double = 0.85
    public var memory: Double = 0.95
    public var disk: Double = 1
    public var network: Double = 1

    public init(cpu: Double = 0.85, memory: Double = 0.95, disk: Double = 1, network: Double = 1) {
        self.cpu = cpu
        self.memory = memory
        self.disk = disk
        self.network = network
    }
}

/// What holds for a host that does not say otherwise.
public struct HostDefaults: Sendable, Hashable {
    public var migrationBitsPerSecond: Double = 1e10
    public var maxMigrationsOut: Int = 2
    public var maxMigrationsIn: Int = 2
    public var bootSeconds: Double = 180
    public var shutdownSeconds: Double = 60

    public init(
        migrationBitsPerSecond: Double = 1e10, maxMigrationsOut: Int = 2, maxMigrationsIn: Int = 2,
        bootSeconds: Double = 180, shutdownSeconds: Double = 60
    ) {
        self.migrationBitsPerSecond = migrationBitsPerSecond
        self.maxMigrationsOut = maxMigrationsOut
        self.maxMigrationsIn = maxMigrationsIn
        self.bootSeconds = bootSeconds
        self.shutdownSeconds = shutdownSeconds
    }
}

/// How load is balanced.
public struct BalancePolicy: Sendable, Hashable {
    /// Weight of each resource in the imbalance; 0 leaves it out.
    public var weights = BalanceWeights()
    /// The price of moving one VM: a move is kept only when it lowers the weighted imbalance, times the number of hosts
    /// on, by at least this much (0.02: a fiftieth of one host).
    public var minimumGainPerMove: Double = 0.02
    /// Below this weighted imbalance nothing moves.
    public var minimumImbalance: Double = 0.02
    /// Search effort, in thousands of tried moves.
    public var effort: Int = 300

    public init() {}
}

/// Weights of the resources in the imbalance.
public struct BalanceWeights: Sendable, Hashable {
    public var cpu: Double = 1
    public var memory: Double = 1
    public var disk: Double = 0
    public var network: Double = 0
    public var vcpus: Double = 0

    public init() {}
}

/// How hosts are emptied and switched.
public struct PowerSavePolicy: Sendable, Hashable {
    /// Hosts that stay on whatever the load.
    public var minimumHostsOn: Int = 1
    /// A host is switched off only when that saves at least this many watts.
    public var minimumSavedWatts: Double = 0
    /// Until the next plan may bring hosts back: what a host saves in this time has to pay for emptying it, shutting it
    /// down and booting it again.
    public var nextDecisionSeconds: Double = 14_400
    /// A host is not switched off for less than this, nor woken within this time of being switched off.
    public var minimumOffSeconds: Double = 1800
    /// No host is switched off within this time of the last switching of any host.
    public var minimumOnSeconds: Double = 1800
    /// What migrating costs at both ends together, for each megabyte copied and for each migration: Liu et al.,
    /// "Performance and energy modeling for live migration of virtual machines", HPDC 2011.
    public var migrationJoulesPerMegabyte: Double = 0.512
    public var migrationJoules: Double = 20.165
    /// Whether sleeping hosts may be woken when load or spare capacity needs them.
    public var wake: Bool = true
    /// Search effort, in thousands of tried moves.
    public var effort: Int = 2000

    public init() {}
}

/// How samples become demand.
public struct DemandPolicy: Sendable, Hashable {
    public enum Profile: String, Sendable, Hashable, CaseIterable {
        /// One figure for all times.
        case none
        /// 24 or 168 hourly figures.
        case day, week
        /// The recorded history of all VMs side by side, boiled down to the slots that can matter.
        case history
    }

    public var percentile: Double = 95
    public var windowSeconds: Double = 7 * 86400
    public var profile: Profile = .none
    /// With the profile `history`: share of the recorded slots in which a host may be fuller than its limit.
    public var historyExcessFraction: Double = 0
    /// A host whose agent has been silent for longer is no destination.
    public var staleSeconds: Double = 900
    /// CPU that the hypervisor itself needs, as a fraction of a host's cores, when no sample tells.
    public var hostOverheadFraction: Double = 0

    public init() {}
}

/// What the migration model assumes of links and hypervisors.
public struct MigrationPolicy: Sendable, Hashable {
    /// Payload per link bit: what remains after framing and protocol. Measured on shaped links with QEMU 7.2: 0.95.
    public var linkEfficiency: Double = 0.95
    /// Time from the request to the first byte, in seconds.
    public var setupSeconds: Double = 0.1
    /// Added to the time the hypervisor reports until the guest runs at the destination, in milliseconds.
    public var handOverMilliseconds: Double = 50
    /// Pre-copy gives up after this many rounds.
    public var maxRounds: Int = 60
    /// Share of the allowed pause that is kept back; the hypervisor is told the rest, less the hand-over.
    public var downtimeMargin: Double = 0.2
    /// Hot set of a VM whose dirtying was never measured, as a share of its memory.
    public var assumedHotFraction: Double = 0.1
    /// Rate at which such a VM is taken to rewrite its hot set.
    public var assumedDirtyBytesPerSecond: Double = 5e7
    /// Leave to slow a guest step by step when a live migration would not end otherwise.
    public var autoConverge: Bool = false
    /// The share of its speed that a guest may lose by that.
    public var maxSlowdownFraction: Double = 0.5
    /// The first step, and each further one, in per cent; QEMU's defaults.
    public var throttleInitialPercent: Double = 20
    public var throttleIncrementPercent: Double = 10
    /// Passes over the memory before a post-copy migration switches over.
    public var postCopyAfterPasses: Int = 1
    /// How long after the switch-over a guest may depend on both hosts: when either or the link fails then, it is lost.
    public var maxPostCopySeconds: Double = 60
    /// Migrations of so many days correct the predictions of a cluster in a store; 0: none do.
    public var learnDays: Double = 90

    public init() {}
}

/// How moves are put into an order.
public struct SchedulePolicy: Sendable, Hashable {
    public enum Objective: String, Sendable, Hashable, CaseIterable {
        /// Everything is done as early as possible.
        case makespan
        /// The guests notice as little as possible: their pauses and slow-downs, weighted by priority.
        case disturbance
        /// The hosts that are to be empty are so as early as possible, one after the other.
        case firstEmpty
    }

    /// Deadlines of hosts come before it.
    public var objective: Objective = .makespan
    /// Share of its speed that a guest loses while it moves, for `disturbance`: Beloglazov and Buyya, CCPE 24(13),
    /// 2012.
    public var slowDownFraction: Double = 0.1
    /// A window is kept when so large a share of the runs of a plan is over by its end.
    public var confidence: Double = 0.95

    public init() {}
}

/// How hosts are maintained in turn.
public struct RollingPolicy: Sendable, Hashable {
    /// Whether VMs go back to where they were once their host has been maintained.
    public var restorePlacement: Bool = false

    public init() {}
}

/// How long samples are kept, in days.
public struct RetentionPolicy: Sendable, Hashable {
    public var rawDays: Double = 2
    public var fiveMinuteDays: Double = 35
    public var hourlyDays: Double = 400

    public init() {}
}
