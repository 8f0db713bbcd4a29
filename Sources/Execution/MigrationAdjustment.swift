/// A change to a migration that is under way.
public enum MigrationAdjustment: Sendable, Hashable, Codable {
    /// The pause that the hypervisor is allowed from now on.
    case pauseLimit(milliseconds: Double)
    /// Slows the guest down, more and more, until it rewrites less than the link carries (auto-converge).
    case throttle
    case bandwidth(bitsPerSecond: Double)
    /// Hands the guest over now and fetches the rest of its memory afterwards. A migration is never cancelled after
    /// this, and the VM is lost when the link breaks.
    case postCopy

    /// An adjustment without its figures.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        case pauseLimit, throttle, bandwidth, postCopy

        public static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    public var kind: Kind {
        switch self {
        case .pauseLimit: .pauseLimit
        case .throttle: .throttle
        case .bandwidth: .bandwidth
        case .postCopy: .postCopy
        }
    }
}
