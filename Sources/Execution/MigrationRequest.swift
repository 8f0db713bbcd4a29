public import ClusterModel

/// One migration, with the limits that the platform must keep.
public struct MigrationRequest: Sendable, Hashable, Codable {
    public let vm: String
    public let from: String
    public let to: String
    public let mode: MigrationMode
    public let bandwidthBitsPerSecond: Double
    /// What the hypervisor is told: the VM's limit less the policy's margin. Of no meaning for `cold`.
    public let maxDowntimeMilliseconds: Double
    public let guestRestarts: Bool
    /// What may be asked for by `adjust` later, sorted: some platforms must be told when they start.
    public let adjustments: [MigrationAdjustment.Kind]
    /// With `live`: the guest is slowed step by step from the start on while the copy makes no headway, as planned;
    /// `nil`: not unless `adjust` asks for it.
    public let autoConverge: AutoConvergeRequest?

    public init(
        vm: String, from: String, to: String, mode: MigrationMode, bandwidthBitsPerSecond: Double,
        maxDowntimeMilliseconds: Double, guestRestarts: Bool, adjustments: [MigrationAdjustment.Kind] = [],
        autoConverge: AutoConvergeRequest? = nil
    ) {
        self.vm = vm
        self.from = from
        self.to = to
        self.mode = mode
        self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
        self.maxDowntimeMilliseconds = maxDowntimeMilliseconds
        self.guestRestarts = guestRestarts
        self.adjustments = Set(adjustments).sorted()
        self.autoConverge = autoConverge
    }
}

/// How a guest is slowed so that its migration ends: QEMU's `cpu-throttle-initial` and `cpu-throttle-increment`.
public struct AutoConvergeRequest: Sendable, Hashable, Codable {
    public let initialPercent: Double
    public let incrementPercent: Double

    public init(initialPercent: Double, incrementPercent: Double) {
        self.initialPercent = initialPercent
        self.incrementPercent = incrementPercent
    }

    /// What a plan's step says of it in its extensions; `nil` when the guest is not to be slowed.
    package init?(_ step: PlanStep) {
        guard case .object(let fields)? = step.extensions["autoConverge"],
            let first = fields["initialPercent"]?.numericValue,
            let increment = fields["incrementPercent"]?.numericValue,
            (1...99).contains(first), (1...99).contains(increment)
        else { return nil }
        self.init(initialPercent: first, incrementPercent: increment)
    }
}
