import ClusterModel
import Documents
import Placement
import Scheduling

/// Puts the stages of a rolling maintenance together into one plan: one clock, and an `after` that holds across stages.
///
/// A move waits for the moves whose room it takes, whatever their stage; for its destination to be in service again;
/// and for the hosts of the stage before to be so: a maintenance goes no further than a host that does not come back.
struct RollingDraft {
    private let search: RollingSearch
    private let snapshot: String
    private let packed: PackedCluster

    init(search: RollingSearch, snapshot: String) {
        self.search = search
        self.snapshot = snapshot
        // Room is counted in every slot of the profiles: steps of later nights lie beyond any horizon of the first.
        var policy = search.policy
        policy.horizonSeconds = nil
        packed = PackedCluster(cluster: search.cluster, policy: policy, startsAt: search.startsAt)
    }

    func plan(createdAt: Timestamp) -> Plan {
        let steps = self.steps()
        let figures = ClusterFigures(cluster: search.cluster, memory: search.policy.memory)
        let after = figures.state(after: steps)
        var placement = PlacementResult(target: target(after))
        placement.notes = notes
        let draft = PlanDraft(
            packed: PackedCluster(cluster: search.cluster, policy: search.policy, startsAt: search.startsAt),
            goal: .rolling(hosts: search.request.hosts), placement: placement, steps: steps,
            lowerBoundSeconds: lowerBoundSeconds, hostRefusals: hostRefusals, snapshot: snapshot)
        var plan = draft.plan(createdAt: createdAt)
        if let last = search.timetable.nights.last?.window {
            plan.deadline = last.by
            plan.confidence = search.policy.schedule.confidence
            plan.expiresAt = max(plan.startsAt, min(plan.expiresAt, last.by))
        }
        plan.extensions = plan.extensions.setting(RollingFigures.key, self.figures(after: after).json)
        plan.id = PlanDocument.id(of: plan)
        return plan
    }

    private func target(_ after: ClusterFigures.State) -> [Int32] {
        (0..<packed.vmCount).map { vm in
            let host = after.hostOfVM[packed.vm(vm).id].flatMap { packed.hostIndex[$0] }
            return host.map { Int32($0) } ?? packed.home[vm]
        }
    }

    // MARK: Steps

    /// A step on the plan's clock, before it has its number.
    private struct Entry {
        var step: PlanStep
        var stage: Int
        /// Positions of the entries that it waits for.
        var after: Set<Int> = []
    }

    private func steps() -> [PlanStep] {
        var entries: [Entry] = []
        for (stage, placed) in search.placed.enumerated() {
            let window = search.timetable.nights[placed.night].window
            for step in placed.stage.steps.sorted(by: {
                ($0.startSeconds, $0.endSeconds) < ($1.startSeconds, $1.endSeconds)
            }) {
                var step = step
                step.startSeconds = Self.whole(step.startSeconds + placed.startSeconds)
                if let window {
                    step.notBefore = placed.night > 0 ? window.from : nil
                    step.extensions = step.extensions.setting(
                        PlanStep.notAfterKey, .string(value: window.by.description))
                }
                entries.append(Entry(step: step, stage: stage))
            }
        }
        waitForRoom(&entries)
        waitForHosts(&entries)
        let order = entries.indices.sorted { left, right in
            let (a, b) = (entries[left], entries[right])
            return (a.step.startSeconds, a.stage, a.step.endSeconds, left) < (
                b.step.startSeconds, b.stage, b.step.endSeconds, right
            )
        }
        var number = [Int](repeating: 0, count: entries.count)
        for (position, entry) in order.enumerated() { number[entry] = position + 1 }
        return order.map { index in
            var step = entries[index].step
            step.id = "s\(number[index])"
            step.after = entries[index].after.map { number[$0] }.sorted().map { "s\($0)" }
            return step
        }
    }

    /// Sums of milliseconds are kept whole.
    private static func whole(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    private func waitForRoom(_ entries: inout [Entry]) {
        var moves: [SequenceNeeds.Move] = []
        var positions: [Int] = []
        for (position, entry) in entries.enumerated() {
            guard let migration = entry.step.migration, let vm = packed.vmIndex[migration.vm],
                let from = packed.hostIndex[migration.from], let to = packed.hostIndex[migration.to]
            else { continue }
            positions.append(position)
            moves.append(
                SequenceNeeds.Move(
                    vm: vm, from: from, to: to, startSeconds: entry.step.startSeconds, endSeconds: entry.step.endSeconds
                ))
        }
        let needs = SequenceNeeds(of: moves, on: packed).needs
        for (move, position) in positions.enumerated() {
            entries[position].after.formUnion(needs[move].map { positions[$0] })
        }
    }

    /// Hosts go down when all that was on them has left, and take VMs when they are back; a stage begins when the hosts
    /// of the one before are. One that is emptied while they reboot begins when these are down, and goes down when they
    /// are back.
    private func waitForHosts(_ entries: inout [Entry]) {
        var back: [String: Int] = [:]
        var before: [Int] = []
        var down: [Int] = []
        for stage in search.placed.indices {
            let own = entries.indices.filter { entries[$0].stage == stage }
            var entered: [String: Int] = [:]
            var returned: [Int] = []
            var leaving: [Int] = []
            let overlaps = !search.placed[stage].stage.resting.isEmpty
            for position in own {
                let step = entries[position].step
                switch step.action {
                case .migrate(let migration):
                    entries[position].after.formUnion(overlaps ? down : before)
                    if let exit = back[migration.to] { entries[position].after.insert(exit) }
                case .enterMaintenance(let host):
                    let departures = entries.indices.filter {
                        entries[$0].step.migration?.from == host
                            && entries[$0].step.endSeconds <= step.startSeconds + 1e-6
                    }
                    entries[position].after.formUnion(departures)
                    if departures.isEmpty || overlaps { entries[position].after.formUnion(before) }
                    entered[host] = position
                    leaving.append(position)
                case .maintain(let host):
                    let departures = entries.indices.filter { entries[$0].step.migration?.from == host }
                    if let entry = entered[host] {
                        entries[position].after.insert(entry)
                    } else {
                        entries[position].after.formUnion(departures)
                        if departures.isEmpty || overlaps { entries[position].after.formUnion(before) }
                        leaving.append(position)
                    }
                    entered[host] = position
                    back[host] = position
                case .exitMaintenance(let host):
                    if let maintained = entered[host] { entries[position].after.insert(maintained) }
                    back[host] = position
                case .powerOff, .powerOn, .wait: break
                }
            }
            for host in search.placed[stage].stage.hosts { if let position = back[host] { returned.append(position) } }
            before = returned
            down = leaving
        }
    }

    // MARK: What is said

    private var hostRefusals: [Refusal] {
        search.refused.map {
            Refusal(subject: .host(id: $0.host), reasons: $0.reasons, unblock: Unblocking.hint(for: $0.reasons))
        }
    }

    private var notes: [String] {
        var notes: [String] = []
        let resting = search.cluster.hosts.filter {
            $0.state == .maintenance && search.request.hosts.contains($0.id) && !search.request.takenOut.contains($0.id)
        }
        if !resting.isEmpty {
            notes.append("in maintenance before and left in it: \(resting.map(\.id).joined(separator: ", "))")
        }
        for placed in search.placed where !placed.stage.astray.isEmpty {
            notes.append(
                "not back where they were after \(placed.stage.hosts.joined(separator: ", ")): "
                    + placed.stage.astray.joined(separator: ", "))
        }
        return notes
    }

    /// Hosts that are down at once are as many as were asked for, at most, and each is down for as long as it is
    /// maintained.
    private var lowerBoundSeconds: Double {
        let hosts = search.placed.reduce(0) { $0 + $1.stage.hosts.count }
        let turns = (hosts + search.request.parallel - 1) / search.request.parallel
        return Double(turns) * search.request.rebootSeconds
    }

    private func figures(after: ClusterFigures.State) -> RollingFigures {
        var figures = RollingFigures(
            groups: search.placed.filter { !$0.stage.hosts.isEmpty }.map { placed in
                RollingFigures.Group(
                    hosts: placed.stage.hosts, night: placed.night + 1, startSeconds: Self.whole(placed.startSeconds),
                    endSeconds: Self.whole(placed.startSeconds + placed.stage.durationSeconds),
                    moves: placed.stage.steps.count { $0.migration != nil })
            })
        figures.nights = search.timetable.nights.compactMap { night in
            night.window.map {
                RollingFigures.Night(window: $0, finishSeconds: search.timetable.finishSeconds(of: night))
            }
        }
        figures.leastMoves = leastMoves(after)
        figures.rebootSeconds = search.request.rebootSeconds
        figures.parallel = search.request.parallel
        figures.respectsRacks = search.request.respectsRacks
        figures.windows = search.request.windows
        return figures
    }

    /// Every VM on a host that is maintained leaves it; where the original placement is restored, it comes back, as far
    /// as it can. When all hosts in service are to be maintained, those of the first host go to one that is not, and
    /// move once more.
    private func leastMoves(_ after: ClusterFigures.State) -> Int {
        let maintained = Set(search.placed.flatMap(\.stage.hosts))
        var counts: [String: Int] = [:]
        var returned = 0
        for vm in search.cluster.vms where vm.state != .stopped {
            guard let host = vm.host, maintained.contains(host) else { continue }
            counts[host, default: 0] += 1
            if after.hostOfVM[vm.id] == host { returned += 1 }
        }
        let all = counts.values.reduce(0, +)
        if search.policy.rolling.restorePlacement { return all + returned }
        let others = search.cluster.hosts.contains { $0.state == .on && !maintained.contains($0.id) }
        return others ? all : all + (maintained.map { counts[$0] ?? 0 }.min() ?? 0)
    }
}
