public import ClusterModel

/// What the platform that will carry a plan out can do. It stands in the cluster's extensions where it is known:
///
///     "extensions": {"platform": {"modes": ["live", "postCopy", "staged", "cold"], "autoConverge": true}}
public struct PlatformCapabilities: Sendable, Hashable {
    /// The key in a cluster's extensions.
    public static let key = "platform"

    public var modes: Set<MigrationMode>
    public var autoConverge: Bool

    public init(modes: Set<MigrationMode>, autoConverge: Bool) {
        self.modes = modes
        self.autoConverge = autoConverge
    }

    /// Nothing is known to be impossible.
    public static let all = PlatformCapabilities(modes: Set(MigrationMode.allCases), autoConverge: true)

    /// What is not said is possible.
    public init(_ value: JSONValue?) {
        self = .all
        guard case .object(let fields)? = value else { return }
        if case .array(let listed)? = fields["modes"] {
            modes = Set(
                listed.compactMap { item in
                    guard case .string(let name) = item else { return nil }
                    return MigrationMode(rawValue: name)
                })
        }
        if case .bool(let can)? = fields["autoConverge"] { autoConverge = can }
    }

    public var value: JSONValue {
        .object(fields: [
            "modes": .array(
                values: MigrationMode.allCases.filter(modes.contains).map { .string(value: $0.rawValue) }),
            "autoConverge": .bool(value: autoConverge),
        ])
    }
}
