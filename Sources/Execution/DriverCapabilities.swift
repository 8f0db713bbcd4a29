public import ClusterModel

/// What a platform can do; a plan that needs more is refused before it starts.
public struct DriverCapabilities: Sendable, Hashable, Codable {
    public let name: String
    public let modes: [MigrationMode]
    /// Which adjustments `adjust` can make, sorted.
    public let adjustments: [MigrationAdjustment.Kind]
    public let canSwitchPower: Bool
    public let canMaintain: Bool

    public init(
        name: String, modes: [MigrationMode], adjustments: [MigrationAdjustment.Kind] = [], canSwitchPower: Bool,
        canMaintain: Bool
    ) {
        self.name = name
        self.modes = modes
        self.adjustments = Set(adjustments).sorted()
        self.canSwitchPower = canSwitchPower
        self.canMaintain = canMaintain
    }
}
