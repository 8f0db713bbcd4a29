import ClusterModel
import Randomness
import TestSupport

/// Carries a plan's steps out as reality might: each as soon as its `after` allows or a little later, each with its own
/// duration, some failing; and notes the first broken promise about room, rules and power.
struct DisorderedRun {
    private let cluster: Cluster
    private let steps: [PlanStep]
    private var random: SplitMix64
    private var host: [String: String]
    private var arriving: [String: String] = [:]
    private var isOn: [String: Bool]
    private(set) var fault: String?

    private enum Outcome {
        case done, failed
    }

    init(cluster: Cluster, steps: [PlanStep], seed: UInt64) {
        self.cluster = cluster
        self.steps = steps
        random = SplitMix64(seed: seed)
        host = Dictionary(uniqueKeysWithValues: cluster.vms.compactMap { vm in vm.host.map { (vm.id, $0) } })
        isOn = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0.state == .on) })
    }

    /// How many times as long as predicted a step takes.
    static func factor(_ random: inout SplitMix64) -> Double { Double.random(in: 0.5...3, using: &random) }

    mutating func run() {
        var outcome: [String: Outcome] = [:]
        var running: [(end: Double, step: PlanStep)] = []
        var waiting = steps
        var now = 0.0
        while !waiting.isEmpty || !running.isEmpty {
            waiting.removeAll { step in
                guard step.after.contains(where: { outcome[$0] == .failed }) else { return false }
                outcome[step.id] = .failed
                return true
            }
            let ready = waiting.filter { $0.after.allSatisfy { outcome[$0] == .done } }
            let delays = Double.random(in: 0..<1, using: &random) < 0.2 && !running.isEmpty
            if let step = ready.randomElement(using: &random), !delays {
                waiting.removeAll { $0.id == step.id }
                begin(step)
                running.append((now + step.durationSeconds * Self.factor(&random), step))
            } else if let next = running.min(by: { $0.end < $1.end }) {
                now = next.end
                running.removeAll { $0.step.id == next.step.id }
                let fails = Double.random(in: 0..<1, using: &random) < 0.1
                outcome[next.step.id] = fails ? .failed : .done
                end(next.step, succeeds: !fails)
            } else if !waiting.isEmpty, !waiting.contains(where: { $0.after.contains { outcome[$0] == .failed } }) {
                note("steps wait for each other")
                return
            }
        }
    }

    private mutating func note(_ text: String) { fault = fault ?? text }

    private mutating func begin(_ step: PlanStep) {
        switch step.action {
        case .migrate(let move): begin(move, step.id)
        case .powerOff(let name):
            if cluster.vms.contains(where: { isAt($0.id, name) }) {
                note("\(step.id): \(name) goes down with VMs on it")
            }
            // Whether it succeeds or not, nothing may rely on the host from here on.
            isOn[name] = false
        case .powerOn, .enterMaintenance, .exitMaintenance, .maintain, .wait: break
        }
    }

    private mutating func begin(_ move: MigrationStep, _ step: String) {
        if host[move.vm] != move.from { note("\(step): \(move.vm) is not on \(move.from)") }
        for end in [move.from, move.to] where isOn[end] != true { note("\(step): \(end) is not on") }
        arriving[move.vm] = move.to
        let used = cluster.vms.reduce(Int64(0)) { $0 + (isAt($1.id, move.to) ? $1.memoryBytes : 0) }
        let capacity = cluster.hosts.first { $0.id == move.to }?.capacityMemoryBytes ?? 0
        if used > capacity { note("\(step): \(move.to) holds \(used >> 30) GiB") }
        for rule in cluster.rules {
            guard case .antiAffinity(_, let most) = rule.kind, rule.vms.selects(id: move.vm, labels: [:]) else {
                continue
            }
            let count = cluster.vms.count { rule.vms.selects(id: $0.id, labels: [:]) && isAt($0.id, move.to) }
            if count > most { note("\(step): rule \(rule.id) has \(count) on \(move.to)") }
        }
    }

    private func isAt(_ vm: String, _ name: String) -> Bool { host[vm] == name || arriving[vm] == name }

    private mutating func end(_ step: PlanStep, succeeds: Bool) {
        switch step.action {
        case .migrate(let move):
            arriving[move.vm] = nil
            if succeeds { host[move.vm] = move.to }
        case .powerOn(let name): isOn[name] = succeeds
        case .powerOff, .enterMaintenance, .exitMaintenance, .maintain, .wait: break
        }
    }
}

extension [PlanStep] {
    /// The steps as they come when each takes its own time and starts as soon as its `after` allows.
    func disordered(_ random: inout SplitMix64) -> [PlanStep] {
        var ends: [String: Double] = [:]
        return map { step in
            var late = step
            late.startSeconds = step.after.reduce(0) { Swift.max($0, ends[$1] ?? 0) }
            late.durationSeconds *= DisorderedRun.factor(&random)
            ends[step.id] = late.endSeconds
            return late
        }
    }
}
