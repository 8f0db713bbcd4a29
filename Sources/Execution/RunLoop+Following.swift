internal import ClusterModel

// What happens when the journal cannot be written: its disk is full, or another process holds it for too long.
extension RunLoop {
    /// Begins nothing new and follows what runs until the journal takes entries again, or nothing runs any more; then
    /// leaves the run, to be resumed. `false`: the platform did not answer.
    ///
    /// What cannot be written down is not done: no step begins, no cancellation and no rung of the ladder. The platform
    /// keeps the ends of all steps, and whoever goes on asks for them; the time limits of what still runs begin anew
    /// then.
    mutating func follow(after problem: ExecutionError) async throws(ExecutionError) -> Bool {
        let followed = working
        var (problem, silences) = (problem, 0)
        var ends: [String: StepStatus] = [:]
        while true {
            let asked = working.filter { ends[$0.id] == nil }
            var isHeard = false
            for step in asked {
                guard let status = await glance(at: step) else { continue }
                isHeard = true
                if case .active = status { continue }
                ends[step.id] = status
            }
            silences = isHeard ? 0 : silences + 1
            let runs = asked.contains { ends[$0.id] == nil && !machine.isGivenUp($0, now: now) }
            guard runs, silences < Executor.patience else { throw journalFailure(problem, followed, ends) }
            executor.onTrouble("the journal cannot be written (\(problem.message)); nothing new is begun")
            try await rest()
            do throws(ExecutionError) {
                try await executor.checkRoom()
                try await append(.runResumed(startedBy: executor.identity.text))
                return try await tick()
            } catch {
                guard error.code == .journal else { throw error }
                problem = error
            }
        }
    }

    /// Steps that the platform may be working on.
    private var working: [PlanStep] { machine.underWay.filter { $0.action != .wait } }

    /// Looks at a step without writing anything down; `nil`: the platform did not answer.
    private mutating func glance(at step: PlanStep) async -> StepStatus? {
        guard let attempt = machine.state[step.id].attemptUnderWay else { return nil }
        do throws(DriverError) {
            now = max(now, try await executor.driver.now())
            let status = try await executor.driver.status(
                of: StepKey(run: machine.run, step: step.id, attempt: attempt))
            if case .active(let phase) = status { phases[step.id] = phase }
            return status
        } catch {
            return nil
        }
    }

    private func journalFailure(
        _ problem: ExecutionError, _ followed: [PlanStep], _ ends: [String: StepStatus]
    ) -> ExecutionError {
        let words = followed.map { "\($0.id) \(ends[$0.id]?.word ?? "still runs")" }
        let what = words.isEmpty ? "nothing was under way" : "what was under way: " + words.joined(separator: ", ")
        return ExecutionError(
            code: .journal,
            message:
                "the journal cannot be written: \(problem.message); nothing new was begun; \(what). Make room for it, "
                + "then go on with `drover resume`: run \(machine.run) can be resumed")
    }
}

extension StepStatus {
    /// How it ended, in a word or two.
    fileprivate var word: String {
        switch self {
        case .unknown: "not begun"
        case .active: "still runs"
        case .succeeded: "succeeded"
        case .failed(let failure): "failed (\(failure.message))"
        case .cancelled: "cancelled"
        }
    }
}
