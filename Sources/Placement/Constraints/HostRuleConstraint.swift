package import ClusterModel

/// Required rules between VMs and hosts: run on these only, run on none of these.
package struct HostRuleConstraint: HostConstraint {
    private let rules: [Rule]
    /// Of the VMs and of the hosts that each rule names.
    private let vms: SelectorIndex
    private let hosts: SelectorIndex

    package init(rules: [Rule]) {
        var selectors: [Selector] = []
        self.rules = rules.filter { rule in
            guard rule.required, let named = Self.hosts(of: rule) else { return false }
            selectors.append(named)
            return true
        }
        vms = SelectorIndex(self.rules.map(\.vms))
        hosts = SelectorIndex(selectors)
    }

    package var name: String { "hostRule" }

    package func key(of vm: VirtualMachine) -> String {
        vms.selecting(id: vm.id, labels: vm.labels).map { String($0) }.joined(separator: ",")
    }

    package func key(of host: Host) -> String {
        hosts.selecting(id: host.id, labels: host.labels).map { String($0) }.joined(separator: ",")
    }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        for rule in vms.selecting(id: vm.id, labels: vm.labels).map({ rules[$0] }) where !Self.holds(rule, on: host) {
            return "is excluded by rule \(rule.id) (\(rule.kind.name))"
        }
        return nil
    }

    private static func hosts(of rule: Rule) -> Selector? {
        switch rule.kind {
        case .hostAffinity(let hosts), .hostAntiAffinity(let hosts): hosts
        case .affinity, .antiAffinity: nil
        }
    }

    /// Whether a VM of a rule between VMs and hosts may be on this host.
    static func holds(_ rule: Rule, on host: Host) -> Bool {
        switch rule.kind {
        case .hostAffinity(let hosts): hosts.selects(id: host.id, labels: host.labels)
        case .hostAntiAffinity(let hosts): !hosts.selects(id: host.id, labels: host.labels)
        case .affinity, .antiAffinity: true
        }
    }
}
