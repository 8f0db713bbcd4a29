import ClusterModel

/// Walks every state that a small plan can reach: each step waiting, running, done or failed, in every order that
/// `after` allows. What the checker proves by flows, this finds by trying.
struct EveryState {
    enum Stage: UInt8 { case waiting, running, done, failed }

    let cluster: Cluster
    let plan: Plan
    private(set) var overloads: Set<Overload> = []
    private(set) var brokenRules: Set<String> = []
    private(set) var powerIsBroken = false

    struct Overload: Hashable {
        let step: String
        let resource: String
    }

    init(cluster: Cluster, plan: Plan) {
        self.cluster = cluster
        self.plan = plan
        walk()
    }

    private mutating func walk() {
        let first = [Stage](repeating: .waiting, count: plan.steps.count)
        let index = Dictionary(uniqueKeysWithValues: zip(plan.steps.map(\.id), 0...))
        var seen: Set<[Stage]> = [first]
        var stack = [first]
        while let state = stack.popLast() {
            look(at: state)
            for step in plan.steps.indices {
                var next: [[Stage]] = []
                switch state[step] {
                case .waiting:
                    guard plan.steps[step].after.allSatisfy({ state[index[$0] ?? 0] == .done }) else { continue }
                    var begun = state
                    begun[step] = .running
                    lookAtStart(of: step, in: begun)
                    next = [begun]
                case .running:
                    next = [Stage.done, Stage.failed].map { stage in
                        var ended = state
                        ended[step] = stage
                        return ended
                    }
                case .done, .failed: continue
                }
                for state in next where seen.insert(state).inserted { stack.append(state) }
            }
        }
    }

    // MARK: Where VMs are

    /// The hosts on which each VM counts.
    private func places(in state: [Stage]) -> [String: Set<String>] {
        var home: [String: String] = [:]
        for vm in cluster.vms where vm.state != .stopped { home[vm.id] = vm.host }
        // A VM's moves wait for each other, so the last of them that is done stands latest in the plan.
        for (step, stage) in zip(plan.steps, state) where stage == .done {
            if let move = step.migration { home[move.vm] = move.to }
        }
        var places = home.mapValues { Set([$0]) }
        for (step, stage) in zip(plan.steps, state) where stage == .running {
            if let move = step.migration { places[move.vm, default: []].insert(move.to) }
        }
        return places
    }

    private func vms(on host: String, in state: [Stage]) -> [VirtualMachine] {
        let places = places(in: state)
        return cluster.vms.filter { places[$0.id]?.contains(host) ?? false }
    }

    // MARK: What must hold

    private mutating func lookAtStart(of step: Int, in state: [Stage]) {
        guard let move = plan.steps[step].migration, let host = cluster.hosts.first(where: { $0.id == move.to }) else {
            return
        }
        let here = vms(on: host.id, in: state)
        let memory = here.reduce(0) { $0 + Double($1.memoryBytes) }
        note(step, "memory", memory, Double(host.memoryBytes) * plan.policy.limits.memory)
        let running = here.filter { $0.state == .running }
        for slot in slots(from: plan.steps[step].startSeconds) {
            let cores = running.reduce(0) { $0 + ($1.profile?.cpuCores[slot] ?? $1.demand.cpuCores) }
            note(step, "cpu", cores, host.cpuCores * host.cpuSpeed * plan.policy.limits.cpu)
        }
        let rate = running.reduce(0) { $0 + $1.demand.networkBitsPerSecond }
        note(step, "network", rate, host.networkBitsPerSecond ?? .infinity)
        if (cluster.vms.first { $0.id == move.vm }?.localDiskBytes ?? 0) > 0 {
            let disk = here.reduce(0) { $0 + Double($1.localDiskBytes) }
            note(step, "localDisk", disk, host.localDiskBytes.map { Double($0) } ?? .infinity)
        }
    }

    private mutating func note(_ step: Int, _ resource: String, _ load: Double, _ limit: Double) {
        if load > limit + 1e-6 { overloads.insert(Overload(step: plan.steps[step].id, resource: resource)) }
    }

    /// Slots whose hour overlaps the time from the step's start to the horizon.
    private func slots(from startSeconds: Double) -> Set<Int> {
        guard let profile = cluster.vms.compactMap(\.profile).first else { return [0] }
        let count = profile.cpuCores.count
        guard let horizon = plan.policy.horizonSeconds else { return Set(0..<count) }
        let start = plan.startsAt.seconds(since: profile.start) + startSeconds
        let end = max(plan.startsAt.seconds(since: profile.start) + horizon, start + 1)
        return Set(
            (0..<200).filter { Double($0 + 1) * profile.slotSeconds > start && Double($0) * profile.slotSeconds < end }
                .map { $0 % count })
    }

    private mutating func look(at state: [Stage]) {
        let places = places(in: state)
        for rule in cluster.rules {
            guard case .antiAffinity(let scope, let most) = rule.kind else { continue }
            let first = [Stage](repeating: .waiting, count: state.count)
            let before = excess(rule, scope, most, self.places(in: first))
            if excess(rule, scope, most, places) > before { brokenRules.insert(rule.id) }
        }
        lookAtPower(in: state, places)
    }

    private func excess(_ rule: Rule, _ scope: Rule.Scope, _ most: Int, _ places: [String: Set<String>]) -> Int {
        var counts: [String: Int] = [:]
        for vm in cluster.vms where rule.vms.selects(id: vm.id, labels: vm.labels) {
            let domains = Set(
                (places[vm.id] ?? []).compactMap { id in
                    cluster.hosts.first { $0.id == id }.map { scope == .host ? $0.id : $0.rack ?? "own \(id)" }
                })
            for domain in domains { counts[domain, default: 0] += 1 }
        }
        return counts.values.reduce(0) { $0 + max(0, $1 - most) }
    }

    private mutating func lookAtPower(in state: [Stage], _ places: [String: Set<String>]) {
        for host in cluster.hosts {
            var isOn = host.state == .on
            var working: [PlanStep.Action] = []
            for (step, stage) in zip(plan.steps, state) {
                switch step.action {
                case .powerOn(host.id), .powerOff(host.id):
                    if stage == .running { working.append(step.action) }
                    if stage == .running || stage == .done, isOn == (step.action == .powerOn(host: host.id)) {
                        powerIsBroken = true
                    }
                    if stage == .done { isOn = step.action == .powerOn(host: host.id) }
                default: break
                }
            }
            let isUsed = places.values.contains { $0.contains(host.id) }
            if working.count > 1 || isUsed && (!isOn || !working.isEmpty) { powerIsBroken = true }
        }
    }
}
