import ClusterModel

/// The summary says what the steps come to.
struct SummaryCheck {
    /// Relative tolerance of sums and watts, and the least absolute one: figures may be written with fewer digits.
    static let relativeTolerance = 1e-4
    static let absoluteTolerance = 0.01
    /// The imbalance is a fraction.
    static let imbalanceTolerance = 1e-4

    private let replay: Replay

    init(replay: Replay) { self.replay = replay }

    /// - Complexity: O(hosts + VMs + steps).
    func violations() -> [Violation] {
        let plan = replay.plan
        let before = Figures(replay: replay, atEnd: false)
        let after = Figures(replay: replay, atEnd: true)
        let summary = plan.summary
        let makespan = plan.steps.map(\.endSeconds).max() ?? 0
        let bytes = replay.moves.reduce(0) { $0 + $1.migration.transferBytes }
        let faults = [
            close("makespanSeconds", summary.makespanSeconds, makespan...makespan),
            same("migrations", summary.migrations, replay.moves.count),
            close("transferBytes", summary.transferBytes, bytes...bytes),
            same("hostsOn.before", summary.hostsOn.before, before.hostsOn),
            same("hostsOn.after", summary.hostsOn.after, after.hostsOn),
            bound(summary.hostsOn),
            close("watts.before", summary.watts.before, before.watts),
            close("watts.after", summary.watts.after, after.watts),
            closeFraction("imbalance.before", summary.imbalance.before, before.imbalance),
            closeFraction("imbalance.after", summary.imbalance.after, after.imbalance),
        ]
        return faults.compactMap { $0 }.map { Violation(promise: .summary, message: $0) }
    }

    private func close(_ name: String, _ claimed: Double, _ actual: ClosedRange<Double>) -> String? {
        let slack = max(Self.absoluteTolerance, Self.relativeTolerance * abs(actual.upperBound))
        guard !(claimed >= actual.lowerBound - slack && claimed <= actual.upperBound + slack) else { return nil }
        return "\(name) is given as \(claimed), it is \(actual.upperBound)"
    }

    private func closeFraction(_ name: String, _ claimed: Double, _ actual: Double) -> String? {
        abs(claimed - actual) <= Self.imbalanceTolerance ? nil : "\(name) is given as \(claimed), it is \(actual)"
    }

    private func same(_ name: String, _ claimed: Int, _ actual: Int) -> String? {
        claimed == actual ? nil : "\(name) is given as \(claimed), it is \(actual)"
    }

    private func bound(_ hostsOn: PlanSummary.HostsOn) -> String? {
        guard let bound = hostsOn.lowerBound, bound > hostsOn.after else { return nil }
        return "hostsOn.lowerBound is \(bound), above the \(hostsOn.after) that are left on"
    }
}

/// What a summary tells of one state of the cluster.
private struct Figures {
    let hostsOn: Int
    /// A range, because what a failed host draws is not known: nothing, or what it draws when off or idle.
    let watts: ClosedRange<Double>
    let imbalance: Double

    init(replay: Replay, atEnd: Bool) {
        let cluster = replay.cluster
        var cores = [Double](repeating: 0, count: cluster.hosts.count)
        var bytes = cores
        for (index, vm) in cluster.vms.enumerated() {
            guard let host = atEnd ? replay.finalHost(of: index) : replay.initialHost[index] else { continue }
            if vm.state == .running { cores[host] += vm.demand.cpuCores }
            switch replay.plan.policy.memory {
            case .configured: bytes[host] += Double(vm.memoryBytes)
            case .demand: bytes[host] += vm.demand.memoryBytes
            }
        }
        var hostsOn = 0
        var (least, most) = (0.0, 0.0)
        var cpuFractions: [Double] = []
        var memoryFractions: [Double] = []
        for (index, host) in cluster.hosts.enumerated() {
            var condition = HostCondition(host.state)
            if atEnd {
                for step in replay.switches[index] { _ = condition.apply(replay.plan.steps[step].action) }
            }
            let capacity = Double(host.memoryBytes) - Double(host.reservedMemoryBytes)
            let cpu = host.capacityCores > 0 ? cores[index] / host.capacityCores : 0
            if condition.takesVMs {
                hostsOn += 1
                cpuFractions.append(cpu)
                memoryFractions.append(capacity > 0 ? bytes[index] / capacity : 0)
            }
            let drawn = Self.watts(of: host, in: condition, cpu: cpu)
            least += drawn.lowerBound
            most += drawn.upperBound
        }
        self.hostsOn = hostsOn
        watts = least...max(least, most)
        imbalance = (Self.deviation(cpuFractions) + Self.deviation(memoryFractions)) / 2
    }

    private static func watts(of host: Host, in condition: HostCondition, cpu: Double) -> ClosedRange<Double> {
        guard let power = host.power else { return 0...0 }
        if condition.hasFailed { return 0...max(0, power.offWatts, power.watts(atCPUFraction: 0)) }
        let drawn: Double
        if condition.takesVMs {
            drawn = power.watts(atCPUFraction: cpu)
        } else {
            drawn = condition.isPowered ? power.watts(atCPUFraction: 0) : power.offWatts
        }
        return drawn...drawn
    }

    /// The population standard deviation; 0 of nothing.
    private static func deviation(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
}
