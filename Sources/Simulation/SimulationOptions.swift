public import ClusterModel
internal import Randomness

/// How a simulated platform behaves. The same options and the same calls at the same times give the same course.
public struct SimulationOptions: Sendable, Hashable {
    public var seed: UInt64
    /// Where the platform's clock starts; `nil`: at the cluster's `takenAt`.
    public var startsAt: Timestamp?
    /// How far durations, rates and dirtying stray from the migration model; 0: not at all, 1: as far as on real links.
    public var variation: Double
    /// What a VM's memory counts with when the platform looks for room.
    public var memory: MemoryCounting
    /// For hosts that do not say otherwise.
    public var defaults: HostDefaults
    public var migration: MigrationPolicy
    public var faults: FaultOptions

    public init(
        seed: UInt64 = 0, startsAt: Timestamp? = nil, variation: Double = 1, memory: MemoryCounting = .demand,
        defaults: HostDefaults = HostDefaults(), migration: MigrationPolicy = MigrationPolicy(),
        faults: FaultOptions = FaultOptions()
    ) {
        self.seed = seed
        self.startsAt = startsAt
        self.variation = variation
        self.memory = memory
        self.defaults = defaults
        self.migration = migration
        self.faults = faults
    }
}

/// What goes wrong, drawn from the seed. Probabilities are per attempt at a step, or per call where it says so.
public struct FaultOptions: Sendable, Hashable {
    /// The step takes `slowFactor` times as long.
    public var slow: Double = 0
    public var slowFactor: Double = 8
    /// The step fails half-way: the link broke.
    public var failing: Double = 0
    /// `begin` is refused: the VM or host is busy.
    public var refusing: Double = 0
    /// The step does not end until it is cancelled.
    public var hanging: Double = 0
    /// Per call: the connection breaks, half of the time before the call takes effect and half of the time after.
    public var connectionLoss: Double = 0
    /// Hosts that die, at moments drawn from the first `hostDeathWithinSeconds`.
    public var hostDeaths: Int = 0
    public var hostDeathWithinSeconds: Double = 600

    public init() {}
}

/// Draws that depend on the seed and a name only, so that the order of calls does not matter: SplitMix64 over an
/// FNV-1a hash of the name.
struct NamedDraws: RandomNumberGenerator {
    private var source: SplitMix64

    init(seed: UInt64, name: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        source = SplitMix64(seed: hash ^ (seed &* 0x9E37_79B9_7F4A_7C15))
    }

    mutating func next() -> UInt64 { source.next() }

    mutating func happens(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    /// A factor between `low` and `high`, drawn in towards 1 by `variation`.
    mutating func factor(_ low: Double, _ high: Double, variation: Double) -> Double {
        1 + (Double.random(in: low...high, using: &self) - 1) * min(1, max(0, variation))
    }
}
