import ClusterModel

/// Who has which share of every link and which place among the moves of a host.
struct LaneTable {
    /// One direction of a link, or the moves that a host makes at once.
    private struct Lane {
        var free: Double
        /// Moves that have ended, in that order, and what of theirs nobody has taken over yet.
        var released: [(step: Int, amount: Double)] = []
        var head = 0
    }

    private let cluster: Cluster
    private let defaults: HostDefaults
    private let hostIndex: [String: Int]
    private var lanes: [Lane] = []
    private var held: [Int: [(lane: Int, amount: Double)]] = [:]

    init(cluster: Cluster, defaults: HostDefaults) {
        self.cluster = cluster
        self.defaults = defaults
        hostIndex = Dictionary(cluster.hosts.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        for host in cluster.hosts {
            let rate = host.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond
            lanes += [Lane(free: rate), Lane(free: rate)]
            lanes.append(Lane(free: Double(host.maxMigrationsOut ?? defaults.maxMigrationsOut)))
            lanes.append(Lane(free: Double(host.maxMigrationsIn ?? defaults.maxMigrationsIn)))
        }
        for link in cluster.links { lanes += [Lane(free: link.bitsPerSecond), Lane(free: link.bitsPerSecond)] }
    }

    private func shares(of migration: MigrationStep) -> [(lane: Int, amount: Double)] {
        guard let from = hostIndex[migration.from], let to = hostIndex[migration.to] else { return [] }
        let rate = migration.bandwidthBitsPerSecond
        var shares = [(4 * from, rate), (4 * to + 1, rate), (4 * from + 2, 1), (4 * to + 3, 1)]
        let (near, far) = (cluster.hosts[from], cluster.hosts[to])
        let base = 4 * cluster.hosts.count
        for (index, link) in cluster.links.enumerated() {
            if link.first.holds(near), link.second.holds(far) { shares.append((base + 2 * index, rate)) }
            if link.second.holds(near), link.first.holds(far) { shares.append((base + 2 * index + 1, rate)) }
        }
        return shares.map { (lane: $0.0, amount: $0.1) }
    }

    /// Takes what the move needs; the moves from which it takes it.
    mutating func take(_ step: Int, for migration: MigrationStep) -> [Int32] {
        let shares = shares(of: migration)
        held[step] = shares
        var awaited: [Int32] = []
        for (index, amount) in shares {
            var need = amount * (1 - 1e-9)
            let fromStart = min(need, lanes[index].free)
            lanes[index].free -= fromStart
            need -= fromStart
            while need > 0, lanes[index].head < lanes[index].released.count {
                let head = lanes[index].head
                let taken = min(need, lanes[index].released[head].amount)
                lanes[index].released[head].amount -= taken
                need -= taken
                if taken > 0 { awaited.append(Int32(lanes[index].released[head].step)) }
                if lanes[index].released[head].amount <= 0 { lanes[index].head += 1 }
            }
        }
        return awaited
    }

    /// The move has ended: others may take over what it had.
    mutating func release(_ step: Int) {
        for (index, amount) in held.removeValue(forKey: step) ?? [] {
            lanes[index].released.append((step, amount))
        }
    }

    // MARK: Use

    /// The lanes that keep some moves waiting: of those that these use, the ones that all steps together keep busiest.
    ///
    /// - Returns: up to three, within a tenth of the busiest.
    func busiest(in steps: [PlanStep], usedBy moves: [MigrationStep]) -> [WindowAnswer.BusyLink] {
        var busy = [Double](repeating: 0, count: lanes.count)
        for step in steps {
            guard let migration = step.migration else { continue }
            for (lane, amount) in shares(of: migration) {
                busy[lane] += step.durationSeconds * amount / max(lanes[lane].free, amount)
            }
        }
        let used = Set(moves.flatMap { shares(of: $0).map(\.lane) }).sorted { (busy[$1], $0) < (busy[$0], $1) }
        guard let most = used.first.map({ busy[$0] }) else { return [] }
        return used.filter { busy[$0] >= 0.9 * most }.prefix(3).map { .init(name: name(of: $0), busySeconds: busy[$0]) }
    }

    private func name(of lane: Int) -> String {
        let hosts = cluster.hosts.count
        guard lane >= 4 * hosts else {
            let host = cluster.hosts[lane / 4].id
            switch lane % 4 {
            case 0: return "the migration link out of \(host)"
            case 1: return "the migration link into \(host)"
            case 2: return "the number of moves at once out of \(host)"
            default: return "the number of moves at once into \(host)"
            }
        }
        let link = cluster.links[(lane - 4 * hosts) / 2]
        let isForth = (lane - 4 * hosts).isMultiple(of: 2)
        return
            "the link from \((isForth ? link.first : link.second).text) to \((isForth ? link.second : link.first).text)"
    }
}
