package import ClusterModel

/// Decides what a run does next. A value: it calls nobody, has no clock, and the same inputs give the same effects.
///
/// Its state changes through journal entries only, so that a run that is read back from the journal decides as the one
/// that wrote it would have.
package struct RunMachine: Sendable {
    /// What is to be done, in this order. What must be written down comes before what it announces.
    package enum Effect: Sendable, Hashable {
        case append(event: JournalEvent)
        case begin(step: String, attempt: Int, action: StepAction)
        case cancel(step: String, attempt: Int)
        case adjust(step: String, attempt: Int, rung: ExecutionPolicy.Rung, adjustment: MigrationAdjustment)
    }

    package let plan: Plan
    package let cluster: Cluster
    package let policy: Policy
    package let run: String
    package let capabilities: DriverCapabilities
    package private(set) var state: RunState
    /// The plan's steps by start; the order in which they are considered.
    let order: [PlanStep]
    let limits: TransferLimits
    let steps: [String: PlanStep]

    package init(
        plan: Plan, cluster: Cluster, policy: Policy, run: String, capabilities: DriverCapabilities,
        state: RunState = RunState()
    ) {
        self.plan = plan
        self.cluster = cluster
        self.policy = policy
        self.run = run
        self.capabilities = capabilities
        self.state = state
        order = plan.steps.enumerated()
            .sorted { ($0.element.startSeconds, $0.offset) < ($1.element.startSeconds, $1.offset) }.map(\.element)
        limits = TransferLimits(cluster: cluster, plan: plan.policy, execution: policy.execution)
        steps = Dictionary(plan.steps.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package mutating func apply(_ entry: JournalEntry) { state.apply(entry) }

    /// Steps that the platform may be working on, in order.
    package var underWay: [PlanStep] { order.filter { state[$0.id].attemptUnderWay != nil } }

    /// Whether every step has ended.
    package var isFinished: Bool { order.allSatisfy { state[$0.id].isEnded } }

    /// What `runEnded` will say.
    package var outcome: RunOutcome { outcome(of: state) }

    private func outcome(of state: RunState) -> RunOutcome {
        switch state.mode {
        case .stopping(.aborted): .aborted
        case .stopping(.failureBudget): .stopped
        case .stopping(.basisLost): .outdated
        case .running, .paused: order.allSatisfy { state[$0.id].isDone } ? .completed : .partial
        }
    }

    /// What is to be done about control requests.
    package func reaction(to requests: [ControlRequest]) -> [Effect] {
        var effects: [Effect] = []
        var stopped = false
        if case .stopping = state.mode { stopped = true }
        for request in requests where request.sequence > state.lastRequest {
            effects.append(
                .append(event: .controlled(command: request.command, request: request.sequence, by: request.by)))
            if request.command == .abort, !stopped {
                effects.append(.append(event: .stopping(reason: .aborted(by: request.by))))
                stopped = true
            }
        }
        return effects
    }

    /// Whether a step may be about to begin, so that the newest state is worth asking for.
    package func wantsInventory(now: Timestamp) -> Bool {
        guard state.mode == .running, failuresAreWithinBudget else { return false }
        let moves = self.moves(of: state)
        let isIdle = underWay.isEmpty
        let pace = Pace(self, now: now)
        return order.contains { step in
            guard case .ready = readiness(of: step, in: state, now: now) else { return false }
            guard step.migration == nil || pace.isFree else { return false }
            guard !isIdle, let move = move(of: step) else { return true }
            return limits.verdict(on: move, beside: moves) != .full
        }
    }

    /// Everything that needs no view of the cluster: the end of waits, the failure budget, skips, the end of the run.
    package func housekeeping(now: Timestamp) -> [Effect] {
        var draft = state
        var events: [JournalEvent] = []
        func add(_ event: JournalEvent) {
            draft.apply(event, at: now)
            events.append(event)
        }
        for event in endedWaits(now: now) { add(event) }
        if case .stopping = draft.mode {
        } else if draft.failureCount >= max(1, policy.execution.failureBudget) {
            let budget = max(1, policy.execution.failureBudget)
            add(.stopping(reason: .failureBudget(failures: draft.failureCount, budget: budget)))
        }
        if let loss = basisLoss(in: draft) { add(.stopping(reason: .basisLost(reason: loss))) }
        var changed = true
        while changed {
            changed = false
            for step in order {
                guard let reason = skipReason(of: step, in: draft, now: now) else { continue }
                add(.stepSkipped(step: step.id, reason: reason))
                changed = true
            }
        }
        var effects = events.map { Effect.append(event: $0) }
        effects += cancellations(in: draft, now: now)
        if draft.outcome == nil, order.allSatisfy({ draft[$0.id].isEnded }) {
            effects.append(.append(event: .runEnded(outcome: outcome(of: draft))))
        }
        return effects
    }

    /// Too many steps skipped because the cluster has changed, while others are still to come.
    private func basisLoss(in draft: RunState) -> BasisLoss? {
        guard policy.execution.replan > 0 else { return nil }
        if case .stopping = draft.mode { return nil }
        let skips = draft.steps.values.count { if case .skipped(let reason) = $0 { reason.isDrift } else { false } }
        guard skips >= max(1, policy.execution.skipBudget), order.contains(where: { !draft[$0.id].isEnded }) else {
            return nil
        }
        return .skips(count: skips)
    }

    private var failuresAreWithinBudget: Bool { state.failureCount < max(1, policy.execution.failureBudget) }

    private func endedWaits(now: Timestamp) -> [JournalEvent] {
        order.compactMap { step in
            guard step.action == .wait, case .active(let attempt, _, let begunAt) = state[step.id],
                now >= begunAt.adding(seconds: step.durationSeconds)
            else { return nil }
            let measurement = Measurement(startedAt: begunAt, endedAt: now)
            return .stepEnded(
                step: step.id, attempt: attempt, outcome: .succeeded(measurement: measurement), retryAt: nil,
                record: nil)
        }
    }

    /// Why a step that has not begun will not be tried, whatever the newest state.
    private func skipReason(of step: PlanStep, in draft: RunState, now: Timestamp) -> SkipReason? {
        switch draft[step.id] {
        case .pending, .retrying: break
        default: return nil
        }
        if case .stopping(let reason) = draft.mode { return .stopped(reason: reason) }
        let missing = step.after.first { draft[$0].isEnded && !draft[$0].isDone }
        if let missing { return .dependency(step: missing) }
        if let end = lastEnd(of: step), now.adding(seconds: step.durationSeconds) > end { return .deadline }
        return nil
    }

    /// When the step has to be over: the plan's deadline, or the end of the step's own night.
    private func lastEnd(of step: PlanStep) -> Timestamp? {
        guard case .string(let text)? = step.extensions[PlanStep.notAfterKey], let own = Timestamp(rfc3339: text) else {
            return plan.deadline
        }
        return min(own, plan.deadline ?? own)
    }
}

// MARK: - Readiness

extension RunMachine {
    enum Readiness {
        case ready(attempt: Int)
        case notReady
    }

    /// Whether all that a step waits for has happened; says nothing about the newest state of the cluster.
    func readiness(of step: PlanStep, in state: RunState, now: Timestamp) -> Readiness {
        guard now >= plan.startsAt, now >= step.notBefore ?? plan.startsAt,
            step.after.allSatisfy({ state[$0].isDone })
        else { return .notReady }
        switch state[step.id] {
        case .pending(let attempt): return .ready(attempt: attempt)
        case .retrying(let attempt, let at): return now >= at ? .ready(attempt: attempt + 1) : .notReady
        default: return .notReady
        }
    }

    /// The moves that the platform may be working on, those that never ended among them.
    func moves(of state: RunState) -> [MoveUnderWay] {
        order.compactMap { step in
            switch state[step.id] {
            case .intended, .active: return move(of: step)
            case .failed(let failure) where failure.code == .stuck: return move(of: step)
            default: return nil
            }
        }
    }

    func move(of step: PlanStep) -> MoveUnderWay? {
        step.migration.map {
            MoveUnderWay(
                step: step.id, vm: $0.vm, from: $0.from, to: $0.to, bandwidthBitsPerSecond: $0.bandwidthBitsPerSecond)
        }
    }
}
