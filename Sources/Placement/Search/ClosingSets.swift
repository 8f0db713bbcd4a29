import ClusterModel

/// Sets of hosts that could be closed together, those first that save the most watts for the fewest moves.
struct ClosingSets {
    struct Choice {
        /// Hosts that stay open.
        let open: [Bool]
        let savedWatts: Double
        /// VMs at home on the hosts that close.
        let moves: Int
    }

    /// Up to this many hosts that may close, all their sets are looked at.
    private static let mostHosts = 12

    private(set) var all: [Choice] = []

    /// Empty when there are too many hosts.
    ///
    /// - Parameters:
    ///   - state: where everybody is before hosts are closed.
    ///   - leastOpen: hosts that stay open at least.
    init(state: PlacementState, leastOpen: Int) {
        let packed = state.packed
        let candidates = (0..<packed.hostCount).filter { Self.mayClose($0, in: state) }
        guard candidates.count <= Self.mostHosts else { return }
        let openCount = state.isOpen.count { $0 }
        let columns = state.columns
        let load = (0..<columns).map { column in
            (0..<packed.hostCount).reduce(Int64(0)) { state.isOpen[$1] ? $0 + state.load[$1 * columns + column] : $0 }
        }
        for set in 1..<(1 << candidates.count) {
            guard openCount - set.nonzeroBitCount >= leastOpen else { continue }
            var open = state.isOpen
            var (saved, moves) = (0.0, 0)
            for (index, host) in candidates.enumerated() where set >> index & 1 == 1 {
                open[host] = false
                saved += packed.idleSaving(of: host)
                moves += packed.residents[host].count
            }
            let holds = (0..<columns).allSatisfy { column in
                var left = load[column]
                for host in open.indices where open[host] && left > 0 {
                    let index = host * columns + column
                    left -= max(packed.limit[index], state.load[index])
                }
                return left <= 0
            }
            if holds { all.append(Choice(open: open, savedWatts: saved, moves: moves)) }
        }
        let order = all.indices.sorted {
            (all[$1].savedWatts, all[$0].moves, $0) < (all[$0].savedWatts, all[$1].moves, $1)
        }
        all = order.map { all[$0] }
    }

    /// Hosts that are on may be switched off when nothing pins them; hosts that were to be woken may stay asleep.
    private static func mayClose(_ host: Int, in state: PlacementState) -> Bool {
        let (packed, pool) = (state.packed, state.pool)
        guard state.isOpen[host], packed.canSwitchOff[host] || packed.host(host).state != .on else { return false }
        return state.unitsOn[host].allSatisfy { pool.pin[Int($0)] == nil }
    }
}
