public import ClusterModel

/// A cluster and a plan on it, made from a seed: moves with and without needs, way-stations, hosts that are woken,
/// emptied, switched off and maintained. Right by construction in every order that `after` allows. One VM in seven
/// rewrites more than its link carries and converges only when it may stand still for longer than the hypervisor is
/// told first.
public struct Scenario: Sendable {
    public let cluster: Cluster
    public let plan: Plan

    static let bandwidthBitsPerSecond = 5e9

    public init(seed: UInt64, hosts hostCount: Int = 6, vms vmCount: Int = 30, moves: Int = 25) {
        var builder = ScenarioBuilder(seed: seed, hosts: hostCount, vms: vmCount)
        builder.wakeSleepingHost()
        for _ in 0..<moves { builder.addMove() }
        builder.emptyAndSwitchOffFirstHost()
        builder.maintainLastHost()
        cluster = builder.cluster
        plan = builder.plan(id: "scenario-\(seed)")
    }

    /// Where the plan puts every VM that it moves.
    public var destinations: [String: String] {
        var result: [String: String] = [:]
        for step in plan.steps { if let migration = step.migration { result[migration.vm] = migration.to } }
        return result
    }
}

private struct ScenarioBuilder {
    private(set) var cluster: Cluster
    private var random: Draws
    private var steps: [PlanStep] = []
    /// Where each VM is after all steps so far.
    private var place: [String: String] = [:]
    /// The step that last moved each VM.
    private var mover: [String: String] = [:]
    /// Memory of every VM that is on a host at any time after the steps in `needed`.
    private var everBytes: [String: Int64] = [:]
    /// Steps that every further arrival on a host comes after.
    private var needed: [String: Set<String>] = [:]
    private var departures: [String: Set<String>] = [:]
    private var wakeStep: (host: String, step: String)?

    private static let gibibyte: Int64 = 1 << 30

    init(seed: UInt64, hosts hostCount: Int, vms vmCount: Int) {
        random = Draws(seed: seed)
        let count = max(4, hostCount)
        let hosts = (0..<count).map { index in
            Host(
                id: "h\(index)", state: index == count - 2 ? .off : .on, cpuCores: 64,
                memoryBytes: 48 * Self.gibibyte, bootSeconds: 60, shutdownSeconds: 20)
        }
        var vms: [VirtualMachine] = []
        for index in 0..<vmCount {
            let memory = Int64(random.below(4) + 1) * Self.gibibyte
            let host = hosts[random.below(count - 2)]
            let here = vms.filter { $0.host == host.id }.reduce(0) { $0 + $1.memoryBytes }
            guard here + memory <= 30 * Self.gibibyte else { continue }
            let isRestless = index % 7 == 3
            vms.append(
                VirtualMachine(
                    id: "v\(index)", host: host.id, vcpus: 1, memoryBytes: memory,
                    demand: Demand(cpuCores: 0.5, memoryBytes: Double(memory)),
                    dirty: isRestless
                        ? DirtyRate(hotBytes: 5e8, bytesPerSecond: 2e9) : DirtyRate(hotBytes: 2e8, bytesPerSecond: 4e7))
            )
        }
        cluster = Cluster(
            name: "scenario", takenAt: Timestamp(secondsSinceEpoch: 1_795_219_200), hosts: hosts, vms: vms)
        for vm in vms {
            place[vm.id] = vm.host
            everBytes[vm.host ?? "", default: 0] += vm.memoryBytes
        }
    }

    mutating func wakeSleepingHost() {
        guard let host = cluster.hosts.first(where: { $0.state == .off }) else { return }
        wakeStep = (host.id, add(.powerOn(host: host.id), seconds: 60, after: []))
    }

    /// Moves a random VM to a random host.
    mutating func addMove() {
        guard !cluster.vms.isEmpty else { return }
        let vm = cluster.vms[random.below(cluster.vms.count)]
        _ = move(vm, to: targets[random.below(targets.count)])
    }

    /// Every host but the first, which is emptied, and the last, which goes through maintenance.
    private var targets: [Host] { Array(cluster.hosts.dropFirst().dropLast()) }

    /// When the host has no room beside all that ever was there, this and every later arrival come after all departures
    /// from it so far, and only what stays counts.
    private mutating func move(_ vm: VirtualMachine, to: Host) -> Bool {
        guard let from = place[vm.id], from != to.id else { return false }
        let limit = Int64(Double(to.capacityMemoryBytes) * 0.95)
        if everBytes[to.id, default: 0] + vm.memoryBytes > limit {
            let staying = cluster.vms.filter { place[$0.id] == to.id }.reduce(0) { $0 + $1.memoryBytes }
            guard staying + vm.memoryBytes <= limit else { return false }
            needed[to.id, default: []].formUnion(departures[to.id] ?? [])
            everBytes[to.id] = staying
        }
        var after = needed[to.id] ?? []
        if let earlier = mover[vm.id] { after.insert(earlier) }
        if let wakeStep, wakeStep.host == to.id { after.insert(wakeStep.step) }
        let seconds = Double(vm.memoryBytes) * 8 / Scenario.bandwidthBitsPerSecond * 1.3 + 0.5
        let id = add(
            .migrate(
                migration: MigrationStep(
                    vm: vm.id, from: from, to: to.id, mode: .live,
                    bandwidthBitsPerSecond: Scenario.bandwidthBitsPerSecond, downtimeMilliseconds: 300,
                    transferBytes: Double(vm.memoryBytes) * 1.2, rounds: 3)), seconds: seconds, after: after)
        everBytes[to.id, default: 0] += vm.memoryBytes
        departures[from, default: []].insert(id)
        place[vm.id] = to.id
        mover[vm.id] = id
        return true
    }

    mutating func emptyAndSwitchOffFirstHost() {
        guard let first = cluster.hosts.first else { return }
        for vm in cluster.vms where place[vm.id] == first.id {
            _ = targets.contains { move(vm, to: $0) }
        }
        guard !place.values.contains(first.id) else { return }
        _ = add(.powerOff(host: first.id), seconds: 20, after: departures[first.id] ?? [])
    }

    mutating func maintainLastHost() {
        guard let host = cluster.hosts.last?.id else { return }
        let enter = add(.enterMaintenance(host: host), seconds: 1, after: [])
        let work = add(.maintain(host: host), seconds: 120, after: [enter])
        let rest = add(.wait, seconds: 5, after: [work])
        _ = add(.exitMaintenance(host: host), seconds: 1, after: [rest])
    }

    private mutating func add(_ action: PlanStep.Action, seconds: Double, after: Set<String>) -> String {
        let id = "s\(steps.count + 1)"
        let start = steps.filter { after.contains($0.id) }.map(\.endSeconds).max() ?? 0
        steps.append(
            PlanStep(
                id: id, action: action, startSeconds: start, durationSeconds: seconds, after: after.sorted(),
                reason: "scenario"))
        return id
    }

    func plan(id: String) -> Plan {
        Plan(
            id: id, cluster: cluster.name, createdAt: cluster.takenAt, startsAt: cluster.takenAt,
            expiresAt: cluster.takenAt.adding(seconds: 3600),
            basis: Plan.Basis(snapshot: "0", takenAt: cluster.takenAt), goal: .balance,
            policy: PlanPolicy(
                name: "test", digest: "0", spareHosts: 0, memory: .configured, limits: ResourceLimits(),
                defaults: HostDefaults()),
            status: .complete, steps: steps,
            summary: PlanSummary(
                makespanSeconds: steps.map(\.endSeconds).max() ?? 0,
                migrations: steps.count { $0.migration != nil }, transferBytes: 0,
                hostsOn: PlanSummary.HostsOn(before: 0, after: 0), watts: PlanSummary.BeforeAfter(before: 0, after: 0),
                imbalance: PlanSummary.BeforeAfter(before: 0, after: 0)))
    }
}

/// Splitmix64 (Sebastiano Vigna).
private struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, limit)))
    }
}
