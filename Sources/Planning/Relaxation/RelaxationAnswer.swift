/// What would let VMs leave that cannot, each set of relaxations verified by a plan made with it.
public struct RelaxationAnswer: Sendable {
    /// Relaxations of which all are needed, the cheapest first.
    public typealias Remedy = [Relaxation]

    /// VMs that the goal does not reach when planned as things are, by identifier.
    public var blocked: [String] = []
    /// For each blocked VM asked about: what lets it leave, while no other VM that could leave stays; what asks least
    /// first.
    public var remedies: [String: [Remedy]] = [:]
    /// What lets all the VMs asked about leave.
    public var wholeRemedies: [Remedy] = []
    /// VMs that no relaxation frees: `migration` is `none`.
    public var fixed: [String] = []
    /// Plans made for it.
    public var plansMade = 0
    /// Whether the search ended because its work was used up.
    public var ranOut = false
}
