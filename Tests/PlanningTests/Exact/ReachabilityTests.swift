import ClusterModel
import Documents
import Placement
import Planning
import Randomness
import TestSupport
import Testing

/// Three hosts and six VMs, so full that places must be swapped: what the planner reaches against everything that safe
/// moves reach.
@Suite(.serialized) struct ReachabilityTests {
    private static let seeds: UInt64 = 1000
    /// Of the goals that can be reached, those for which no complete plan is found.
    private static let mostMissed = 0.02

    private struct Tally: CustomStringConvertible {
        var seeds = 0
        var reachable = 0
        var unreachable = 0
        /// Reachable only when some VM goes by way of another host.
        var byStation = 0
        var missed: [String] = []
        var missedByStation = 0
        var evacuations = 0
        var missedEvacuations = 0
        var impossible: [String] = []

        var description: String {
            "\(seeds) goals: \(reachable) reachable (\(byStation) only by way-stations), \(unreachable) not; no complete plan "
                + "for \(PowerSaveOptimumTests.Tally.some(missed)), of them \(missedByStation) that need way-stations and \(missedEvacuations) of \(evacuations) "
                + "reachable evacuations; "
                + "complete plans where none exists: \(PowerSaveOptimumTests.Tally.some(impossible))"
        }
    }

    @Test("1,000 goals: a complete plan where one exists, and never where none does")
    func completePlans() throws {
        var tally = Tally()
        for seed in 0..<Self.seeds { try Self.compare(seed, in: &tally) }
        print("complete plans against every safe state: \(tally)")
        #expect(tally.impossible.isEmpty, "\(tally)")
        #expect(Double(tally.missed.count) <= Self.mostMissed * Double(tally.reachable), "\(tally)")
    }

    private static func compare(_ seed: UInt64, in tally: inout Tally) throws {
        var random = SplitMix64(seed: seed)
        let evacuates = seed % 4 == 3
        let cluster = tinyCluster(
            evacuates: evacuates, leastFill: seed % 4 == 1 || seed % 4 == 2 ? 0.6 : 0.9, using: &random)
        let policy = try Policy.with("spareHosts=\(seed % 5 == 0 ? 1 : 0)")
        let packed = PackedCluster(cluster: cluster, policy: policy, startsAt: cluster.takenAt)
        let states = SafeStates(packed: packed)
        let goal: Goal
        let wanted: (SafeStates.State) -> Bool
        if evacuates {
            goal = .evacuate(hosts: ["h0"])
            wanted = { !$0.contains(0) }
        } else {
            let walked = seed % 4 == 0 ? nil : states.walk(Int.random(in: 2...9, using: &random), using: &random)
            guard let target = walked ?? target(in: packed, using: &random) else { return }
            goal = .place(target: Dictionary(uniqueKeysWithValues: target.enumerated().map { ("v\($0)", "h\($1)") }))
            wanted = { $0 == target }
        }
        let plan = try Planner(policy: policy).plan(cluster: cluster, goal: goal)
        let isComplete = plan.status == .complete || plan.status == .nothingToDo
        let name = "\(goal.name) \(seed)"
        tally.seeds += 1
        guard states.reach(wanted) else {
            tally.unreachable += 1
            if isComplete { tally.impossible.append(name) }
            return
        }
        tally.reachable += 1
        if evacuates { tally.evacuations += 1 }
        let needsStation = !states.reach(direct: true, wanted)
        if needsStation { tally.byStation += 1 }
        guard !isComplete else { return }
        tally.missed.append(name)
        if needsStation { tally.missedByStation += 1 }
        if evacuates { tally.missedEvacuations += 1 }
    }

    // MARK: Cases

    /// The VMs fill the cluster, or what an evacuation leaves of it, to nine tenths and more; half of the clusters are
    /// less full, as at nine tenths next to no VM of this size can move at all.
    private static func tinyCluster(evacuates: Bool, leastFill: Double, using random: inout SplitMix64) -> Cluster {
        let sizes: [Int64] = [48, 64, 96]
        let hosts = (0..<3).map { index in
            var host = Host.host(
                "h\(index)", cores: 64, memory: .gib(sizes[Int.random(in: 0..<3, using: &random)]),
                rack: Bool.random(using: &random) ? "r\(index % 2)" : nil)
            if Int.random(in: 0..<8, using: &random) == 0 { host.datastores = ["san"] }
            return host
        }
        while true {
            let shares = (0..<6).map { _ in Double.random(in: 0.3...1, using: &random) }
            let room = hosts.dropFirst(evacuates ? 1 : 0).reduce(0) { $0 + 0.95 * Double($1.capacityMemoryBytes) }
            let fill = room * Double.random(in: leastFill...0.99, using: &random) / shares.reduce(0, +)
            var free = hosts.map { 0.95 * Double($0.capacityMemoryBytes) }
            var vms: [VirtualMachine] = []
            for (index, share) in shares.enumerated() {
                let memory = share * fill
                let open = free.indices.filter { free[$0] > memory }
                guard let host = open.randomElement(using: &random) else { break }
                free[host] -= memory
                vms.append(
                    .vm(
                        "v\(index)", on: "h\(host)", cores: Double.random(in: 0.5...4, using: &random),
                        memory: Int64(memory)))
            }
            guard vms.count == 6 else { continue }
            for index in vms.indices {
                switch Int.random(in: 0..<25, using: &random) {
                case 0: vms[index].migration = .none
                case 1: vms[index].migration = .cold
                case 2: vms[index].datastores = ["nfs"]
                default: break
                }
            }
            return Cluster.cluster(hosts: hosts, vms: vms, rules: rules(using: &random))
        }
    }

    private static func rules(using random: inout SplitMix64) -> [Rule] {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: [.apart("apart", ["v0", "v1"])]
        case 1: [.apart("apart", ["v0", "v1", "v2"], scope: .rack, atMost: 2)]
        case 2: [.never("never", ["v2"], on: ["h1"])]
        case 3: [.together("together", ["v3", "v4"])]
        default: []
        }
    }

    /// A placement within all limits other than the start, where each VM may be; whether it can be reached is open.
    private static func target(in packed: PackedCluster, using random: inout SplitMix64) -> SafeStates.State? {
        let columns = packed.dimensionCount
        for _ in 0..<3000 {
            let target = (0..<packed.vmCount).map { vm in
                Int.random(in: 0..<3, using: &random) == 0
                    ? Int(packed.home[vm]) : Int.random(in: 0..<packed.hostCount, using: &random)
            }
            var load = [Int64](repeating: 0, count: packed.hostCount * columns)
            for (vm, host) in target.enumerated() {
                for column in 0..<columns { load[host * columns + column] += packed.load[vm * columns + column] }
            }
            let fits = zip(load, packed.limit).allSatisfy { $0 <= $1 }
            if fits, target != packed.home.map({ Int($0) }) { return target }
        }
        return nil
    }
}
