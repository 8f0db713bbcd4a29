internal import ClusterModel

// What happens when the journal cannot be written: its disk is full, or another process holds it for too long.
extension RunLoop {
    /// Begins nothing new and follows what runs until the journal takes entries again, or everything has ended; then
    /// leaves the run, to be resumed. `false`: the platform did not answer.
    ///
    /// What cannot be written down is not done: no step begins, no cancellation and no rung of the ladder. The platform
    /// keeps the ends of all steps, and the resumption writes them down.
    mutating func follow(after problem: ExecutionError) async throws(ExecutionError) -> Bool {
        var ended: [String: StepStatus] = [:]
        while true {
            for step in machine.underWay where step.action != .wait && ended[step.id] == nil {
                if let status = await glance(at: step), status.isEnded { ended[step.id] = status }
            }
            let left = machine.underWay.filter { $0.action != .wait && ended[$0.id] == nil }
            guard !left.isEmpty else { throw journalFailure(problem, ended) }
            executor.onTrouble("the journal cannot be written (\(problem.message)); nothing new is begun")
            try await rest()
            do throws(ExecutionError) {
                return try await tick()
            } catch {
                guard error.code == .journal else { throw error }
            }
        }
    }

    /// Looks at a step without writing anything down; `nil`: the platform did not answer.
    private mutating func glance(at step: PlanStep) async -> StepStatus? {
        guard let attempt = machine.state[step.id].attemptUnderWay else { return nil }
        do throws(DriverError) {
            let status = try await executor.driver.status(
                of: StepKey(run: machine.run, step: step.id, attempt: attempt))
            if case .active(let phase) = status { phases[step.id] = phase }
            return status
        } catch {
            return nil
        }
    }

    private func journalFailure(_ problem: ExecutionError, _ ended: [String: StepStatus]) -> ExecutionError {
        let ends = ended.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.word)" }
        let followed = ends.isEmpty ? "nothing was under way" : "followed to the end: " + ends.joined(separator: ", ")
        return ExecutionError(
            code: .journal,
            message: "the journal cannot be written: \(problem.message); nothing new was begun, and \(followed). "
                + "Run \(machine.run) can be resumed when the journal can be written again")
    }
}

extension StepStatus {
    /// How it ended, in a word or two.
    fileprivate var word: String {
        switch self {
        case .unknown: "unknown"
        case .active: "active"
        case .succeeded: "succeeded"
        case .failed(let failure): "failed (\(failure.message))"
        case .cancelled: "cancelled"
        }
    }
}
