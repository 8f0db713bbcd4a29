import ClusterModel
import Planning

/// A plan made in this process, which the checker accepted, with what it took.
struct MeasuredPlan {
    let plan: Plan
    let elapsed: Elapsed
    let hostOfVM: [String: String]
    /// Over the hosts that are on at the end.
    let spread: LoadSpread

    init(_ goal: Goal, of cluster: Cluster, policy: Policy) throws {
        var made: Plan?
        elapsed = try Elapsed.of { made = try Planner(policy: policy).plan(cluster: cluster, goal: goal) }
        guard let made else { throw BenchError("\(cluster.name): no plan") }
        plan = made
        let figures = ClusterFigures(cluster: cluster, memory: policy.memory)
        let end = figures.state(after: made.steps)
        hostOfVM = end.hostOfVM
        spread = LoadSpread(of: cluster, figures, end)
    }
}

/// How unevenly hosts are loaded: population standard deviations, over the hosts on, of the used fraction.
struct LoadSpread {
    let memory: Double
    let cpu: Double

    init(of cluster: Cluster, _ figures: ClusterFigures, _ state: ClusterFigures.State) {
        let used = figures.used(state)
        let on = cluster.hosts.indices.filter { state.isOn[$0] }
        memory = Self.deviation(on.map { used.memoryBytes[$0] / Double(cluster.hosts[$0].capacityMemoryBytes) })
        cpu = Self.deviation(on.map { used.cpuCores[$0] / cluster.hosts[$0].capacityCores })
    }

    private static func deviation(_ values: [Double]) -> Double {
        let count = Double(max(values.count, 1))
        let mean = values.reduce(0, +) / count
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    }
}
