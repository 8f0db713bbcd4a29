import ClusterModel

/// At the predicted times the moves over one host's migration link, or one of the cluster's links, need no more in a
/// direction than it has, and no host has more moves at once than it takes.
struct LinkCheck {
    private let replay: Replay

    init(replay: Replay) { self.replay = replay }

    /// - Complexity: O(moves x links + moves log moves + moves x moves at once).
    func violations() -> [Violation] {
        hostLinks() + sharedLinks()
    }

    private func hostLinks() -> [Violation] {
        let defaults = replay.plan.policy.defaults
        return replay.cluster.hosts.indices.flatMap { index -> [Violation] in
            let host = replay.cluster.hosts[index]
            let rate = host.migrationBitsPerSecond ?? defaults.migrationBitsPerSecond
            let out = Lane(
                moves: replay.departures[index], name: "out of host \(host.id)", host: host.id, bitsPerSecond: rate,
                atOnce: host.maxMigrationsOut ?? defaults.maxMigrationsOut)
            let into = Lane(
                moves: replay.arrivals[index], name: "into host \(host.id)", host: host.id, bitsPerSecond: rate,
                atOnce: host.maxMigrationsIn ?? defaults.maxMigrationsIn)
            return violations(of: out, promise: .migrationLink) + violations(of: into, promise: .migrationLink)
        }
    }

    private func sharedLinks() -> [Violation] {
        replay.cluster.links.flatMap { link -> [Violation] in
            [(link.first, link.second), (link.second, link.first)].flatMap { near, far -> [Violation] in
                let crossing = replay.moves.indices.filter {
                    crosses(replay.moves[$0], from: near, to: far)
                }
                let lane = Lane(
                    moves: crossing, name: "from \(near.text) to \(far.text)", host: nil,
                    bitsPerSecond: link.bitsPerSecond, atOnce: nil)
                return violations(of: lane, promise: .sharedLink)
            }
        }
    }

    /// A move crosses a link when its ends lie on both sides; one within a rack that a link joins to its own site
    /// does not.
    private func crosses(_ move: Replay.Move, from near: Link.Endpoint, to far: Link.Endpoint) -> Bool {
        let (source, target) = (replay.cluster.hosts[move.from], replay.cluster.hosts[move.to])
        guard near.holds(source), far.holds(target) else { return false }
        return !(near.holds(target) && far.holds(source))
    }

    // MARK: Sweep

    /// One direction of one link.
    private struct Lane {
        let moves: [Int]
        let name: String
        let host: String?
        let bitsPerSecond: Double
        let atOnce: Int?
    }

    private func violations(of lane: Lane, promise: Promise) -> [Violation] {
        let network = Violation.Resource.network
        var found: [Violation] = []
        var active: [Int] = []
        let sorted = lane.moves.sorted {
            (replay.moves[$0].startSeconds, $0) < (replay.moves[$1].startSeconds, $1)
        }
        for move in sorted {
            let start = replay.moves[move].startSeconds
            active.removeAll { replay.moves[$0].endSeconds <= start + Replay.sameTimeSeconds }
            active.append(move)
            let needed = active.reduce(0) { $0 + replay.moves[$1].migration.bandwidthBitsPerSecond }
            if LoadModel.exceeds(needed, lane.bitsPerSecond) {
                found.append(
                    violation(
                        promise, lane, move,
                        "\(active.count) moves \(lane.name) need \(network.text(needed)) at \(start) s, there are "
                            + network.text(lane.bitsPerSecond)))
            }
            if let atOnce = lane.atOnce, active.count > atOnce {
                found.append(
                    violation(
                        .migrationsPerHost, lane, move,
                        "\(active.count) moves \(lane.name) at \(start) s, at most \(atOnce) at once"))
            }
        }
        return found
    }

    private func violation(_ promise: Promise, _ lane: Lane, _ move: Int, _ message: String) -> Violation {
        Violation(
            promise: promise, step: replay.stepID(ofMove: move), host: lane.host,
            vm: replay.vmID(replay.moves[move].vm), message: message)
    }
}
