public import ClusterModel

/// A rule about several VMs, resolved: who belongs to it and which hosts make up a domain.
public struct GroupRule: Sendable {
    public enum Kind: Sendable, Hashable {
        case together
        case apart(maxPerDomain: Int)
    }

    /// Index into the document's `rules`.
    public let ruleIndex: Int
    public let id: String
    public let kind: Kind
    public let required: Bool
    /// Packed VMs, ascending.
    public let members: [Int32]
    /// Domain of each host; a host without a rack (or site) is one of its own.
    public let domainOfHost: [Int32]
    public let domainCount: Int
    public let scope: Rule.Scope

    /// The affinity and anti-affinity rules of a cluster that name at least two VMs which hold something.
    package static func groups(of cluster: Cluster, vms: [VirtualMachine]) -> [GroupRule] {
        cluster.rules.enumerated().compactMap { index, rule in
            let kind: Kind
            let scope: Rule.Scope
            switch rule.kind {
            case .affinity(let where_): (kind, scope) = (.together, where_)
            case .antiAffinity(let where_, let most): (kind, scope) = (.apart(maxPerDomain: most), where_)
            case .hostAffinity, .hostAntiAffinity: return nil
            }
            let members = vms.indices.filter { rule.vms.selects(id: vms[$0].id, labels: vms[$0].labels) }
            guard members.count > 1 || kind == .apart(maxPerDomain: 0) else { return nil }
            let (domains, count) = domains(of: cluster.hosts, scope: scope)
            return GroupRule(
                ruleIndex: index, id: rule.id, kind: kind, required: rule.required, members: members.map { Int32($0) },
                domainOfHost: domains, domainCount: count, scope: scope)
        }
    }

    private static func domains(of hosts: [Host], scope: Rule.Scope) -> ([Int32], Int) {
        var numbers: [String: Int32] = [:]
        var count: Int32 = 0
        let domains = hosts.map { host in
            let name: String?
            switch scope {
            case .host: name = nil
            case .rack: name = host.rack
            case .site: name = host.site
            }
            if let name, let known = numbers[name] { return known }
            let number = count
            count += 1
            if let name { numbers[name] = number }
            return number
        }
        return (domains, Int(count))
    }
}
