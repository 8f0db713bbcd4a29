internal import CLibvirt

/// A job on a domain and its figures.
public struct DomainJob: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case none, running, completed, failed, cancelled
    }

    public let kind: Kind
    /// Whether it is, or was, a migration away from here.
    public let isMigrationOut: Bool
    /// Whether it is, or was, a migration to here.
    public let isMigrationIn: Bool
    /// All that is still to be sent: memory and disks.
    public let remainingBytes: UInt64
    public let processedBytes: UInt64
    public let bytesPerSecond: UInt64
    /// Memory that the guest rewrites; `nil` until it is known.
    public let dirtyBytesPerSecond: UInt64?
    /// The pass over the memory, from 1; 0 before the first.
    public let iteration: UInt64
    /// Per cent of the guest's time that is taken away.
    public let throttlePercent: UInt64
    /// Of a completed migration: how long the guest stood still, by the hypervisor.
    public let downtimeMilliseconds: UInt64?

    init(kind: Int32, parameters: [TypedParameter]) {
        func value(_ name: String) -> UInt64? { parameters.first { $0.name == name }?.unsigned }
        switch Int(kind) {
        case CLV_DOMAIN_JOB_BOUNDED, CLV_DOMAIN_JOB_UNBOUNDED: self.kind = .running
        case CLV_DOMAIN_JOB_COMPLETED: self.kind = .completed
        case CLV_DOMAIN_JOB_FAILED: self.kind = .failed
        case CLV_DOMAIN_JOB_CANCELLED: self.kind = .cancelled
        default: self.kind = .none
        }
        let operation = value(CLV_DOMAIN_JOB_OPERATION).map { Int($0) }
        isMigrationOut = operation == CLV_DOMAIN_JOB_OPERATION_MIGRATION_OUT
        isMigrationIn = operation == CLV_DOMAIN_JOB_OPERATION_MIGRATION_IN
        remainingBytes = value(CLV_DOMAIN_JOB_DATA_REMAINING) ?? 0
        processedBytes = value(CLV_DOMAIN_JOB_DATA_PROCESSED) ?? 0
        bytesPerSecond = (value(CLV_DOMAIN_JOB_MEMORY_BPS) ?? 0) + (value(CLV_DOMAIN_JOB_DISK_BPS) ?? 0)
        let page = value(CLV_DOMAIN_JOB_MEMORY_PAGE_SIZE) ?? 4096
        dirtyBytesPerSecond = value(CLV_DOMAIN_JOB_MEMORY_DIRTY_RATE).map { $0 &* page }
        iteration = value(CLV_DOMAIN_JOB_MEMORY_ITERATION) ?? 0
        throttlePercent = value(CLV_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE) ?? 0
        downtimeMilliseconds = value(CLV_DOMAIN_JOB_DOWNTIME)
    }
}
