import ClusterModel

extension Relaxation {
    /// As an operator is told, without a full stop.
    public var words: String {
        switch self {
        case .limit(let resource, let from, let to): "raise limits.\(resource.rawValue) from \(from) to \(to)"
        case .spareHosts(let from, let to): "lower spareHosts from \(from) to \(to)"
        case .hostOn(let host, .maintenance): "take host \(host) out of maintenance"
        case .hostOn(let host, .failed): "repair host \(host)"
        case .hostHeard(let host): "bring the agent of host \(host) back, which is silent"
        case .hostOn(let host, let state): "wake host \(host), which is in state \(state.rawValue)"
        case .softRule(let id): "make rule \(id) soft (required: false)"
        case .mode(let mode): "allow mode \(mode.rawValue) (modes)"
        case .pause(let vm, let from, let to):
            "allow VM \(vm) a pause of \(Self.whole(to)) ms instead of \(Self.whole(from)) ms (maxDowntimeMilliseconds)"
        case .coldMove(let vm): "let VM \(vm) be stopped for the copy (migration: cold, no limit to its pause)"
        case .guestCPU(let vm, let host, _, _): "restart the guest of VM \(vm) with the CPU of host \(host)"
        case .movesAtOnce(let from, let to):
            "allow \(to) moves at once out of and into a host instead of \(from) (defaults.maxMigrationsOut, maxMigrationsIn)"
        case .hostLink(let host, let times): "make the migration link of \(host) \(Self.whole(times)) times as fast"
        case .allLinks(let times): "make every link \(Self.whole(times)) times as fast"
        case .sharedLink(_, let name, let times): "make the link between \(name) \(Self.whole(times)) times as fast"
        case .leaveOut(let vm): "leave VM \(vm) out: shut it down, or deal with it by hand"
        case .hostFewer(let host): "leave host \(host) out"
        case .connection(let host, let datastores, let networks):
            "connect host \(host) to "
                + (Self.named("datastore", datastores) + Self.named("network", networks))
                .joined(separator: " and ")
        }
    }

    private static func named(_ noun: String, _ names: [String]) -> [String] {
        names.isEmpty ? [] : ["\(noun)\(names.count == 1 ? "" : "s") \(names.joined(separator: ", "))"]
    }

    private static func whole(_ value: Double) -> String { JSONValue.exact(value).plain }
}

extension [Relaxation] {
    /// One sentence part: all of it is needed.
    public var words: String { map(\.words).joined(separator: ", and ") }
}

extension JSONValue {
    /// A number without a needless fraction.
    fileprivate var plain: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .null, .bool, .string, .array, .object: ""
        }
    }
}
