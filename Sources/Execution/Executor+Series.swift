internal import ClusterModel

extension Executor {
    /// Runs a plan, and as often as its policy's `execution.replan` allows a new one for what remains when the basis of
    /// the one before no longer held.
    ///
    /// The runs are called `run`, `run-2`, `run-3` and so on; each is a run of its own in the journal. Ends with the
    /// first run that was not outdated, or when `replan` has nothing that may be run.
    ///
    /// - Parameter replan: makes the next order from the newest inventory; `nil`: nothing is to be run, because nothing
    ///   is left to do, nothing can be done, or the operator must be asked first.
    public func runSeries(
        _ order: RunOrder, run: String,
        replan: (RunSummary, PlatformInventory) async throws -> RunOrder?
    ) async throws -> [RunSummary] {
        var summaries: [RunSummary] = []
        var next = order
        var left = order.policy.execution.replan
        while true {
            let name = summaries.isEmpty ? run : "\(run)-\(summaries.count + 1)"
            let summary = try await self.run(next.replanning(left), run: name)
            summaries.append(summary)
            left -= 1
            guard summary.outcome == .outdated, let inventory = await newestInventory(),
                let newer = try await replan(summary, inventory)
            else { return summaries }
            next = newer
        }
    }

    /// `nil`, told to the operator, when the platform does not answer: then nothing can be planned anew.
    private func newestInventory() async -> PlatformInventory? {
        do throws(DriverError) {
            return try await driver.inventory()
        } catch {
            onTrouble("what remains cannot be planned anew: \(error)")
            return nil
        }
    }
}

extension RunOrder {
    /// The same with so many new plans still allowed.
    fileprivate func replanning(_ left: Int) -> RunOrder {
        var policy = policy
        policy.execution.replan = max(0, left)
        return RunOrder(plan: plan, cluster: cluster, policy: policy, approval: approval, findings: findings)
    }
}
