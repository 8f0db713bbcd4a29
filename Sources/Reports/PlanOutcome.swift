import ClusterModel

/// What a plan makes of each host: worked out from the plan's steps alone, without the planner.
struct PlanOutcome {
    /// One host before and after the plan.
    struct HostChange {
        let host: Host
        var stateAfter: Host.State
        var before = Use()
        var after = Use()
        /// VMs in the order in which they go and come; one that only passes through stands in both.
        var leaving: [String] = []
        var arriving: [String] = []

        var changes: Bool { stateAfter != host.state || !leaving.isEmpty || !arriving.isEmpty }
    }

    /// What the VMs on a host use.
    struct Use {
        /// VMs that hold something: stopped ones do not count.
        var vms = 0
        var cores = 0.0
        var memoryBytes = 0.0
        /// The highest sum over the slots of the profiles; `nil` when no VM has one.
        var peakCores: Double?
    }

    let hosts: [HostChange]
    /// Where each VM is at the end.
    let finalHost: [String: String]
    let hasProfiles: Bool
    private let indexOf: [String: Int]

    init(plan: Plan, cluster: Cluster) {
        let slots = Self.slots(in: cluster, from: plan.startsAt, horizonSeconds: plan.policy.horizonSeconds)
        self.init(cluster: cluster, steps: plan.steps, memory: plan.policy.memory, slots: slots)
    }

    /// The hosts as they stand, with nothing done.
    init(still cluster: Cluster, policy: Policy, from moment: Timestamp) {
        let slots = Self.slots(in: cluster, from: moment, horizonSeconds: policy.horizonSeconds)
        self.init(cluster: cluster, steps: [], memory: policy.memory, slots: slots)
    }

    private init(cluster: Cluster, steps: [PlanStep], memory: MemoryCounting, slots: [Int]) {
        var changes = cluster.hosts.map { HostChange(host: $0, stateAfter: $0.state) }
        let numbered = cluster.hosts.enumerated().map { ($1.id, $0) }
        let indexOf = Dictionary(numbered, uniquingKeysWith: { first, _ in first })
        var places: [String: String] = [:]
        for vm in cluster.vms { places[vm.id] = vm.host }
        let before = places
        for step in PlanOutcome.inOrder(steps) {
            Self.apply(step.action, to: &changes, places: &places, indexOf: indexOf)
        }
        let meter = UseMeter(memory: memory, slots: slots)
        for vm in cluster.vms where vm.state != .stopped {
            if let index = before[vm.id].flatMap({ indexOf[$0] }) { meter.add(vm, to: &changes[index].before) }
            if let index = places[vm.id].flatMap({ indexOf[$0] }) { meter.add(vm, to: &changes[index].after) }
        }
        if !slots.isEmpty {
            let peaks = (before: meter.peaks(cluster, places: before), after: meter.peaks(cluster, places: places))
            for index in changes.indices {
                changes[index].before.peakCores = peaks.before[changes[index].host.id] ?? 0
                changes[index].after.peakCores = peaks.after[changes[index].host.id] ?? 0
            }
        }
        hosts = changes
        finalHost = places
        hasProfiles = !slots.isEmpty
        self.indexOf = indexOf
    }

    func change(of host: String) -> HostChange? { indexOf[host].map { hosts[$0] } }

    /// Steps by start, then as the plan lists them.
    static func inOrder(_ steps: [PlanStep]) -> [PlanStep] {
        steps.enumerated().sorted { ($0.element.startSeconds, $0.offset) < ($1.element.startSeconds, $1.offset) }
            .map(\.element)
    }

    private static func apply(
        _ action: PlanStep.Action, to changes: inout [HostChange], places: inout [String: String],
        indexOf: [String: Int]
    ) {
        func set(_ state: Host.State, _ host: String) {
            if let index = indexOf[host] { changes[index].stateAfter = state }
        }
        switch action {
        case .migrate(let migration):
            places[migration.vm] = migration.to
            if let index = indexOf[migration.from] { changes[index].leaving.append(migration.vm) }
            if let index = indexOf[migration.to] { changes[index].arriving.append(migration.vm) }
        case .powerOff(let host): set(.off, host)
        case .powerOn(let host), .exitMaintenance(let host): set(.on, host)
        case .enterMaintenance(let host): set(.maintenance, host)
        case .maintain, .wait: break
        }
    }

    /// The slots that must fit: from the start to the policy's horizon.
    private static func slots(in cluster: Cluster, from moment: Timestamp, horizonSeconds: Double?) -> [Int] {
        guard let profile = cluster.vms.lazy.compactMap(\.profile).first(where: { $0.slotCount > 0 }),
            profile.slotSeconds > 0
        else { return [] }
        let count = profile.slotCount
        guard let horizon = horizonSeconds, horizon < profile.slotSeconds * Double(count) else {
            return Array(0..<count)
        }
        let length = profile.slotSeconds * Double(count)
        let since = moment.seconds(since: profile.start)
        let within = since - (since / length).rounded(.down) * length
        let first = min(Int(within / profile.slotSeconds), count - 1)
        let last = Int((within + max(horizon, 0)) / profile.slotSeconds)
        return (first...max(first, last)).prefix(count).map { $0 % count }
    }
}

/// Adds up what VMs use.
private struct UseMeter {
    let memory: MemoryCounting
    let slots: [Int]

    func add(_ vm: VirtualMachine, to use: inout PlanOutcome.Use) {
        use.vms += 1
        use.memoryBytes += memory == .configured ? Double(vm.memoryBytes) : vm.demand.memoryBytes
        if vm.state == .running { use.cores += vm.demand.cpuCores }
    }

    func peaks(_ cluster: Cluster, places: [String: String]) -> [String: Double] {
        var sums: [String: [Double]] = [:]
        for vm in cluster.vms where vm.state == .running {
            guard let host = places[vm.id] else { continue }
            var sum = sums[host] ?? [Double](repeating: 0, count: slots.count)
            let profile = vm.profile?.cpuCores ?? []
            for (position, slot) in slots.enumerated() {
                sum[position] += slot < profile.count ? profile[slot] : vm.demand.cpuCores
            }
            sums[host] = sum
        }
        return sums.mapValues { $0.max() ?? 0 }
    }
}
