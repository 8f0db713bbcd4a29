public import ClusterModel
public import Execution

/// One line of the platform's own record: what was asked of it and what happened on it. Tests judge by this alone.
///
/// Reads (`status`, `inventory`, `now`) change nothing and are left out.
public struct PlatformRecord: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A step was accepted and begun.
        case begin
        /// The same key and action again: nothing was begun.
        case repeated
        case refused
        case cancel
        case adjusted
        /// Post-copy: the VM runs at its destination before the step has ended.
        case switched
        /// A step came to its end; `status` says how.
        case ended
        case hostDied
        /// Somebody else changed the cluster; `outside` says how.
        case outside
    }

    public let sequence: Int
    public let at: Timestamp
    public let kind: Kind
    public let key: StepKey?
    public let action: StepAction?
    public let fence: Int64?
    public let status: StepStatus?
    public let error: DriverError?
    public let host: String?
    public let adjustment: MigrationAdjustment?
    public let outside: OutsideChange?

    init(
        sequence: Int, at: Timestamp, kind: Kind, key: StepKey? = nil, action: StepAction? = nil, fence: Int64? = nil,
        status: StepStatus? = nil, error: DriverError? = nil, host: String? = nil,
        adjustment: MigrationAdjustment? = nil, outside: OutsideChange? = nil
    ) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.key = key
        self.action = action
        self.fence = fence
        self.status = status
        self.error = error
        self.host = host
        self.adjustment = adjustment
        self.outside = outside
    }
}
