import ClusterModel

/// Which steps must be over before each step begins when all keep the plan's order: those in `after`, and those whose
/// share of a link, or place among a host's moves, it takes over.
///
/// The latter are the arcs of a resource flow network (Artigues, Michelon and Reusser, "Insertion techniques for static
/// and dynamic resource-constrained project scheduling", EJOR 149, 2003): with them a plan whose steps take other times
/// than predicted is a longest path, since a step waits for exactly what it waits for in the executor.
struct ResourceFlow {
    /// For each step, in the order of the plan, the steps that it waits for.
    let predecessors: [[Int32]]
    /// Every step behind all that it waits for.
    let order: [Int]

    /// - Complexity: O(steps log steps + `after` entries), with a few lanes a step.
    init(steps: [PlanStep], cluster: Cluster, defaults: HostDefaults) {
        let numbers = Dictionary(steps.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        var predecessors = steps.map { step in step.after.compactMap { numbers[$0].map { Int32($0) } } }
        var lanes = LaneTable(cluster: cluster, defaults: defaults)
        let byStart = steps.indices.sorted {
            (steps[$0].startSeconds, steps[$0].endSeconds, $0) < (steps[$1].startSeconds, steps[$1].endSeconds, $1)
        }
        let byEnd = steps.indices.sorted { (steps[$0].endSeconds, $0) < (steps[$1].endSeconds, $1) }
        var ended = 0
        for step in byStart {
            while ended < byEnd.count, steps[byEnd[ended]].endSeconds <= steps[step].startSeconds + 1e-6 {
                // A step without duration ends where it starts, and holds nothing.
                if steps[byEnd[ended]].migration != nil { lanes.release(byEnd[ended]) }
                ended += 1
            }
            if let migration = steps[step].migration { predecessors[step] += lanes.take(step, for: migration) }
        }
        self.predecessors = predecessors.map { Set($0).sorted() }
        order = Self.order(self.predecessors, preferring: byStart)
    }

    private static func order(_ predecessors: [[Int32]], preferring byStart: [Int]) -> [Int] {
        var open = predecessors.map(\.count)
        var followers = [[Int]](repeating: [], count: predecessors.count)
        for (step, earlier) in predecessors.enumerated() {
            for predecessor in earlier { followers[Int(predecessor)].append(step) }
        }
        var order = byStart.filter { open[$0] == 0 }
        var next = 0
        while next < order.count {
            for follower in followers[order[next]] {
                open[follower] -= 1
                if open[follower] == 0 { order.append(follower) }
            }
            next += 1
        }
        return order
    }
}
