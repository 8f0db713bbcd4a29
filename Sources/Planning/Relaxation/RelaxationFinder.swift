public import ClusterModel
import Placement

/// Searches what would unblock VMs that a goal cannot move, and verifies every answer by planning with it.
///
/// First each relaxation alone, at its largest value; one that helps is brought down to the smallest value that still
/// does, by bisection. Where none helps alone, pairs are tried in the same way. Work is counted in plans, so that the
/// same input gives the same answer on any machine.
public struct RelaxationFinder: Sendable {
    /// Plans of a search, at most; fewer on large clusters.
    private static let mostPlans = 300
    /// Hosts times VMs, summed over the plans of a search.
    private static let mostWork = 100_000_000
    /// Pairs that help, after which no more are looked for.
    private static let enoughPairs = 4

    private let cluster: Cluster
    private let policy: Policy
    private let goal: Goal
    private let startsAt: Timestamp
    private let window: TimeWindow?
    private let plans: Int

    /// - Parameters:
    ///   - goal: evacuate, place or relocate; the others leave no VM unreached.
    ///   - window: the time that each plan has.
    ///   - plans: how many plans may be made; `nil`: as many as explaining is worth.
    public init(
        cluster: Cluster, policy: Policy, goal: Goal, startsAt: Timestamp, window: TimeWindow? = nil, plans: Int? = nil
    ) {
        self.cluster = cluster
        self.policy = policy
        self.goal = goal
        self.startsAt = startsAt
        self.window = window
        let size = max(cluster.hosts.count * cluster.vms.count, 1)
        let usual = window == nil ? min(Self.mostPlans, max(Self.mostWork / size, 20)) : Self.windowPlans(size)
        self.plans = plans ?? usual
    }

    /// A windowed plan is several plans and many runs of each.
    private static func windowPlans(_ size: Int) -> Int { min(60, max(200_000 / size, 8)) }

    /// What lets all VMs leave within the window, one relaxation each; what asks least first.
    ///
    /// - Parameter links: what holds up the plan: these links are tried alone.
    func wholeRemedies(beside links: [WindowAnswer.BusyLink]) -> [RelaxationAnswer.Remedy] {
        var search = RelaxationSearch(
            plans: RelaxedPlans(
                cluster: cluster, policy: policy, goal: goal, startsAt: startsAt, window: window, budget: plans + 1))
        return search.whole(beside: links)
    }

    /// - Parameters:
    ///   - subjects: VMs asked about; `nil`: all that are blocked.
    ///   - pairs: whether pairs are tried where no single relaxation helps.
    public func answer(about subjects: Set<String>? = nil, pairs: Bool = true) -> RelaxationAnswer {
        var search = RelaxationSearch(
            plans: RelaxedPlans(cluster: cluster, policy: policy, goal: goal, startsAt: startsAt, budget: plans + 1))
        return search.run(about: subjects, enoughPairs: pairs ? Self.enoughPairs : 0)
    }
}

/// One search, with its plans made so far.
private struct RelaxationSearch {
    private var plans: RelaxedPlans
    /// VMs unreached without any relaxation.
    private var base: Set<String> = []

    init(plans: RelaxedPlans) { self.plans = plans }

    mutating func run(about subjects: Set<String>?, enoughPairs: Int) -> RelaxationAnswer {
        var answer = RelaxationAnswer()
        base = plans.unreached(with: []) ?? []
        answer.plansMade = plans.made
        answer.blocked = plans.cluster.vms.map(\.id).filter(base.contains)
        let asked = answer.blocked.filter { subjects?.contains($0) ?? true }
        let immovable = Set(plans.cluster.vms.filter { $0.migration == .none }.map(\.id))
        answer.fixed = asked.filter(immovable.contains)
        let movable = asked.filter { !immovable.contains($0) }
        guard !movable.isEmpty else { return answer }
        let families = RelaxationCatalog(
            cluster: plans.cluster, policy: plans.policy, goal: plans.goal, blocked: Set(movable),
            constraints: constraints(of: movable)
        ).families()
        for vm in movable { answer.remedies[vm] = remedies(freeing: [vm], families, enoughPairs) }
        if answer.fixed.isEmpty { answer.wholeRemedies = whole(Set(movable), families, answer.remedies, enoughPairs) }
        answer.plansMade = plans.made
        answer.ranOut = plans.budget == 0
        return answer
    }

    /// What refuses each VM, asked of the constraints as things stand.
    private func constraints(of vms: [String]) -> [String: Set<String>] {
        let packed = PackedCluster(cluster: plans.cluster, policy: plans.policy, startsAt: plans.startsAt)
        let end = EndOfPlan(packed: packed, goal: plans.goal, hostOf: packed.home, isOn: packed.takesVMs)
        let finder = RefusalFinder(state: end.state)
        var found: [String: Set<String>] = [:]
        for vm in vms {
            guard let index = packed.vmIndex[vm] else { continue }
            found[vm] = Set(finder.reasons(for: Int(end.pool.unitOfVM[index])).map(\.constraint))
        }
        return found
    }

    /// What frees all that are blocked or late, one relaxation each.
    mutating func whole(beside links: [WindowAnswer.BusyLink]) -> [RelaxationAnswer.Remedy] {
        base = plans.unreached(with: []) ?? []
        let immovable = plans.cluster.vms.filter { $0.migration == .none && base.contains($0.id) }
        guard !base.isEmpty, immovable.isEmpty else { return [] }
        let catalog = RelaxationCatalog(
            cluster: plans.cluster, policy: plans.policy, goal: plans.goal, blocked: base,
            constraints: constraints(of: base.sorted()))
        return remedies(freeing: base, catalog.windowFamilies(beside: links), 0)
    }

    // MARK: Whether a set helps

    /// Whether all `vms` leave with these relaxations, and no VM stays that could leave without them.
    private mutating func frees(_ vms: Set<String>, _ relaxations: [Relaxation]) -> Bool {
        guard let left = plans.unreached(with: relaxations) else { return false }
        return left.isDisjoint(with: vms) && left.isSubset(of: base)
    }

    /// The smallest value of a family that helps together with the others; its largest value is known to help.
    private mutating func smallest(
        of family: RelaxationFamily, freeing vms: Set<String>, _ build: (Relaxation) -> [Relaxation]
    ) -> Relaxation {
        var (low, high) = (0, family.values.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if frees(vms, build(family.values[middle])) { high = middle } else { low = middle + 1 }
        }
        return family.values[high]
    }

    // MARK: Singles, pairs, and what is needed for several VMs

    private mutating func remedies(
        freeing vms: Set<String>, _ families: [RelaxationFamily], _ enoughPairs: Int
    ) -> [RelaxationAnswer.Remedy] {
        var found: [RelaxationAnswer.Remedy] = []
        for family in families where frees(vms, [family.most]) {
            found.append([smallest(of: family, freeing: vms) { [$0] }])
        }
        if found.isEmpty { found = pairs(freeing: vms, families, enoughPairs) }
        return sorted(found)
    }

    private mutating func pairs(
        freeing vms: Set<String>, _ families: [RelaxationFamily], _ enough: Int
    ) -> [RelaxationAnswer.Remedy] {
        guard enough > 0 else { return [] }
        var candidates: [(price: Int, first: RelaxationFamily, second: RelaxationFamily)] = []
        for (index, first) in families.enumerated() {
            for second in families[(index + 1)...] {
                candidates.append(([first.values[0], second.values[0]].price, first, second))
            }
        }
        let order = candidates.indices.sorted { (candidates[$0].price, $0) < (candidates[$1].price, $1) }
        var found: [RelaxationAnswer.Remedy] = []
        for index in order where found.count < enough && plans.budget > 0 {
            let (_, first, second) = candidates[index]
            guard frees(vms, [first.most, second.most]) else { continue }
            let one = smallest(of: first, freeing: vms) { [$0, second.most] }
            let two = smallest(of: second, freeing: vms) { [one, $0] }
            found.append([one, two])
        }
        return found
    }

    /// For all VMs together: what frees each, if one thing frees all; else the best of each VM, less what is not
    /// needed.
    private mutating func whole(
        _ vms: Set<String>, _ families: [RelaxationFamily], _ each: [String: [RelaxationAnswer.Remedy]],
        _ enoughPairs: Int
    ) -> [RelaxationAnswer.Remedy] {
        if let vm = vms.first, vms.count == 1 { return each[vm] ?? [] }
        let singles = remedies(freeing: vms, families, 0)
        if !singles.isEmpty { return singles }
        var together: [Relaxation] = []
        for vm in plans.cluster.vms where vms.contains(vm.id) {
            guard let best = each[vm.id]?.first else { return [] }
            for relaxation in best where !together.contains(relaxation) { together.append(relaxation) }
        }
        together = withoutWeaker(together)
        guard frees(vms, together) else { return sorted(pairs(freeing: vms, families, enoughPairs)) }
        for relaxation in together.sorted(by: { $0.price > $1.price }) {
            let without = together.filter { $0 != relaxation }
            if frees(vms, without) { together = without }
        }
        return [together]
    }

    /// Of two values of one limit, the larger.
    private func withoutWeaker(_ relaxations: [Relaxation]) -> [Relaxation] {
        relaxations.filter { one in
            !relaxations.contains { other in
                switch (one, other) {
                case (.limit(let a, _, let low), .limit(let b, _, let high)): a == b && low < high
                case (.spareHosts(_, let high), .spareHosts(_, let low)): low < high
                case (.pause(let a, _, let low), .pause(let b, _, let high)): a == b && low < high
                default: false
                }
            }
        }
    }

    private func sorted(_ remedies: [RelaxationAnswer.Remedy]) -> [RelaxationAnswer.Remedy] {
        let order = remedies.indices.sorted {
            (remedies[$0].count, remedies[$0].price, $0) < (remedies[$1].count, remedies[$1].price, $1)
        }
        return order.map { remedies[$0] }
    }
}
