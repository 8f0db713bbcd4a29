/// What a host has a limited amount of, and a VM uses.
///
/// Loads and limits are whole numbers, so that adding and removing never drifts and every comparison is exact.
public enum Resource: Int, Sendable, CaseIterable {
    case cpu, memory, disk, network, localDisk

    /// The name in refusals.
    public var name: String {
        switch self {
        case .cpu: "cpu"
        case .memory: "memory"
        case .disk: "disk"
        case .network: "network"
        case .localDisk: "localDisk"
        }
    }

    /// How many whole units one document unit has: CPU is counted in billionths of a reference core.
    var unitsPerDocumentUnit: Double { self == .cpu ? 1e9 : 1 }

    /// A need, rounded up: a plan never relies on a fraction that is not there. The tenth forgives the rounding errors
    /// of decimal fractions.
    func need(_ amount: Double) -> Int64 {
        Self.whole((amount * unitsPerDocumentUnit - 0.1).rounded(.up))
    }

    /// A limit, rounded down in the same spirit.
    func limit(_ amount: Double) -> Int64 {
        Self.whole((amount * unitsPerDocumentUnit + 0.1).rounded(.down))
    }

    /// "No limit", small enough that sums of loads beside it do not overflow.
    static let unlimited: Int64 = 1 << 60

    private static func whole(_ amount: Double) -> Int64 {
        amount >= Double(unlimited) ? unlimited : Int64(max(amount, 0))
    }
}

/// One column of the packed loads: a resource, in one slot of the profile.
public struct Dimension: Sendable, Hashable {
    public let resource: Resource
    /// Index into the profile; 0 for resources without one.
    public let slot: Int
}
