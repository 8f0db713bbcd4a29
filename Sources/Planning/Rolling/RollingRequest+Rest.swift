public import ClusterModel

extension RollingRequest {
    /// What remains of a plan's maintenance after some of its steps, to be planned anew: the hosts whose turn did not
    /// come, as it was asked for them, in the nights that are left. No hosts and nothing taken out: it is over.
    ///
    /// - Parameters:
    ///   - done: identifiers of the steps that have succeeded.
    ///   - cluster: as it is now.
    /// - Returns: `nil` when the plan does not say how it was asked for, or when its nights are over.
    public init?(restOf plan: Plan, done: Set<String>, cluster: Cluster, at moment: Timestamp) {
        guard case .rolling(let hosts) = plan.goal, let figures = RollingFigures(of: plan), figures.rebootSeconds > 0
        else {
            return nil
        }
        let maintained = Set(
            plan.steps.compactMap { step in
                if case .maintain(let host) = step.action, done.contains(step.id) { host } else { nil }
            })
        let nights = figures.windows.filter { moment < $0.by }.map { TimeWindow(from: max($0.from, moment), by: $0.by) }
        guard !nights.isEmpty || figures.windows.isEmpty else { return nil }
        self.init(
            hosts: hosts.filter { !maintained.contains($0) }, rebootSeconds: figures.rebootSeconds, windows: nights,
            parallel: figures.parallel, respectsRacks: figures.respectsRacks)
        let resting = Set(cluster.hosts.filter { $0.state == .maintenance }.map(\.id))
        takenOut = resting.intersection(
            plan.steps.compactMap { step in
                if case .exitMaintenance(let host) = step.action, !done.contains(step.id) { host } else { nil }
            })
    }
}
