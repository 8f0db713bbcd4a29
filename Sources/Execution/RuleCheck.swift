internal import ClusterModel

extension ClusterView {
    /// The required rule that a move would break, or break further, in the newest state.
    ///
    /// - Parameter destinations: where VMs will be once all steps that may still be done are done. An affinity group
    ///   may be apart on the way, so there the end counts; everything else counts from the first byte.
    func brokenRule(moving vm: VirtualMachine, from: String, to: String, destinations: [String: String]) -> String? {
        for rule in rules where rule.vms.selects(id: vm.id, labels: vm.labels) {
            let holds: Bool
            switch rule.kind {
            case .affinity(let scope):
                holds = staysTogether(rule, vm, from, to, scope: scope, destinations: destinations)
            case .antiAffinity(let scope, let most):
                holds = staysApart(rule, vm, from, to, scope: scope, atMost: most)
            case .hostAffinity(let selector):
                holds = selects(selector, to) || !selects(selector, from)
            case .hostAntiAffinity(let selector):
                holds = !selects(selector, to) || selects(selector, from)
            }
            if !holds { return rule.id }
        }
        return nil
    }

    private func selects(_ selector: Selector, _ host: String) -> Bool {
        guard let host = hosts[host] else { return false }
        return selector.selects(id: host.id, labels: host.labels)
    }

    private func others(of rule: Rule, than vm: VirtualMachine) -> [VirtualMachine] {
        vms.values.filter {
            $0.id != vm.id && $0.state != .stopped && rule.vms.selects(id: $0.id, labels: $0.labels)
        }
    }

    /// Whether at the end the VM is with at least as many of its group as if it stayed.
    private func staysTogether(
        _ rule: Rule, _ vm: VirtualMachine, _ from: String, _ to: String, scope: Rule.Scope,
        destinations: [String: String]
    ) -> Bool {
        let here = domain(of: from, scope: scope)
        let there = domain(of: to, scope: scope)
        guard here != there else { return true }
        let ends = others(of: rule, than: vm).compactMap { other in
            (destinations[other.id] ?? other.host).map { domain(of: $0, scope: scope) }
        }
        return ends.count { $0 == there } >= ends.count { $0 == here }
    }

    private func staysApart(
        _ rule: Rule, _ vm: VirtualMachine, _ from: String, _ to: String, scope: Rule.Scope, atMost most: Int
    ) -> Bool {
        let there = domain(of: to, scope: scope)
        guard domain(of: from, scope: scope) != there else { return true }
        let count = others(of: rule, than: vm).count { other in
            let places = [other.host, move(of: other.id)?.from, move(of: other.id)?.to].compactMap { $0 }
            return places.contains { domain(of: $0, scope: scope) == there }
        }
        return count + 1 <= most
    }
}
