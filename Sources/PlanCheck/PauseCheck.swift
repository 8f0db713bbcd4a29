import ClusterModel

/// The predicted pause is within what the VM allows; where it says nothing, within the policy's, for moves that are
/// not cold.
struct PauseCheck {
    let replay: Replay

    /// - Complexity: O(moves).
    func violations() -> [Violation] {
        replay.moves.compactMap { move in
            let vm = replay.cluster.vms[move.vm]
            let general = move.migration.mode == .cold ? nil : replay.plan.policy.maxDowntimeMilliseconds
            guard let most = vm.maxDowntimeMilliseconds ?? general else { return nil }
            let pause = move.migration.downtimeMilliseconds
            guard LoadModel.exceeds(pause, most + 1e-6) else { return nil }
            return Violation(
                promise: .pause, step: replay.stepID(move.step), vm: vm.id,
                message: "VM \(vm.id) is predicted to pause for \(pause) ms, at most \(most) ms are allowed")
        }
    }
}
