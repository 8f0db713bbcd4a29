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
    /// Whether a group may be emptied while the one before it reboots.
    let overlaps: Bool

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

    init(
        cluster: Cluster, policy: Policy, request: RollingRequest, startsAt: Timestamp, looksAhead: Bool, overlaps: Bool
    ) {
        self.cluster = cluster
        self.policy = policy
        self.request = request
        self.startsAt = startsAt
        self.looksAhead = looksAhead
        self.overlaps = overlaps && !policy.rolling.restorePlacement
        now = cluster
        timetable = NightTimetable(
            windows: request.windows, startsAt: startsAt, confidence: policy.schedule.confidence,
            defaults: policy.defaults)
    }

    mutating func run() {
        sortOut()
        takeBack()
        var postponed: [String: [Refusal.Reason]] = [:]
        while true {
            let open = todo.filter { postponed[$0] == nil }
            guard !open.isEmpty else { break }
            if let stage = bestStage(among: open, &postponed) {
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

    /// Hosts that were maintained and did not come back yet do so first.
    private mutating func takeBack() {
        let returning = request.takenOut.subtracting(request.hosts).sorted()
        guard !returning.isEmpty else { return }
        var stage = RollingStage(hosts: [], steps: [], cluster: now, spilled: 0)
        stage.steps = returning.map { host in
            PlanStep(
                id: "exit \(host)", action: .exitMaintenance(host: host), startSeconds: 0, durationSeconds: 0,
                reason: "\(host) is maintained and takes VMs again")
        }
        stage.cluster.apply(stage.steps)
        placed.append(Placed(stage: stage, night: 0, startSeconds: 0))
        now = stage.cluster
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

    /// The host whose VMs fill the room on hosts that are done best; where none fits, the one with the least on it,
    /// since its VMs will have to move once more.
    ///
    /// - Parameter resting: hosts whose room does not count.
    private func preferred(among open: [String], resting: [String] = []) -> [String] {
        let later = Set(todo + resting)
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
    private func group(of size: Int, among order: [String]) -> [String] {
        guard let first = order.first else { return [] }
        let racks = Dictionary(now.hosts.map { ($0.id, $0.rack ?? $0.id) }, uniquingKeysWith: { first, _ in first })
        let others = order.filter { host in
            host != first && (!request.respectsRacks || racks[host] == racks[first])
        }
        return [first] + others.prefix(size - 1)
    }

    private mutating func bestStage(
        among open: [String], _ postponed: inout [String: [Refusal.Reason]]
    ) -> RollingStage? {
        let order = preferred(among: open)
        let early = resting.isEmpty ? [] : preferred(among: open, resting: resting)
        var size = request.parallel
        while size > 1 {
            let (usual, overlapping) = (group(of: size, among: order), group(of: size, among: early))
            if overlapping.count > 1, case .success(let stage) = attempt(overlapping), !stage.resting.isEmpty,
                stage.spilled == 0
            {
                return stage
            }
            if usual.count > 1, case .success(let stage) = attempt(usual) { return stage }
            size = min(size, usual.count) / 2
        }
        var best: RollingStage?
        let tried = Array(early.prefix(1) + order.filter { $0 != early.first })
        for host in tried.prefix(Self.mostTried) {
            switch attempt([host]) {
            case .success(let stage):
                if stage.spilled < best?.spilled ?? .max { best = stage }
                // The very first group has nowhere else to go.
                if stage.spilled == 0 || placed.allSatisfy({ $0.stage.hosts.isEmpty }) { return best }
            case .failure(let obstacle): postponed[host] = obstacle.reasons
            }
        }
        return best
    }

    /// Hosts of the group before, while the next may be emptied as they reboot.
    private var resting: [String] {
        guard overlaps, let last = placed.last, last.night == timetable.nights.count - 1 else { return [] }
        return last.stage.hosts.filter { host in now.hosts.contains { $0.id == host && $0.state == .on } }
    }

    /// The group as it costs the fewest moves; emptied while the one before it reboots, where that costs no more.
    private func attempt(_ group: [String]) -> Result<RollingStage, RollingStage.Obstacle> {
        let usual = attempt(group, resting: [])
        guard case .success(let stage) = usual, !resting.isEmpty,
            case .success(let overlapping) = attempt(group, resting: resting), overlapping.spilled <= stage.spilled
        else { return usual }
        return .success(overlapping)
    }

    /// VMs spread or packed.
    private func attempt(_ group: [String], resting: [String]) -> Result<RollingStage, RollingStage.Obstacle> {
        let maker = RollingStageMaker(policy: policy, request: request, original: cluster, looksAhead: looksAhead)
        let later = todo.filter { !group.contains($0) }
        let moment = startsAt.adding(
            seconds: timetable.nextStartSeconds - (resting.isEmpty ? 0 : request.rebootSeconds))
        // Who goes back where he was need not keep off hosts that are maintained later.
        let avoided = policy.rolling.restorePlacement ? [] : later
        func stage(packs: Bool) -> Result<RollingStage, RollingStage.Obstacle> {
            maker.stage(of: group, on: now, later: avoided, packs: packs, resting: resting, startsAt: moment)
        }
        let spread = stage(packs: false)
        if case .success(let stage) = spread, stage.spilled == 0 { return spread }
        let packed = stage(packs: true)
        guard case .success(let first) = spread else { return packed }
        guard case .success(let second) = packed, second.spilled < first.spilled else { return spread }
        return packed
    }

    // MARK: Nights

    private mutating func place(_ stage: RollingStage, _ postponed: inout [String: [Refusal.Reason]]) {
        let overlaps = !stage.resting.isEmpty
        guard
            let slot = timetable.add(
                stage.steps, cluster: cluster, downSeconds: request.rebootSeconds, overlaps: overlaps)
        else {
            // Not tonight: then it is emptied when all are back.
            if overlaps, case .success(let usual) = attempt(stage.hosts, resting: []) {
                return place(usual, &postponed)
            }
            // Fewer hosts at once take less time to empty.
            if stage.hosts.count > 1, case .success(let alone) = attempt([stage.hosts[0]]) {
                return place(alone, &postponed)
            }
            for host in stage.hosts { postponed[host] = [timetable.refusal(of: host)] }
            return
        }
        var stage = stage
        if overlaps { stage.holdBack(until: request.rebootSeconds) }
        placed.append(Placed(stage: stage, night: slot.night, startSeconds: slot.startSeconds))
        now = stage.cluster
        todo.removeAll { stage.hosts.contains($0) }
        // Room has changed: who was refused for it may be asked again.
        postponed = postponed.filter { $0.value.contains { $0.constraint == "window" } }
    }
}
