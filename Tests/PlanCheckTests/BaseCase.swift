import ClusterModel
import PlanCheck
import Randomness
import TestSupport

/// A cluster and a valid plan that does a bit of everything, for tests that then break one thing.
///
/// Host `h0` is emptied and switched off; `sleepy` is woken and gets `q`; `w` goes by a way-station; `u` takes the
/// room that `t0` leaves on `tight`; `a1` goes to the host that `a2`, which it must stay apart from, has left; `b1`
/// and `b2` move together; `c` moves between the two hosts that it may run on. Sizes, counts and times come from
/// the seed.
struct BaseCase {
    var cluster: Cluster
    var goal: Goal
    var policy: PlanPolicy
    var status: Plan.Status = .complete
    var refusals: [Refusal] = []
    var steps: [PlanStep]
    var digest: String?
    /// Applied last, so that it can falsify the summary too.
    var finish: @Sendable (inout Plan) -> Void = { _ in }

    init(seed: UInt64, random: inout SplitMix64) {
        cluster = Self.cluster(seed: seed, random: &random)
        goal = .evacuate(hosts: ["h0"])
        policy = .policy(
            spareHosts: 1, memory: seed.isMultiple(of: 2) ? .configured : .demand,
            defaults: HostDefaults(maxMigrationsOut: 12, maxMigrationsIn: 12),
            horizonSeconds: seed.isMultiple(of: 3) ? 7200 : nil)
        steps = Self.steps(
            evacuated: cluster.vms.filter { $0.host == "h0" && $0.state == .running }.map(\.id), random: &random)
    }

    var plan: Plan {
        var plan = Plan.plan(for: cluster, goal: goal, policy: policy, status: status, refusals: refusals, steps)
        finish(&plan)
        return plan
    }

    var violations: [Violation] {
        PlanChecker(cluster: cluster, plan: plan, snapshotDigest: digest).violations()
    }

    // MARK: Making

    private static func cluster(seed: UInt64, random: inout SplitMix64) -> Cluster {
        let power = PowerModel(idleWatts: 100, peakWatts: 250, offWatts: 5)
        var hosts = (0..<6).map { index in
            Host.host(
                "h\(index)", site: index < 3 ? "paris" : "lyon", rack: "r\(index / 2)", labels: ["n": "\(index)"],
                power: power)
        }
        hosts.append(.host("tight", memory: .gib(20), site: "paris", power: power))
        hosts.append(.host("sleepy", state: .off, site: "paris", power: power))
        var vms = (0..<Int.random(in: 3...5, using: &random)).map { VirtualMachine.vm("v\($0)", on: "h0") }
        for host in 1..<6 {
            for index in 0..<Int.random(in: 1...3, using: &random) {
                vms.append(
                    .vm("r\(host)\(index)", on: "h\(host)", memory: .gib(Int64.random(in: 1...3, using: &random))))
            }
        }
        vms += [
            .vm("t0", on: "tight", memory: .gib(8)), .vm("t1", on: "tight", memory: .gib(8)),
            .vm("u", on: "h2", memory: .gib(8)), .vm("w", on: "h3"), .vm("q", on: "h1"),
            .vm("a1", on: "h2"), .vm("a2", on: "h3"), .vm("b1", on: "h4"), .vm("b2", on: "h4"), .vm("c", on: "h5"),
            .vm("asleep", on: "h0", state: .stopped), .vm("frozen", on: "h2", state: .paused),
        ]
        if !seed.isMultiple(of: 4) {
            for index in vms.indices where index.isMultiple(of: 2) {
                vms[index].profile = DemandProfile(
                    slotSeconds: 3600, start: Timestamp.testMoment.adding(seconds: -5000),
                    cpuCores: (0..<24).map { _ in Double.random(in: 0.2...1.2, using: &random) },
                    memoryBytes: seed.isMultiple(of: 5) ? [] : (0..<24).map { _ in Double(vms[index].memoryBytes) })
            }
        }
        return .cluster(
            hosts: hosts, vms: vms,
            rules: [
                .apart("apart", ["a1", "a2"]), .together("together", ["b1", "b2"]),
                .only("only", ["c"], on: ["h5", "h1"]),
                .never("never", ["r50"], on: ["h0"]), .apart("soft", ["t0", "t1"], required: false),
            ],
            links: [Link(first: .site(name: "paris"), second: .site(name: "lyon"), bitsPerSecond: 1e10)])
    }

    private static func steps(evacuated: [String], random: inout SplitMix64) -> [PlanStep] {
        func time(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        var steps: [PlanStep] = []
        for (index, vm) in evacuated.enumerated() {
            steps.append(
                .move(
                    "e\(index)", vm, from: "h0", to: "h\(1 + index % 5)", at: time(0...50), lasting: time(5...40),
                    bandwidth: 1e8))
        }
        let empty = steps.map(\.endSeconds).max() ?? 0
        steps.append(.step("off", .powerOff(host: "h0"), at: empty + time(0...5), after: steps.map(\.id)))
        steps.append(.step("wake", .powerOn(host: "sleepy"), at: time(0...20), lasting: 180))
        func follow(_ id: String, _ vm: String, _ from: String, _ to: String, after: [String]) {
            let ready = steps.filter { after.contains($0.id) }.map(\.endSeconds).max() ?? time(0...60)
            steps.append(
                .move(id, vm, from: from, to: to, at: ready, lasting: time(5...40), after: after, bandwidth: 1e8))
        }
        follow("toSleepy", "q", "h1", "sleepy", after: ["wake"])
        follow("way1", "w", "h3", "h4", after: [])
        follow("way2", "w", "h4", "h5", after: ["way1"])
        follow("leave", "t0", "tight", "h1", after: [])
        follow("take", "u", "h2", "tight", after: ["leave"])
        follow("apart1", "a2", "h3", "h4", after: [])
        follow("apart2", "a1", "h2", "h3", after: ["apart1"])
        follow("both1", "b1", "h4", "h5", after: [])
        follow("both2", "b2", "h4", "h5", after: [])
        follow("only1", "c", "h5", "h1", after: [])
        return steps
    }
}

// MARK: - Ways to change a case

extension BaseCase {
    func step(_ id: String) -> PlanStep? { steps.first { $0.id == id } }

    mutating func edit(_ id: String, _ change: (inout PlanStep) -> Void) {
        for index in steps.indices where steps[index].id == id { change(&steps[index]) }
    }

    mutating func editMove(_ id: String, _ change: (inout MigrationStep) -> Void) {
        edit(id) { step in
            guard case .migrate(var migration) = step.action else { return }
            change(&migration)
            step.action = .migrate(migration: migration)
        }
    }

    mutating func editHost(_ id: String, _ change: (inout Host) -> Void) {
        for index in cluster.hosts.indices where cluster.hosts[index].id == id { change(&cluster.hosts[index]) }
    }

    mutating func editVM(_ id: String, _ change: (inout VirtualMachine) -> Void) {
        for index in cluster.vms.indices where cluster.vms[index].id == id { change(&cluster.vms[index]) }
    }

    /// Takes steps out, also out of every `after`.
    mutating func remove(_ ids: String...) {
        steps.removeAll { ids.contains($0.id) }
        for index in steps.indices { steps[index].after.removeAll { ids.contains($0) } }
    }

    /// Puts steps off until what they wait for has ended; `after` must name steps that stand earlier.
    mutating func reschedule() {
        var ends: [String: Double] = [:]
        for index in steps.indices {
            let ready = steps[index].after.compactMap { ends[$0] }.max() ?? 0
            steps[index].startSeconds = max(steps[index].startSeconds, ready)
            ends[steps[index].id] = steps[index].endSeconds
        }
    }

    /// The identifiers of the moves.
    var moveIDs: [String] { steps.filter { $0.migration != nil }.map(\.id) }
}
