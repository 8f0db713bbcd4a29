import ClusterModel

/// What is wrong with a placement, whoever made it: required rules that are broken, hosts above a limit.
public struct PlacementAudit: Sendable {
    /// A required rule and by how much it is broken.
    public struct BrokenRule: Sendable, Hashable {
        public let id: String
        public let kind: String
        /// VMs that would have to be elsewhere.
        public let violations: Int
    }

    public let brokenRules: [BrokenRule]
    /// Hosts that are on and above a limit.
    public let overloadedHosts: [Int]

    /// - Parameters:
    ///   - target: host of each packed VM.
    ///   - isOn: hosts that are on.
    public init(packed: PackedCluster, target: [Int32], isOn: [Bool]) {
        let members = GroupRule.members(of: packed.cluster.rules, vms: (0..<packed.vmCount).map { packed.vm($0) })
        let groups = Dictionary(packed.groups.map { ($0.ruleIndex, $0) }, uniquingKeysWith: { first, _ in first })
        let broken = packed.cluster.rules.enumerated().compactMap { index, rule -> BrokenRule? in
            guard rule.required else { return nil }
            let violations = Self.violations(
                of: rule, members: members[index], group: groups[index], packed: packed, target: target)
            return violations > 0 ? BrokenRule(id: rule.id, kind: rule.kind.name, violations: violations) : nil
        }
        brokenRules = broken
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: packed.hostCount * columns)
        for vm in 0..<packed.vmCount {
            for column in 0..<columns { load[Int(target[vm]) * columns + column] += packed.load[vm * columns + column] }
        }
        overloadedHosts = (0..<packed.hostCount).filter { host in
            isOn[host] && (0..<columns).contains { load[host * columns + $0] > packed.limit[host * columns + $0] }
        }
    }

    private static func violations(
        of rule: Rule, members: [Int32], group: GroupRule?, packed: PackedCluster, target: [Int32]
    ) -> Int {
        switch rule.kind {
        case .hostAffinity, .hostAntiAffinity:
            return members.count { !HostRuleConstraint.holds(rule, on: packed.host(Int(target[Int($0)]))) }
        case .affinity, .antiAffinity:
            guard let group else { return 0 }
            var counts = [Int](repeating: 0, count: group.domainCount)
            for member in group.members { counts[Int(group.domainOfHost[Int(target[Int(member)])])] += 1 }
            switch group.kind {
            case .apart(let most): return counts.reduce(0) { $0 + max(0, $1 - most) }
            case .together: return group.members.count - (counts.max() ?? 0)
            }
        }
    }
}

extension SpareCapacity {
    /// The shortfall of a state under search.
    package func shortfall(of state: PlacementState, staysOn: [Bool], stoppingAt limit: Int = .max) -> Int {
        shortfall(residents: state.residents(), load: state.load, staysOn: staysOn, stoppingAt: limit)
    }
}
