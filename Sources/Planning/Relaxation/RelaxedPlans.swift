import ClusterModel

/// Plans made with relaxations, each once, up to a number of plans.
struct RelaxedPlans {
    let cluster: Cluster
    let policy: Policy
    let goal: Goal
    let startsAt: Timestamp
    /// The time that each plan has; what is not done by then is not reached.
    let window: TimeWindow?
    /// How many more plans may be made.
    private(set) var budget: Int
    private(set) var made = 0
    private var known: [[Relaxation]: Set<String>] = [:]

    init(cluster: Cluster, policy: Policy, goal: Goal, startsAt: Timestamp, window: TimeWindow? = nil, budget: Int) {
        self.cluster = cluster
        self.policy = policy
        self.goal = goal
        self.startsAt = startsAt
        self.window = window
        self.budget = budget
    }

    /// The VMs that the goal does not reach with these relaxations; `nil` when the budget is used up or no plan passes
    /// the checker.
    mutating func unreached(with relaxations: [Relaxation]) -> Set<String>? {
        if let answer = known[relaxations] { return answer }
        guard budget > 0 else { return nil }
        budget -= 1
        made += 1
        var (cluster, policy, goal) = (cluster, policy, goal)
        for relaxation in relaxations {
            relaxation.apply(to: &cluster, &policy)
            relaxation.apply(to: &goal)
        }
        guard
            let plan = try? Planner(policy: policy, namesRelaxations: false).plan(
                cluster: cluster, goal: goal, startsAt: startsAt, window: window)
        else { return nil }
        let answer = GoalReach.unreached(by: plan, on: cluster)
        known[relaxations] = answer
        return answer
    }
}
