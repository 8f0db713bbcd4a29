import ClusterModel

/// A plan's steps resolved against the cluster: identifiers have become indices, and the moves of every VM are
/// known to follow on from each other.
struct Replay: Sendable {
    /// A migration.
    struct Move: Sendable {
        let step: Int
        let vm: Int
        let from: Int
        let to: Int
        let startSeconds: Double
        let endSeconds: Double
        let migration: MigrationStep
    }

    /// Predicted times closer than this count as equal: a microsecond, far below what is predicted and far above the
    /// rounding of sums of durations.
    static let sameTimeSeconds = 1e-6

    let cluster: Cluster
    let plan: Plan
    let graph: StepGraph
    let moves: [Move]
    /// The moves of each VM, first to last.
    let movesOfVM: [[Int]]
    /// The host of each VM at the start; `nil` for a stopped VM, which counts nowhere.
    let initialHost: [Int?]
    /// Running and paused VMs on each host at the start.
    let residents: [[Int]]
    let arrivals: [[Int]]
    let departures: [[Int]]
    /// The steps that switch, close or open each host, ordered by `after` where it orders them.
    let switches: [[Int]]

    func stepID(_ step: Int) -> String { plan.steps[step].id }
    func stepID(ofMove move: Int) -> String { plan.steps[moves[move].step].id }
    func hostID(_ host: Int) -> String { cluster.hosts[host].id }
    func vmID(_ vm: Int) -> String { cluster.vms[vm].id }

    /// Whether the second move can start only after the first has ended.
    func isBefore(_ earlier: Int, _ later: Int) -> Bool {
        graph.isAncestor(moves[earlier].step, of: moves[later].step)
    }

    /// The next move of the VM that `move` moves.
    func next(after move: Int) -> Int? {
        let chain = movesOfVM[moves[move].vm]
        guard let index = chain.firstIndex(of: move), index + 1 < chain.count else { return nil }
        return chain[index + 1]
    }

    /// Where a VM is when all steps are done; `nil` for a stopped VM.
    func finalHost(of vm: Int) -> Int? {
        guard let initial = initialHost[vm] else { return nil }
        return movesOfVM[vm].last.map { moves[$0].to } ?? initial
    }

    /// Whether, at the predicted times, the move has ended when `step` starts.
    func hasEnded(_ move: Int, whenStarts step: Int) -> Bool {
        let own = moves[move].step
        if graph.isAncestor(own, of: step) { return true }
        if own == step || graph.isAncestor(step, of: own) { return false }
        return moves[move].endSeconds <= plan.steps[step].startSeconds + Self.sameTimeSeconds
    }

    /// Whether, at the predicted times, the move has started when `step` starts; steps that start together have.
    func hasStarted(_ move: Int, whenStarts step: Int) -> Bool {
        let own = moves[move].step
        if own == step || graph.isAncestor(own, of: step) { return true }
        if graph.isAncestor(step, of: own) { return false }
        return moves[move].startSeconds <= plan.steps[step].startSeconds + Self.sameTimeSeconds
    }
}
