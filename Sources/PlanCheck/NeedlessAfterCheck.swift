import ClusterModel

/// `after` lists what a step truly needs: between two moves that is the VM itself, room that the one leaves where the
/// other arrives, or a rule that holds for both VMs.
///
/// Only orders between moves that cannot serve any of the three are reported; whether room that is left was needed
/// to the last byte is not.
struct NeedlessAfterCheck {
    let replay: Replay

    /// - Complexity: O(rules x VMs + `after` entries x rules of a VM).
    func violations() -> [Violation] {
        let orders = replay.moves.indices.flatMap { later in earlierMoves(of: later).map { (later, $0) } }
        guard !orders.isEmpty else { return [] }
        let rules = rulesOfVMs()
        return orders.compactMap { later, earlier in
            let (first, second) = (replay.moves[earlier], replay.moves[later])
            guard first.vm != second.vm, first.from != second.to,
                rules[first.vm].isDisjoint(with: rules[second.vm])
            else { return nil }
            return Violation(
                promise: .needlessAfter, step: replay.stepID(second.step), vm: replay.vmID(second.vm),
                message: "`after` names \(replay.stepID(first.step)), which leaves no room on host "
                    + "\(replay.hostID(second.to)) and shares no rule with VM \(replay.vmID(second.vm))")
        }
    }

    private func earlierMoves(of move: Int) -> [Int] {
        let byStep = moveOfStep
        return replay.graph.predecessors[replay.moves[move].step].compactMap { byStep[$0] }
    }

    private let moveOfStep: [Int: Int]

    init(replay: Replay) {
        self.replay = replay
        moveOfStep = Dictionary(
            zip(replay.moves.map(\.step), replay.moves.indices), uniquingKeysWith: { first, _ in first })
    }

    private func rulesOfVMs() -> [Set<Int>] {
        var rules = [Set<Int>](repeating: [], count: replay.cluster.vms.count)
        let members = RuleMembers(cluster: replay.cluster)
        for (index, rule) in replay.cluster.rules.enumerated() {
            for vm in members.vms(of: rule.vms) { rules[vm].insert(index) }
        }
        return rules
    }
}
