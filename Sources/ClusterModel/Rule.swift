/// A placement rule: which VMs stay together, apart, on or off which hosts.
public struct Rule: Sendable, Hashable, Identifiable {
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        case host, rack, site
    }

    public enum Kind: Sendable, Hashable {
        /// All VMs in one domain.
        case affinity(scope: Scope)
        /// At most `maxPerDomain` VMs in each domain.
        case antiAffinity(scope: Scope, maxPerDomain: Int)
        /// The VMs run on these hosts only.
        case hostAffinity(hosts: Selector)
        /// The VMs run on none of these hosts.
        case hostAntiAffinity(hosts: Selector)

        /// The name in the document.
        public var name: String {
            switch self {
            case .affinity: "affinity"
            case .antiAffinity: "antiAffinity"
            case .hostAffinity: "hostAffinity"
            case .hostAntiAffinity: "hostAntiAffinity"
            }
        }
    }

    public var id: String
    public var kind: Kind
    public var vms: Selector
    /// A soft rule (`false`) costs score when broken, and never makes a plan infeasible.
    public var required: Bool
    public var extensions: Extensions

    public init(id: String, kind: Kind, vms: Selector, required: Bool = true, extensions: Extensions = .none) {
        self.id = id
        self.kind = kind
        self.vms = vms
        self.required = required
        self.extensions = extensions
    }
}

/// Names VMs or hosts: by identifier, or by labels that must all match.
public enum Selector: Sendable, Hashable {
    case ids(ids: [String])
    case label(label: [String: String])

    /// Whether something with this identifier and these labels is meant.
    public func selects(id: String, labels: [String: String]) -> Bool {
        switch self {
        case .ids(let ids): ids.contains(id)
        case .label(let wanted): !wanted.isEmpty && wanted.allSatisfy { labels[$0.key] == $0.value }
        }
    }
}

/// A link between two sites or two racks, shared by all moves that cross it; its rate holds in each direction.
public struct Link: Sendable, Hashable {
    /// `site:NAME` or `rack:NAME`.
    public enum Endpoint: Sendable, Hashable {
        case site(name: String)
        case rack(name: String)

        public init?(text: String) {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, !parts[1].isEmpty else { return nil }
            switch parts[0] {
            case "site": self = .site(name: String(parts[1]))
            case "rack": self = .rack(name: String(parts[1]))
            default: return nil
            }
        }

        public var text: String {
            switch self {
            case .site(let name): "site:\(name)"
            case .rack(let name): "rack:\(name)"
            }
        }

        /// Whether a host lies at this end.
        public func holds(_ host: Host) -> Bool {
            switch self {
            case .site(let name): host.site == name
            case .rack(let name): host.rack == name
            }
        }
    }

    public var first: Endpoint
    public var second: Endpoint
    public var bitsPerSecond: Double

    public init(first: Endpoint, second: Endpoint, bitsPerSecond: Double) {
        self.first = first
        self.second = second
        self.bitsPerSecond = bitsPerSecond
    }
}
