public import ClusterModel

/// What a platform can do; a plan that needs more is refused before it starts.
public struct DriverCapabilities: Sendable, Hashable, Codable {
    public let name: String
    public let modes: [MigrationMode]
    /// Which adjustments `adjust` can make, sorted.
    public let adjustments: [MigrationAdjustment.Kind]
    public let canSwitchPower: Bool
    /// Whether hosts can be put into maintenance, in which they take no VMs, and back.
    public let canSetMaintenance: Bool
    /// Whether it can see to a host's maintenance itself (`StepAction.maintain`).
    public let canMaintain: Bool

    public init(
        name: String, modes: [MigrationMode], adjustments: [MigrationAdjustment.Kind] = [], canSwitchPower: Bool,
        canSetMaintenance: Bool, canMaintain: Bool
    ) {
        self.name = name
        self.modes = modes
        self.adjustments = Set(adjustments).sorted()
        self.canSwitchPower = canSwitchPower
        self.canSetMaintenance = canSetMaintenance
        self.canMaintain = canMaintain
    }
}
