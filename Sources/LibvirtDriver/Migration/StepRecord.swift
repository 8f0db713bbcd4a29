internal import ClusterModel
internal import Execution

/// What is written down of one attempt at a step, before it is begun and when it has ended.
struct StepRecord: Sendable, Hashable, Codable {
    let key: StepKey
    let fence: Int64
    let action: StepAction
    let startedAt: Timestamp
    /// The process that works on it.
    var owner: String
    /// Of a migration: which domain it is, whatever else is called so elsewhere.
    var uuid = ""
    /// Whether its definition outlives it; then it is defined at the destination and no longer at the source.
    var isPersistent = false
    /// Whether the guest ran when the migration began; one that was paused stays paused.
    var ran = true
    /// Whether a disk is copied along.
    var copiesDisks = false
    var adjustments: [MigrationAdjustment] = []
    var isCancelRequested = false
    /// Set before post-copy is switched on; from then on nothing is cancelled.
    var isSwitched = false
    var end: StepStatus?

    var migration: MigrationRequest? {
        guard case .migrate(let migration) = action else { return nil }
        return migration
    }

    /// The newest adjustment of a kind.
    func adjustment(_ kind: MigrationAdjustment.Kind) -> MigrationAdjustment? {
        adjustments.last { $0.kind == kind }
    }
}

/// What is written down of a host: libvirt knows neither maintenance nor that a host was switched off on purpose.
struct HostRecord: Sendable, Hashable, Codable {
    let id: String
    var state: Host.State
}
