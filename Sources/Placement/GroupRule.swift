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
        let named = members(of: cluster.rules, vms: vms)
        return cluster.rules.enumerated().compactMap { index, rule in
            let kind: Kind
            let scope: Rule.Scope
            switch rule.kind {
            case .affinity(let where_): (kind, scope) = (.together, where_)
            case .antiAffinity(let where_, let most): (kind, scope) = (.apart(maxPerDomain: most), where_)
            case .hostAffinity, .hostAntiAffinity: return nil
            }
            let members = named[index]
            guard members.count > 1 || kind == .apart(maxPerDomain: 0) else { return nil }
            let (domains, count) = domains(of: cluster.hosts, scope: scope)
            return GroupRule(
                ruleIndex: index, id: rule.id, kind: kind, required: rule.required, members: members,
                domainOfHost: domains, domainCount: count, scope: scope)
        }
    }

    /// Packed VMs that each rule names, ascending.
    static func members(of rules: [Rule], vms: [VirtualMachine]) -> [[Int32]] {
        let index = SelectorIndex(rules.map(\.vms))
        var members = [[Int32]](repeating: [], count: rules.count)
        for (number, vm) in vms.enumerated() {
            for rule in index.selecting(id: vm.id, labels: vm.labels) { members[rule].append(Int32(number)) }
        }
        return members
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
