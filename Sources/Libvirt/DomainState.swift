internal import CLibvirt

/// Whether a domain runs, by the host that was asked.
public struct DomainState: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        case running
        case paused
        /// Not active: shut off, crashed, or going down.
        case stopped
    }

    public enum Detail: Sendable, Hashable {
        /// Nothing that matters to a migration.
        case none
        /// Paused since it is migrated: at the source in the last phase, at the destination until the hand-over.
        case migration
        /// Runs at the destination, or is paused at the source, while post-copy fetches its memory.
        case postCopy
        /// Post-copy broke: its memory lies at both ends.
        case postCopyFailed
        /// Gone from here, since it was migrated elsewhere.
        case migratedAway
    }

    public let kind: Kind
    public let detail: Detail

    public init(kind: Kind, detail: Detail = .none) {
        self.kind = kind
        self.detail = detail
    }

    init(state: Int32, reason: Int32) {
        switch Int(state) {
        case CLV_DOMAIN_RUNNING, CLV_DOMAIN_BLOCKED:
            self.init(kind: .running, detail: Int(reason) == CLV_DOMAIN_RUNNING_POSTCOPY ? .postCopy : .none)
        case CLV_DOMAIN_PAUSED, CLV_DOMAIN_PMSUSPENDED:
            let isPaused = Int(state) == CLV_DOMAIN_PAUSED
            self.init(kind: .paused, detail: isPaused ? Self.detailOfPause(Int(reason)) : .none)
        default:
            let isAway = Int(state) == CLV_DOMAIN_SHUTOFF && Int(reason) == CLV_DOMAIN_SHUTOFF_MIGRATED
            self.init(kind: .stopped, detail: isAway ? .migratedAway : .none)
        }
    }

    private static func detailOfPause(_ reason: Int) -> Detail {
        switch reason {
        case CLV_DOMAIN_PAUSED_MIGRATION: .migration
        case CLV_DOMAIN_PAUSED_POSTCOPY: .postCopy
        case CLV_DOMAIN_PAUSED_POSTCOPY_FAILED: .postCopyFailed
        default: .none
        }
    }

    public var description: String {
        switch (kind, detail) {
        case (.running, .postCopy): "running (its memory is still being fetched)"
        case (.running, _): "running"
        case (.paused, .migration): "paused (in a migration)"
        case (.paused, .postCopy): "paused (post-copy)"
        case (.paused, .postCopyFailed): "paused (post-copy broke)"
        case (.paused, _): "paused"
        case (.stopped, .migratedAway): "stopped (migrated)"
        case (.stopped, _): "stopped"
        }
    }
}
