package import ClusterModel

/// Required rules between VMs and hosts: run on these only, run on none of these.
package struct HostRuleConstraint: HostConstraint {
    private let rules: [Rule]

    package init(rules: [Rule]) {
        self.rules = rules.filter { rule in
            switch rule.kind {
            case .hostAffinity, .hostAntiAffinity: rule.required
            case .affinity, .antiAffinity: false
            }
        }
    }

    package var name: String { "hostRule" }

    package func key(of vm: VirtualMachine) -> String {
        rules.isEmpty ? "" : selecting(vm).map(\.id).joined(separator: ",")
    }

    package func refusal(of vm: VirtualMachine, on host: Host) -> String? {
        for rule in selecting(vm) where !Self.holds(rule, on: host) {
            return "is excluded by rule \(rule.id) (\(rule.kind.name))"
        }
        return nil
    }

    private func selecting(_ vm: VirtualMachine) -> [Rule] {
        rules.filter { $0.vms.selects(id: vm.id, labels: vm.labels) }
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
