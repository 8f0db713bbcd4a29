public import ClusterModel

/// One thing that an operator could give up or bring about so that a VM may leave its host.
///
/// A relaxation is only a proposal; `RelaxationFinder` keeps those with which a plan really reaches what was asked.
public enum Relaxation: Sendable, Hashable {
    /// Headroom given up: a limit, as a fraction of capacity, raised.
    case limit(LimitedResource, from: Double, to: Double)
    /// Fewer host failures to survive.
    case spareHosts(from: Int, to: Int)
    /// A host that sleeps, is in maintenance or has failed, made ready to take VMs.
    case hostOn(host: String, from: Host.State)
    /// A host whose agent is silent, heard again.
    case hostHeard(host: String)
    /// A required rule made a wish.
    case softRule(id: String)
    /// A way to move that the policy leaves out.
    case mode(MigrationMode)
    /// A longer pause for one VM, in milliseconds.
    case pause(vm: String, from: Double, to: Double)
    /// One VM stopped for the copy, for as long as it takes.
    case coldMove(vm: String)
    /// One guest restarted with another CPU: what `host` has.
    case guestCPU(vm: String, host: String, model: String?, features: [String]?)
    /// A host connected to datastores and networks that it does not reach.
    case connection(host: String, datastores: [String], networks: [String])
    /// More moves at once out of and into every host.
    case movesAtOnce(from: Int, to: Int)
    /// One host's migration link so many times as fast.
    case hostLink(host: String, times: Double)
    /// Every migration link so many times as fast, and the links between sites and racks.
    case allLinks(times: Double)
    /// One of the cluster's links so many times as fast, by its place in the document.
    case sharedLink(index: Int, name: String, times: Double)
    /// A VM left out of the goal: shut down, or dealt with by hand.
    case leaveOut(vm: String)
    /// A host left out of the goal.
    case hostFewer(host: String)

    /// The resources whose limits the policy sets.
    public enum LimitedResource: String, Sendable, Hashable, CaseIterable {
        case cpu, memory, disk, network

        var key: WritableKeyPath<ResourceLimits, Double> {
            switch self {
            case .cpu: \.cpu
            case .memory: \.memory
            case .disk: \.disk
            case .network: \.network
            }
        }
    }

    /// How much it asks, for sorting: a judgement, on one scale so that two small ones compare with one large one.
    ///
    /// A half percent of headroom is 1. Waking a host costs watts only; a rule or spare capacity is a promise to
    /// someone; what touches the guest or the cabling comes last.
    public var price: Int {
        switch self {
        case .limit(_, let from, let to): max(1, Int(((to - from) * 200).rounded()))
        case .hostOn(_, .maintenance): 20
        case .hostOn(_, .failed): 60
        case .hostOn: 5
        case .hostHeard: 8
        case .spareHosts(let from, let to): 15 * (from - to)
        case .softRule: 10
        case .mode(.postCopy): 12
        case .mode: 6
        case .pause(_, let from, let to): 2 + 2 * Self.doublings(from, to)
        case .coldMove: 25
        case .guestCPU: 30
        case .movesAtOnce(let from, let to): 4 * (to - from)
        case .hostLink(_, let times), .sharedLink(_, _, let times): 30 + Int((4 * times).rounded())
        case .allLinks(let times): 50 + Int((4 * times).rounded())
        case .leaveOut: 28
        case .hostFewer: 35
        case .connection(_, let datastores, let networks): 40 * (datastores.count + networks.count)
        }
    }

    private static func doublings(_ from: Double, _ to: Double) -> Int {
        var count = 0
        var value = max(from, 1)
        while value < to {
            value *= 2
            count += 1
        }
        return count
    }
}

extension [Relaxation] {
    /// What all of them ask together.
    public var price: Int { reduce(0) { $0 + $1.price } }
}
