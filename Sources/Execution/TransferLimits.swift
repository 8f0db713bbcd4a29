internal import ClusterModel

/// How many moves may run at once and at which rates: per host and direction, per link and direction, and in all.
struct TransferLimits: Sendable {
    /// Whether a move may start now.
    enum Verdict: Sendable, Hashable {
        case free
        /// Others must end first.
        case full
        /// Even alone it is too much for `what`.
        case never(what: String)
    }

    private let hosts: [String: Host]
    private let links: [Link]
    private let defaults: HostDefaults
    private let maxConcurrent: Int

    init(cluster: Cluster, plan: PlanPolicy, execution: ExecutionPolicy) {
        hosts = Dictionary(cluster.hosts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        links = cluster.links
        defaults = plan.defaults
        maxConcurrent = max(1, execution.maxConcurrent)
    }

    func verdict(on move: MoveUnderWay, beside others: [MoveUnderWay]) -> Verdict {
        if let what = excess(of: [move]) { return .never(what: what) }
        guard others.count < maxConcurrent else { return .full }
        return excess(of: others + [move], touchedBy: move) == nil ? .free : .full
    }

    private func excess(of moves: [MoveUnderWay]) -> String? {
        moves.first.flatMap { excess(of: moves, touchedBy: $0) }
    }

    /// What the moves exceed of all that `move` touches.
    private func excess(of moves: [MoveUnderWay], touchedBy move: MoveUnderWay) -> String? {
        let outgoing = moves.filter { $0.from == move.from }
        let incoming = moves.filter { $0.to == move.to }
        let source = hosts[move.from]
        let destination = hosts[move.to]
        if outgoing.count > source?.maxMigrationsOut ?? defaults.maxMigrationsOut {
            return "the number of moves out of host \(move.from)"
        }
        if incoming.count > destination?.maxMigrationsIn ?? defaults.maxMigrationsIn {
            return "the number of moves into host \(move.to)"
        }
        if exceeds(outgoing, source?.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond) {
            return "the migration link of host \(move.from)"
        }
        if exceeds(incoming, destination?.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond) {
            return "the migration link of host \(move.to)"
        }
        for link in links {
            guard let direction = direction(of: move, over: link) else { continue }
            let crossing = moves.filter { self.direction(of: $0, over: link) == direction }
            if exceeds(crossing, link.bitsPerSecond) { return "the link \(link.first.text)-\(link.second.text)" }
        }
        return nil
    }

    private func exceeds(_ moves: [MoveUnderWay], _ bitsPerSecond: Double) -> Bool {
        moves.reduce(0) { $0 + $1.bandwidthBitsPerSecond } > bitsPerSecond * (1 + ClusterView.tolerance)
    }

    /// `true`: from the link's first end to its second; `nil`: the move does not cross it.
    private func direction(of move: MoveUnderWay, over link: Link) -> Bool? {
        guard let from = hosts[move.from], let to = hosts[move.to] else { return nil }
        if link.first.holds(from), link.second.holds(to) { return true }
        if link.second.holds(from), link.first.holds(to) { return false }
        return nil
    }
}
