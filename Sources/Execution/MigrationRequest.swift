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

    public init(
        vm: String, from: String, to: String, mode: MigrationMode, bandwidthBitsPerSecond: Double,
        maxDowntimeMilliseconds: Double, guestRestarts: Bool, adjustments: [MigrationAdjustment.Kind] = []
    ) {
        self.vm = vm
        self.from = from
        self.to = to
        self.mode = mode
        self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
        self.maxDowntimeMilliseconds = maxDowntimeMilliseconds
        self.guestRestarts = guestRestarts
        self.adjustments = Set(adjustments).sorted()
    }
}
