import ClusterModel
import PlanCheck
import Randomness
import TestSupport
import Testing

/// What the checker proves for every order agrees with walking through all of them, on small plans from seeds: it
/// neither misses a state nor sees one that cannot be.
@Suite struct EveryOrderTests {
    @Test func agreesWithWalkingThroughEveryState() {
        var overloaded = 0
        var ruleBroken = 0
        var powerBroken = 0
        for seed in UInt64(0)..<800 {
            let (cluster, plan) = Self.smallPlan(seed: seed)
            let walked = EveryState(cluster: cluster, plan: plan)
            let found = PlanChecker(cluster: cluster, plan: plan).violations()
            let overloads = found.filter { [.limits, .capacityInEveryOrder].contains($0.promise) }.map {
                EveryState.Overload(step: $0.step ?? "", resource: $0.resource?.rawValue ?? "")
            }
            #expect(Set(overloads) == walked.overloads, "seed \(seed): \(plan.steps)")
            let rules = found.filter { [.ruleOnTheWay, .ruleInEveryOrder, .ruleAtEnd].contains($0.promise) }
            #expect(Set(rules.compactMap(\.rule)) == walked.brokenRules, "seed \(seed): \(plan.steps)")
            let power: Set<Promise> = [
                .poweredOffOnlyWhenEmpty, .usedOnlyWhenOn, .powerInEveryOrder, .powerTransition,
            ]
            #expect(
                found.contains { power.contains($0.promise) } == walked.powerIsBroken, "seed \(seed): \(plan.steps)")
            overloaded += walked.overloads.isEmpty ? 0 : 1
            ruleBroken += walked.brokenRules.isEmpty ? 0 : 1
            powerBroken += walked.powerIsBroken ? 1 : 0
        }
        // The seeds must show both answers often, or the agreement says nothing.
        for count in [overloaded, ruleBroken, powerBroken] { #expect((100...700).contains(count), "\(count)") }
    }

    // MARK: - Small plans

    /// Three or four hosts, five VMs, six steps at most, in one plan of eight seven: moves, way-stations and
    /// switchings with random `after`.
    static func smallPlan(seed: UInt64) -> (Cluster, Plan) {
        var random = SplitMix64(seed: seed)
        let cluster = cluster(random: &random)
        var place = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host ?? "") })
        var lastMove: [String: String] = [:]
        var lastSwitch: [String: String] = [:]
        var steps: [PlanStep] = []
        for number in 0..<Int.random(in: 2...(seed.isMultiple(of: 8) ? 7 : 6), using: &random) {
            let id = "s\(number)"
            var after = steps.map(\.id).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            let start = Double.random(in: 0...60, using: &random)
            let duration = Double.random(in: 1...40, using: &random)
            if seed.isMultiple(of: 3), Int.random(in: 0..<4, using: &random) == 0 {
                let host = cluster.hosts[Int.random(in: 0..<cluster.hosts.count, using: &random)].id
                let isOn = (cluster.hosts.first { $0.id == host }?.state == .on) == (lastSwitch[host] == nil)
                // Mostly what is needed to be right: empty before it goes off, and one switching after another.
                if Int.random(in: 0..<3, using: &random) > 0 {
                    after += steps.filter { $0.migration?.from == host || $0.migration?.to == host }.map(\.id)
                    if let last = lastSwitch[host] { after.append(last) }
                }
                lastSwitch[host] = id
                steps.append(.step(id, isOn ? .powerOff(host: host) : .powerOn(host: host), at: start, after: after))
            } else {
                let vm = cluster.vms[Int.random(in: 0..<cluster.vms.count, using: &random)]
                let from = place[vm.id] ?? ""
                let others = cluster.hosts.map(\.id).filter { $0 != from }
                let to = others[Int.random(in: 0..<others.count, using: &random)]
                if let last = lastMove[vm.id] { after.append(last) }
                if let last = lastSwitch[to], Bool.random(using: &random) { after.append(last) }
                lastMove[vm.id] = id
                place[vm.id] = to
                steps.append(.move(id, vm.id, from: from, to: to, at: start, lasting: duration, after: after))
            }
            if let ready = after.compactMap({ id in steps.first { $0.id == id }?.endSeconds }).max() {
                steps[number].startSeconds = max(ready, start)
            }
        }
        let policy = PlanPolicy.policy(horizonSeconds: seed.isMultiple(of: 2) ? 1800 : nil)
        let refusals = cluster.rules.map { Refusal(subject: .rule(id: $0.id), reasons: []) }
        return (cluster, .plan(for: cluster, policy: policy, refusals: refusals, steps))
    }

    private static func cluster(random: inout SplitMix64) -> Cluster {
        let hosts = (0..<Int.random(in: 3...4, using: &random)).map { index in
            var host = Host.host(
                "h\(index)", cores: Double(Int.random(in: 4...9, using: &random)),
                memory: .gib(Int64.random(in: 8...26, using: &random)),
                state: Int.random(in: 0..<9, using: &random) == 0 ? .off : .on,
                rack: Bool.random(using: &random) ? "r\(index / 2)" : nil)
            if Bool.random(using: &random) {
                host.networkBitsPerSecond = Double(Int.random(in: 5...30, using: &random))
            }
            if Bool.random(using: &random) { host.localDiskBytes = Int64.random(in: 0...12, using: &random) }
            return host
        }
        let on = hosts.filter { $0.state == .on }
        let vms = (0..<5).map { index in
            let host = on.isEmpty ? hosts[0] : on[Int.random(in: 0..<on.count, using: &random)]
            var vm = VirtualMachine.vm(
                "v\(index)", on: host.id, cores: Double(Int.random(in: 0...3, using: &random)),
                memory: .gib(Int64.random(in: 1...8, using: &random)),
                state: Int.random(in: 0..<8, using: &random) == 0 ? .paused : .running)
            vm.demand.networkBitsPerSecond = Double(Int.random(in: 0...9, using: &random))
            vm.localDiskBytes = Bool.random(using: &random) ? Int64.random(in: 1...6, using: &random) : 0
            if Int.random(in: 0..<3, using: &random) > 0 {
                vm.profile = DemandProfile(
                    slotSeconds: 1770, start: .testMoment,
                    cpuCores: (0..<3).map { _ in Double(Int.random(in: 0...3, using: &random)) }, memoryBytes: [])
            }
            return vm
        }
        return .cluster(
            hosts: hosts, vms: vms,
            rules: [
                .apart("hosts", ["v0", "v1", "v2"]),
                .apart("racks", ["v1", "v2", "v3", "v4"], scope: .rack, atMost: 2),
            ])
    }
}
