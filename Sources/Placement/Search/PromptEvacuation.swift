import ClusterModel
import MigrationModel

/// Other ways to empty hosts, told apart by how long the busiest link needs for them: for a window that the usual
/// placement, which looks at load and not at time, would miss.
///
/// A depth-first search over the destinations of the VMs that leave, the largest first and the quickest destination
/// first, cut where a link is busier than in the worst of the placements kept. It pushes nobody aside. Up to the number
/// of tried placements all ways are seen; beyond it the search is a greedy one that has looked around its first
/// answers.
public struct PromptEvacuation {
    /// A placement, and what no order of its moves can undercut.
    public struct Way: Sendable {
        public let placement: PlacementResult
        public let boundSeconds: Double
    }

    private var evacuation: Evacuation
    private let order: [Int]
    private let times: LaneTimes
    private let most: Int
    private var triesLeft: Int
    private var best: [(bound: Double, target: [Int])] = []
    private var chosen: [Int]

    /// - Parameters:
    ///   - most: so many ways are kept.
    ///   - tries: placements of single VMs that are tried.
    public init(hosts: [String], packed: PackedCluster, most: Int, tries: Int) {
        let evacuation = Evacuation(hosts: hosts, packed: packed)
        self.evacuation = evacuation
        self.most = most
        triesLeft = tries
        let times = LaneTimes(pool: evacuation.pool)
        self.times = times
        let size = evacuation.free.map { unit in
            evacuation.pool.members[unit].reduce(0) { $0 + packed.vm(Int($1)).memoryBytes }
        }
        order = evacuation.free.indices.sorted { size[$0] == size[$1] ? $0 < $1 : size[$0] > size[$1] }
            .map { evacuation.free[$0] }
        chosen = [Int](repeating: -1, count: order.count)
    }

    /// The quickest ways found, by their bounds; empty when no placement without pushing aside has room for all.
    public mutating func ways() -> [Way] {
        var lanes = [Double](repeating: 0, count: times.count)
        descend(0, &lanes)
        return best.map { bound, target in
            for (position, unit) in order.enumerated() { evacuation.state.place(unit, on: target[position]) }
            let placement = evacuation.result(stuck: [])
            for unit in order { evacuation.state.remove(unit) }
            return Way(placement: placement, boundSeconds: bound)
        }
    }

    private mutating func descend(_ depth: Int, _ lanes: inout [Double]) {
        guard depth < order.count else {
            keep(lanes.max() ?? 0)
            return
        }
        let unit = order[depth]
        var options: [(time: Double, host: Int)] = []
        for host in 0..<evacuation.packed.hostCount where evacuation.state.allows(unit, on: host) {
            options.append((times.busiest(adding: unit, to: host, lanes), host))
        }
        options.sort { ($0.time, $0.host) < ($1.time, $1.host) }
        for (time, host) in options {
            guard triesLeft > 0 else { return }
            if best.count == most, let worst = best.last, time >= worst.bound { return }
            triesLeft -= 1
            let before = lanes
            times.add(unit, to: host, &lanes)
            evacuation.state.place(unit, on: host)
            chosen[depth] = host
            descend(depth + 1, &lanes)
            evacuation.state.remove(unit)
            lanes = before
        }
    }

    private mutating func keep(_ bound: Double) {
        let position = best.firstIndex { $0.bound > bound } ?? best.count
        best.insert((bound, chosen), at: position)
        if best.count > most { best.removeLast() }
    }
}

/// How long moves keep each link, and each host's places for moves, busy; in seconds.
private struct LaneTimes {
    private let pool: UnitPool
    let count: Int

    init(pool: UnitPool) {
        self.pool = pool
        count = 4 * pool.packed.hostCount + 2 * pool.packed.cluster.links.count
    }

    /// The busiest lane when the unit goes to the host as well.
    func busiest(adding unit: Int, to host: Int, _ lanes: [Double]) -> Double {
        var lanes = lanes
        add(unit, to: host, &lanes)
        return lanes.max() ?? 0
    }

    func add(_ unit: Int, to host: Int, _ lanes: inout [Double]) {
        let packed = pool.packed
        let source = Int(pool.home[unit])
        let (near, far) = (packed.host(source), packed.host(host))
        let rate = packed.paths.bandwidth(from: source, to: host)
        var seconds = 0.0
        for vm in pool.members[unit] {
            let choice = packed.model.choice(for: packed.vm(Int(vm)), bandwidthBitsPerSecond: rate)
            seconds += choice.prediction?.durationSeconds ?? 0
        }
        let defaults = packed.policy.defaults
        let bits = seconds * rate
        lanes[4 * source] += bits / max(near.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond, 1)
        lanes[4 * host + 1] += bits / max(far.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond, 1)
        lanes[4 * source + 2] += seconds / Double(max(near.maxMigrationsOut ?? defaults.maxMigrationsOut, 1))
        lanes[4 * host + 3] += seconds / Double(max(far.maxMigrationsIn ?? defaults.maxMigrationsIn, 1))
        for index in packed.paths.links(from: source, to: host) {
            let link = packed.cluster.links[Int(index)]
            let lane = 4 * packed.hostCount + 2 * Int(index) + (link.first.holds(near) ? 0 : 1)
            lanes[lane] += bits / max(link.bitsPerSecond, 1)
        }
    }
}
