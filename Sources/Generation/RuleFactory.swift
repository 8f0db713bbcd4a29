import ClusterModel

/// Makes rules around where the VMs already are, so that all required ones hold at the start, but for those that a
/// situation breaks on purpose.
struct RuleFactory {
    let situation: Situation
    let hosts: [Host]
    private let hostIndex: [String: Int]
    private let goldHosts: Bool
    private var used: Set<Int> = []

    init(situation: Situation, hosts: [Host]) {
        self.situation = situation
        self.hosts = hosts
        hostIndex = Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($0.element.id, $0.offset) })
        goldHosts = hosts.contains { $0.labels["tier"] == "gold" }
    }

    mutating func rules(
        count: Int, machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator
    ) -> [Rule] {
        var rules: [Rule] = []
        let broken = min(situation.brokenRules, count)
        for number in 1...max(1, count) where number <= count {
            let rule =
                number <= broken
                ? brokenRule(number: number, machines: &machines, using: &generator)
                : rule(number: number, machines: &machines, using: &generator)
            if let rule { rules.append(rule) }
        }
        return rules
    }

    private mutating func rule(
        number: Int, machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator
    ) -> Rule? {
        switch generator.index(below: 10) {
        case 0...2: apart(number: number, scope: .host, machines: &machines, using: &generator)
        case 3, 4: apart(number: number, scope: .rack, machines: &machines, using: &generator)
        case 5: together(number: number, scope: .host, machines: &machines, using: &generator)
        case 6: together(number: number, scope: .rack, machines: &machines, using: &generator)
        case 7: together(number: number, scope: .site, machines: &machines, using: &generator)
        case 8: onHosts(number: number, machines: &machines, using: &generator)
        default: offHosts(number: number, machines: &machines, using: &generator)
        }
    }

    // MARK: - Kinds

    /// Up to six VMs, at most one or two in a domain.
    private mutating func apart(
        number: Int, scope: Rule.Scope, machines: inout [VirtualMachine],
        using generator: inout some RandomNumberGenerator
    ) -> Rule? {
        let most = 1 + generator.index(below: 2)
        let wanted = 2 + generator.index(below: 5)
        let required = generator.chance(0.75)
        var counts: [String: Int] = [:]
        var members: [Int] = []
        for _ in 0..<wanted * 8 where members.count < wanted {
            guard let index = freeMachine(in: machines, using: &generator), !members.contains(index) else { continue }
            let domain = domain(of: machines[index], scope: scope)
            // A soft rule may be broken at the start; a required one not.
            if required && counts[domain, default: 0] >= most { continue }
            counts[domain, default: 0] += 1
            members.append(index)
        }
        guard members.count > 1 else { return nil }
        let selector = bind(members, label: "db\(number)", machines: &machines, using: &generator)
        return Rule(
            id: "r\(number)", kind: .antiAffinity(scope: scope, maxPerDomain: most), vms: selector, required: required)
    }

    /// Two or three VMs that already stand in one domain.
    private mutating func together(
        number: Int, scope: Rule.Scope, machines: inout [VirtualMachine],
        using generator: inout some RandomNumberGenerator
    ) -> Rule? {
        guard let first = freeMachine(in: machines, using: &generator) else { return nil }
        let home = domain(of: machines[first], scope: scope)
        guard !home.isEmpty else { return nil }
        let wanted = 2 + generator.index(below: 2)
        var members = [first]
        let start = generator.index(below: machines.count)
        // A window of the list is enough: a domain with a VM has others near by in any order.
        for offset in 0..<min(machines.count, 4000) where members.count < wanted {
            let index = (start + offset) % machines.count
            guard isFree(index, in: machines), !members.contains(index),
                domain(of: machines[index], scope: scope) == home
            else { continue }
            members.append(index)
        }
        guard members.count > 1 else { return nil }
        let selector = bind(members, label: "pair\(number)", machines: &machines, using: &generator)
        return Rule(
            id: "r\(number)", kind: .affinity(scope: scope), vms: selector, required: generator.chance(0.75))
    }

    private mutating func onHosts(
        number: Int, machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator
    ) -> Rule? {
        guard goldHosts else { return nil }
        let required = generator.chance(0.5)
        var members: [Int] = []
        for _ in 0..<40 where members.count < 3 {
            guard let index = freeMachine(in: machines, using: &generator), !members.contains(index) else { continue }
            if required && host(of: machines[index])?.labels["tier"] != "gold" { continue }
            members.append(index)
        }
        guard !members.isEmpty else { return nil }
        let selector = bind(members, label: "erp\(number)", machines: &machines, using: &generator)
        return Rule(
            id: "r\(number)", kind: .hostAffinity(hosts: .label(label: ["tier": "gold"])), vms: selector,
            required: required)
    }

    private mutating func offHosts(
        number: Int, machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator
    ) -> Rule? {
        var members: [Int] = []
        for _ in 0..<12 where members.count < 3 {
            guard let index = freeMachine(in: machines, using: &generator), !members.contains(index) else { continue }
            members.append(index)
        }
        let homes = Set(members.compactMap { machines[$0].host })
        let start = generator.index(below: hosts.count)
        let avoided = (0..<min(hosts.count, 64)).map { hosts[(start + $0) % hosts.count].id }
            .filter { !homes.contains($0) }.prefix(2).sorted()
        guard !members.isEmpty, !avoided.isEmpty else { return nil }
        let selector = bind(members, label: "legacy\(number)", machines: &machines, using: &generator)
        return Rule(
            id: "r\(number)", kind: .hostAntiAffinity(hosts: .ids(ids: avoided)), vms: selector, required: true)
    }

    /// A required rule with two movable VMs on one host: broken, and mended by one move.
    private mutating func brokenRule(
        number: Int, machines: inout [VirtualMachine], using generator: inout some RandomNumberGenerator
    ) -> Rule? {
        for _ in 0..<64 {
            guard let first = freeMachine(in: machines, using: &generator), machines[first].migration == .live else {
                continue
            }
            let second = machines.indices.first {
                $0 != first && isFree($0, in: machines) && machines[$0].host == machines[first].host
                    && machines[$0].migration == .live
            }
            guard let second else { continue }
            let selector = bind([first, second], label: "db\(number)", machines: &machines, using: &generator)
            return Rule(id: "r\(number)", kind: .antiAffinity(scope: .host, maxPerDomain: 1), vms: selector)
        }
        return nil
    }

    // MARK: - Members

    private func isFree(_ index: Int, in machines: [VirtualMachine]) -> Bool {
        machines[index].state != .stopped && machines[index].host != nil && !used.contains(index)
    }

    /// A VM that counts in rules and is in none yet.
    private func freeMachine(
        in machines: [VirtualMachine], using generator: inout some RandomNumberGenerator
    ) -> Int? {
        guard !machines.isEmpty else { return nil }
        for _ in 0..<32 {
            let index = generator.index(below: machines.count)
            if isFree(index, in: machines) { return index }
        }
        return nil
    }

    /// Names the members by a label of their own, or by identifiers.
    private mutating func bind(
        _ members: [Int], label: String, machines: inout [VirtualMachine],
        using generator: inout some RandomNumberGenerator
    ) -> Selector {
        used.formUnion(members)
        guard generator.chance(0.7) else { return .ids(ids: members.sorted().map { machines[$0].id }) }
        for index in members { machines[index].labels["app"] = label }
        return .label(label: ["app": label])
    }

    private func host(of machine: VirtualMachine) -> Host? {
        machine.host.flatMap { hostIndex[$0] }.map { hosts[$0] }
    }

    private func domain(of machine: VirtualMachine, scope: Rule.Scope) -> String {
        guard let host = host(of: machine) else { return "" }
        switch scope {
        case .host: return host.id
        case .rack: return host.rack.map { "rack:\($0)" } ?? "host:\(host.id)"
        case .site: return host.site ?? ""
        }
    }
}
