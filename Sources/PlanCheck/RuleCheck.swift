import ClusterModel

/// Required rules hold at the end and, when they held at the start, on the way; one that stays broken is refused
/// aloud and never gets more violations than it had.
struct RuleCheck {
    private let replay: Replay
    private let members: RuleMembers
    private let refused: Set<String>

    init(replay: Replay) {
        self.replay = replay
        members = RuleMembers(cluster: replay.cluster)
        refused = Set(
            replay.plan.refusals.compactMap {
                guard case .rule(let id) = $0.subject else { return nil }
                return id
            })
    }

    /// - Complexity: O(rules x (VMs + hosts)), and that of `SeparationCheck` for rules that keep VMs apart.
    func violations() -> [Violation] {
        replay.cluster.rules.filter(\.required).flatMap { rule -> [Violation] in
            let vms = members.vms(of: rule.vms)
            switch rule.kind {
            case .antiAffinity(let scope, let most):
                let check = SeparationCheck(
                    replay: replay, rule: rule.id, vms: vms, domainOfHost: members.domains(scope: scope), most: most,
                    isRefused: refused.contains(rule.id))
                return check.violations()
            case .affinity(let scope): return together(rule, vms, domainOfHost: members.domains(scope: scope))
            case .hostAffinity(let hosts): return placed(rule, vms, allowed: members.hosts(of: hosts))
            case .hostAntiAffinity(let hosts):
                let forbidden = members.hosts(of: hosts)
                return placed(rule, vms, allowed: Set(replay.cluster.hosts.indices).subtracting(forbidden))
            }
        }
    }

    // MARK: Together

    /// A group may be apart from its first member's start to its last member's end, so only the end counts.
    private func together(_ rule: Rule, _ vms: [Int], domainOfHost: [Int]) -> [Violation] {
        let before = Set(vms.compactMap { replay.initialHost[$0].map { domainOfHost[$0] } }).count
        let after = Set(vms.compactMap { replay.finalHost(of: $0).map { domainOfHost[$0] } }).count
        guard after > 1, before <= 1 || after > before || !refused.contains(rule.id) else { return [] }
        let last = vms.compactMap { replay.movesOfVM[$0].last }.max {
            replay.moves[$0].endSeconds < replay.moves[$1].endSeconds
        }
        let why = before > 1 && after <= before ? ", and `refusals` does not name the rule" : ""
        return [
            Violation(
                promise: .ruleAtEnd, step: last.map { replay.stepID(ofMove: $0) }, rule: rule.id,
                message: "rule \(rule.id) keeps \(vms.count) VMs together; they end in \(after) domains, "
                    + "from \(before) at the start\(why)")
        ]
    }

    // MARK: On hosts

    private func placed(_ rule: Rule, _ vms: [Int], allowed: Set<Int>) -> [Violation] {
        var found: [Violation] = []
        var staysBroken: [Int] = []
        for vm in vms {
            // A VM that has been where it may not be since the start adds no violation by going to another such host.
            var excused = replay.initialHost[vm].map { !allowed.contains($0) } ?? false
            let chain = replay.movesOfVM[vm]
            for (index, move) in chain.enumerated() {
                let isAllowed = allowed.contains(replay.moves[move].to)
                excused = excused && !isAllowed
                if !isAllowed, !excused {
                    let promise = index == chain.count - 1 ? Promise.ruleAtEnd : .ruleOnTheWay
                    found.append(misplaced(rule, promise, move))
                }
            }
            if excused { staysBroken.append(vm) }
        }
        if let first = staysBroken.first, !refused.contains(rule.id) {
            found.append(
                Violation(
                    promise: .ruleAtEnd, vm: replay.vmID(first), rule: rule.id,
                    message: "rule \(rule.id) stays broken for \(staysBroken.count) VMs, "
                        + "and `refusals` does not name it"))
        }
        return found
    }

    private func misplaced(_ rule: Rule, _ promise: Promise, _ move: Int) -> Violation {
        let host = replay.hostID(replay.moves[move].to)
        let vm = replay.vmID(replay.moves[move].vm)
        return Violation(
            promise: promise, step: replay.stepID(ofMove: move), host: host, vm: vm, rule: rule.id,
            message: "rule \(rule.id) does not let VM \(vm) run on host \(host)")
    }
}
