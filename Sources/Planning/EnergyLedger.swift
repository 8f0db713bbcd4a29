import ClusterModel

/// Watt-hours of a plan until the next decision, against those of doing nothing.
struct EnergyLedger {
    /// From the plan's start to the next decision.
    let untilSeconds: Double
    /// What the cluster would draw as it stands.
    private(set) var baselineWattHours = 0.0
    /// What it draws while the plan is carried out and after it, moves and boots apart.
    private(set) var plannedWattHours = 0.0
    /// What copying costs.
    private(set) var migrationWattHours = 0.0
    /// What boots within the plan cost, and the boots that bring the hosts back which it switches off.
    private(set) var bootWattHours = 0.0

    /// What is saved until the next decision, less what it costs to get there and back.
    var savedWattHours: Double { baselineWattHours - plannedWattHours - migrationWattHours - bootWattHours }

    init(steps: [PlanStep], figures: ClusterFigures, cluster: Cluster, policy: Policy) {
        let end = max(policy.powerSave.nextDecisionSeconds, steps.map(\.endSeconds).max() ?? 0)
        untilSeconds = end
        baselineWattHours = figures.watts(figures.start) * end / 3600
        // A host that is being shut down draws its watts until the end of the step; a booting one from the step's
        // start.
        var joules = 0.0
        var (since, watts) = (0.0, figures.watts(figures.start))
        var meter = WattMeter(figures: figures, cluster: cluster)
        for step in steps.sorted(by: { ($0.endSeconds, $0.id) < ($1.endSeconds, $1.id) }) {
            joules += watts * (step.endSeconds - since)
            watts += meter.change(by: step)
            since = step.endSeconds
        }
        joules += watts * (end - since)
        plannedWattHours = joules / 3600
        let migrations = steps.compactMap(\.migration)
        let megabytes = migrations.reduce(0) { $0 + $1.transferBytes } / 1e6
        migrationWattHours =
            (Double(migrations.count) * policy.powerSave.migrationJoules
                + megabytes * policy.powerSave.migrationJoulesPerMegabyte) / 3600
        bootWattHours =
            steps.reduce(0) { $0 + Self.bootJoules(of: $1, cluster, meter.hostIndex, policy.defaults) } / 3600
    }

    private static func bootJoules(
        of step: PlanStep, _ cluster: Cluster, _ index: [String: Int], _ defaults: HostDefaults
    ) -> Double {
        switch step.action {
        case .powerOn(let id), .powerOff(let id):
            guard let host = index[id].map({ cluster.hosts[$0] }), let power = host.power else { return 0 }
            return (power.watts(atCPUFraction: 1) - power.offWatts) * (host.bootSeconds ?? defaults.bootSeconds)
        case .migrate, .enterMaintenance, .exitMaintenance, .maintain, .wait: return 0
        }
    }
}

/// Watts of single hosts, kept up to date step by step.
private struct WattMeter {
    let hostIndex: [String: Int]
    private let cluster: Cluster
    private var cores: [Double]
    private var state: [Host.State]
    private let coresOfVM: [String: Double]

    init(figures: ClusterFigures, cluster: Cluster) {
        self.cluster = cluster
        cores = figures.used(figures.start).cpuCores
        state = figures.start.hostState
        hostIndex = Dictionary(cluster.hosts.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let running = cluster.vms.filter { $0.state == .running }
        coresOfVM = Dictionary(running.map { ($0.id, $0.demand.cpuCores) }, uniquingKeysWith: { first, _ in first })
    }

    /// By how much the step's end changes the cluster's watts.
    mutating func change(by step: PlanStep) -> Double {
        switch step.action {
        case .migrate(let migration):
            guard let from = hostIndex[migration.from], let to = hostIndex[migration.to] else { return 0 }
            let before = watts(from) + watts(to)
            let moved = coresOfVM[migration.vm] ?? 0
            cores[from] -= moved
            cores[to] += moved
            return watts(from) + watts(to) - before
        case .powerOff(let id): return set(id, .off)
        case .powerOn(let id), .exitMaintenance(let id): return set(id, .on)
        case .enterMaintenance(let id): return set(id, .maintenance)
        case .maintain, .wait: return 0
        }
    }

    private mutating func set(_ id: String, _ new: Host.State) -> Double {
        guard let host = hostIndex[id] else { return 0 }
        let before = watts(host)
        state[host] = new
        return watts(host) - before
    }

    private func watts(_ host: Int) -> Double {
        cluster.hosts[host].modelWatts(cpuCores: cores[host], in: state[host])
    }
}

extension EnergyLedger {
    /// The ledger as it stands in a plan, to a hundredth of a watt-hour.
    var json: JSONValue {
        func figure(_ value: Double) -> JSONValue { .exact((value * 100).rounded() / 100) }
        return .object(fields: [
            "untilSeconds": .exact(untilSeconds), "baselineWattHours": figure(baselineWattHours),
            "plannedWattHours": figure(plannedWattHours), "migrationWattHours": figure(migrationWattHours),
            "bootWattHours": figure(bootWattHours), "savedWattHours": figure(savedWattHours),
        ])
    }
}
