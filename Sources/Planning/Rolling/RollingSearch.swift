import ClusterModel
import Placement

/// Chooses which hosts are maintained together, in which order and in which night.
struct RollingSearch {
    /// Candidates that are tried for a group before the best of them is taken.
    private static let mostTried = 3

    let cluster: Cluster
    let policy: Policy
    let request: RollingRequest
    let startsAt: Timestamp
    let looksAhead: Bool

    /// A group with its place in time.
    struct Placed {
        var stage: RollingStage
        /// Number of its window.
        var night: Int
        /// Its beginning on the plan's clock.
        var startSeconds: Double
    }

    private(set) var placed: [Placed] = []
    /// Hosts that are not maintained, and why.
    private(set) var refused: [(host: String, reasons: [Refusal.Reason])] = []
    private(set) var timetable: NightTimetable
    private var now: Cluster
    private var todo: [String] = []

    init(cluster: Cluster, policy: Policy, request: RollingRequest, startsAt: Timestamp, looksAhead: Bool) {
        self.cluster = cluster
        self.policy = policy
        self.request = request
        self.startsAt = startsAt
        self.looksAhead = looksAhead
        now = cluster
        timetable = NightTimetable(
            windows: request.windows, startsAt: startsAt, confidence: policy.schedule.confidence, defaults: policy.defaults)
    }

    mutating func run() {
        sortOut()
        var postponed: [String: [Refusal.Reason]] = [:]
        while true {
            let open = todo.filter { postponed[$0] == nil }
            guard let first = preferred(among: open).first else { break }
            if let stage = bestStage(startingWith: first, open, &postponed) {
                place(stage, &postponed)
            }
        }
        for host in todo { refused.append((host, postponed[host] ?? [])) }
    }

    // MARK: Who can be maintained at all

    private mutating func sortOut() {
        let hosts = Dictionary(cluster.hosts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for id in request.hosts {
            guard let host = hosts[id] else { continue }
            if let reason = hopeless(host) { refused.append((id, [reason])) } else { todo.append(id) }
        }
    }

    private func hopeless(_ host: Host) -> Refusal.Reason? {
        guard host.state == .on || host.state == .maintenance else {
            return Refusal.Reason(
                constraint: "hostState", hosts: [host.id],
                detail: "it is \(host.state.rawValue): only hosts that run are maintained")
        }
        let tied = cluster.vms.filter { $0.host == host.id && $0.state != .stopped && $0.migration == .none }
        guard let vm = tied.first else { return nil }
        let more = tied.count > 1 ? " and \(tied.count - 1) more" : ""
        return Refusal.Reason(
            constraint: "migratability", hosts: [host.id],
            detail: "VM \(vm.id)\(more) cannot leave it: \(vm.migrationReason ?? "its migration is none")")
    }

    // MARK: The order of the hosts

    private func memory(on host: String) -> Int64 {
        now.vms.reduce(0) { $1.host == host && $1.state != .stopped ? $0 + $1.memoryBytes : $0 }
    }

    /// The host whose VMs fill the room on hosts that are done best; where none fits, the one with the least on it, since
    /// its VMs will have to move once more.
    private func preferred(among open: [String]) -> [String] {
        let later = Set(todo)
        var room: Int64 = 0
        for host in now.hosts where host.state == .on && !later.contains(host.id) {
            let limit = Int64(Double(host.capacityMemoryBytes) * policy.limits.memory)
            room += max(0, limit - memory(on: host.id))
        }
        let sizes = Dictionary(open.map { ($0, memory(on: $0)) }, uniquingKeysWith: { first, _ in first })
        func key(_ host: String) -> (Int, Int64) {
            let size = sizes[host] ?? 0
            return size <= room ? (0, -size) : (1, size)
        }
        let order = open.indices.sorted { left, right in
            let (a, b) = (key(open[left]), key(open[right]))
            return a == b ? left < right : a < b
        }
        return order.map { open[$0] }
    }

    // MARK: Groups

    /// As many hosts as may be down at once; fewer where these cannot all be emptied or do without spare capacity.
    private func group(of size: Int, startingWith first: String, _ open: [String]) -> [String] {
        let racks = Dictionary(now.hosts.map { ($0.id, $0.rack ?? $0.id) }, uniquingKeysWith: { first, _ in first })
        let others = preferred(among: open).filter { host in
            host != first && (!request.respectsRacks || racks[host] == racks[first])
        }
        return [first] + others.prefix(size - 1)
    }

    private mutating func bestStage(
        startingWith first: String, _ open: [String], _ postponed: inout [String: [Refusal.Reason]]
    ) -> RollingStage? {
        var size = request.parallel
        while size > 1 {
            let group = group(of: size, startingWith: first, open)
            if group.count > 1, case .success(let stage) = attempt(group) { return stage }
            size = min(size, group.count) / 2
        }
        var best: RollingStage?
        for host in ([first] + preferred(among: open).filter { $0 != first }).prefix(Self.mostTried) {
            switch attempt([host]) {
            case .success(let stage):
                if stage.spilled < best?.spilled ?? .max { best = stage }
                // The very first group has nowhere else to go.
                if stage.spilled == 0 || placed.isEmpty { return best }
            case .failure(let obstacle): postponed[host] = obstacle.reasons
            }
        }
        return best
    }

    /// The group as it costs the fewest moves, VMs spread or packed.
    private func attempt(_ group: [String]) -> Result<RollingStage, RollingStage.Obstacle> {
        let maker = RollingStageMaker(policy: policy, request: request, original: cluster, looksAhead: looksAhead)
        let later = todo.filter { !group.contains($0) }
        let moment = startsAt.adding(seconds: timetable.nextStartSeconds)
        // Who goes back where he was need not keep off hosts that are maintained later.
        let avoided = policy.rolling.restorePlacement ? [] : later
        let spread = maker.stage(of: group, on: now, later: avoided, packs: false, startsAt: moment)
        if case .success(let stage) = spread, stage.spilled == 0 { return spread }
        let packed = maker.stage(of: group, on: now, later: avoided, packs: true, startsAt: moment)
        guard case .success(let first) = spread else { return packed }
        guard case .success(let second) = packed, second.spilled < first.spilled else { return spread }
        return packed
    }

    // MARK: Nights

    private mutating func place(_ stage: RollingStage, _ postponed: inout [String: [Refusal.Reason]]) {
        guard let slot = timetable.add(stage.steps, cluster: cluster) else {
            // Fewer hosts at once take less time to empty.
            if stage.hosts.count > 1, case .success(let alone) = attempt([stage.hosts[0]]) {
                return place(alone, &postponed)
            }
            for host in stage.hosts { postponed[host] = [timetable.refusal(of: host)] }
            return
        }
        placed.append(Placed(stage: stage, night: slot.night, startSeconds: slot.startSeconds))
        now = stage.cluster
        todo.removeAll { stage.hosts.contains($0) }
        // Room has changed: who was refused for it may be asked again.
        postponed = postponed.filter { $0.value.contains { $0.constraint == "window" } }
    }
}
