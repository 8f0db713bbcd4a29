internal import ClusterModel

// Which steps begin, are skipped or wait, by the newest state of the cluster.
extension RunMachine {
    /// What is to become of a step that is ready.
    enum Verdict {
        case begin(action: StepAction?)
        /// Something else must end first; `reason` stands when nothing else is under way that could.
        case hold(reason: SkipReason)
        case alreadyDone
        case skip(reason: SkipReason)
    }

    /// Looks at every ready step in order, each as if those before it had begun: a sliding window.
    package func decide(_ inventory: PlatformInventory) -> [Effect] {
        guard state.mode == .running else { return [] }
        if policy.execution.replan > 0, let host = failedHost(in: inventory) {
            return [.append(event: .stopping(reason: .basisLost(reason: .hostFailed(host: host))))]
        }
        var view = ClusterView(cluster: cluster, policy: plan.policy, inventory: inventory)
        var moves = self.moves(of: state)
        for move in moves { view.add(move) }
        for host in hostsLeaving { view.addLeaving(host: host) }
        let destinations = self.destinations
        var spare: Int?
        var isIdle = underWay.isEmpty
        var pace = Pace(self, now: inventory.takenAt)
        var effects: [Effect] = []
        for step in order {
            guard case .ready(let attempt) = readiness(of: step, in: state, now: inventory.takenAt) else { continue }
            guard step.migration == nil || pace.isFree else { continue }
            switch verdict(on: step, beside: moves, in: view, destinations: destinations, spare: &spare) {
            case .hold(let reason):
                if isIdle { effects.append(.append(event: .stepSkipped(step: step.id, reason: reason))) }
            case .alreadyDone: effects.append(.append(event: .stepAlreadyDone(step: step.id)))
            case .skip(let reason): effects.append(.append(event: .stepSkipped(step: step.id, reason: reason)))
            case .begin(let action):
                isIdle = false
                effects.append(.append(event: .stepIntended(step: step.id, attempt: attempt)))
                guard let action else {
                    effects.append(.append(event: .stepBegun(step: step.id, attempt: attempt)))
                    continue
                }
                effects.append(.begin(step: step.id, attempt: attempt, action: action))
                if let move = move(of: step) {
                    view.add(move)
                    moves.append(move)
                    pace.use()
                }
                if let host = Self.hostTakenAway(by: step.action) { view.addLeaving(host: host) }
                spare = nil
            }
        }
        return effects
    }

    /// A host that has failed since the plan was made.
    private func failedHost(in inventory: PlatformInventory) -> String? {
        let failed = Set(inventory.hosts.filter { $0.state == .failed }.map(\.id))
        return cluster.hosts.filter { $0.state != .failed && failed.contains($0.id) }.map(\.id).min()
    }

    /// Hosts that a step under way takes out of use.
    private var hostsLeaving: [String] { underWay.compactMap { Self.hostTakenAway(by: $0.action) } }

    private static func hostTakenAway(by action: PlanStep.Action) -> String? {
        switch action {
        case .powerOff(let host), .enterMaintenance(let host), .maintain(let host): host
        case .migrate, .powerOn, .exitMaintenance, .wait: nil
        }
    }

    /// Where VMs will be once all that may still be done is done.
    private var destinations: [String: String] {
        var result: [String: String] = [:]
        for step in order where !state[step.id].isEnded {
            if let migration = step.migration { result[migration.vm] = migration.to }
        }
        return result
    }

    private func verdict(
        on step: PlanStep, beside moves: [MoveUnderWay], in view: ClusterView, destinations: [String: String],
        spare: inout Int?
    ) -> Verdict {
        switch step.action {
        case .migrate(let migration):
            if let move = move(of: step) {
                switch limits.verdict(on: move, beside: moves) {
                case .free: break
                case .full: return .hold(reason: .transferLimit(what: "beside moves that never ended"))
                case .never(let what): return .skip(reason: .transferLimit(what: what))
                }
            }
            return verdict(on: step, migration, in: view, destinations: destinations, spare: &spare)
        case .powerOff(let host): return verdict(onPowerOff: step, host, in: view, spare: &spare)
        case .powerOn(let host):
            return verdict(on: host, in: view, from: [.off, .standby], to: [.on, .maintenance], .powerOn(host: host))
        case .enterMaintenance(let host):
            let change = verdict(on: host, in: view, from: [.on], to: [.maintenance], .enterMaintenance(host: host))
            guard case .begin = change else { return change }
            return spareVerdict(step, in: view, spare: &spare) ?? change
        case .exitMaintenance(let host):
            return verdict(on: host, in: view, from: [.maintenance], to: [.on], .exitMaintenance(host: host))
        case .maintain(let host):
            if let reason = notEmpty(host, in: view) { return reason }
            return verdict(
                on: host, in: view, from: [.maintenance], to: [],
                .maintain(host: host, expectedSeconds: step.durationSeconds))
        case .wait: return .begin(action: nil)
        }
    }

    private func verdict(
        on id: String, in view: ClusterView, from: [Host.State], to: [Host.State], _ action: StepAction
    ) -> Verdict {
        guard let host = view.hosts[id] else { return .skip(reason: .hostGone(host: id)) }
        if to.contains(host.state) { return .alreadyDone }
        guard from.contains(host.state) else { return .skip(reason: .hostState(host: id, state: host.state)) }
        return .begin(action: action)
    }

    // MARK: - Migrations

    private func verdict(
        on step: PlanStep, _ migration: MigrationStep, in view: ClusterView, destinations: [String: String],
        spare: inout Int?
    ) -> Verdict {
        let (vm, from, to) = (migration.vm, migration.from, migration.to)
        guard let machine = view.vms[vm] else { return .skip(reason: .machineGone(vm: vm)) }
        if view.move(of: vm) != nil { return .hold(reason: .machineElsewhere(vm: vm, host: nil)) }
        if machine.host == to { return .alreadyDone }
        guard machine.host == from else { return .skip(reason: .machineElsewhere(vm: vm, host: machine.host)) }
        guard machine.state != .stopped else { return .skip(reason: .machineNotRunning(vm: vm)) }
        guard let source = view.hosts[from] else { return .skip(reason: .hostGone(host: from)) }
        guard source.state == .on || source.state == .maintenance else {
            return .skip(reason: .hostState(host: from, state: source.state))
        }
        guard let destination = view.hosts[to] else { return .skip(reason: .hostGone(host: to)) }
        guard destination.state == .on else {
            return .skip(reason: .hostState(host: to, state: destination.state))
        }
        if view.leaving.contains(to) { return .hold(reason: .hostState(host: to, state: .off)) }
        let mayChange = view.moves.values.contains { $0.from == to || $0.to == to }
        if let resource = view.lackingResource(for: machine, on: destination) {
            let reason = SkipReason.noRoom(host: to, resource: resource)
            return mayChange ? .hold(reason: reason) : .skip(reason: reason)
        }
        if let rule = view.brokenRule(moving: machine, from: from, to: to, destinations: destinations) {
            return view.moves.isEmpty ? .skip(reason: .rule(id: rule)) : .hold(reason: .rule(id: rule))
        }
        return spareVerdict(step, in: view, spare: &spare)
            ?? .begin(action: .migrate(migration: request(migration, of: step)))
    }

    private func request(_ migration: MigrationStep, of step: PlanStep) -> MigrationRequest {
        let isPreCopy = migration.mode == .live || migration.mode == .staged
        return MigrationRequest(
            vm: migration.vm, from: migration.from, to: migration.to, mode: migration.mode,
            bandwidthBitsPerSecond: migration.bandwidthBitsPerSecond,
            maxDowntimeMilliseconds: toldMilliseconds(migration), guestRestarts: migration.guestRestarts,
            adjustments: isPreCopy ? allowedAdjustments : [],
            autoConverge: migration.mode == .live ? AutoConvergeRequest(step) : nil)
    }

    // MARK: - Power

    private func verdict(
        onPowerOff step: PlanStep, _ host: String, in view: ClusterView, spare: inout Int?
    ) -> Verdict {
        let change = verdict(
            on: host, in: view, from: [.on, .maintenance], to: [.off, .standby], .powerOff(host: host))
        guard case .begin = change else { return change }
        if let reason = notEmpty(host, in: view) { return reason }
        return spareVerdict(step, in: view, spare: &spare) ?? change
    }

    private func notEmpty(_ host: String, in view: ClusterView) -> Verdict? {
        let moving = view.moves(touching: host).map(\.vm)
        if !moving.isEmpty { return .hold(reason: .hostNotEmpty(host: host, vms: moving)) }
        let held = (view.residents[host] ?? []).filter { view.vms[$0]?.state != .stopped }.sorted()
        return held.isEmpty ? nil : .skip(reason: .hostNotEmpty(host: host, vms: held))
    }

    // MARK: - Spare capacity

    /// Holds a step back while it would take spare capacity that is there now.
    ///
    /// With nothing else under way, a migration goes on: what it takes, it gives back at its end. A host is taken out
    /// of use only when the plan's own reckoning still stands, that is when all has gone as planned so far.
    private func spareVerdict(_ step: PlanStep, in view: ClusterView, spare: inout Int?) -> Verdict? {
        guard plan.policy.spareHosts > 0 else { return nil }
        let isMigration = step.migration != nil
        let isAlone = view.moves.isEmpty && view.leaving.isEmpty
        if isAlone && (isMigration || !hasDrifted(view)) { return nil }
        var after = view
        if let move = move(of: step) { after.add(move) }
        if let host = Self.hostTakenAway(by: step.action) { after.addLeaving(host: host) }
        let before = spare ?? view.spareShortfall()
        spare = before
        guard after.spareShortfall() > before else { return nil }
        return isAlone ? .skip(reason: .spareCapacity) : .hold(reason: .spareCapacity)
    }

    private func hasDrifted(_ view: ClusterView) -> Bool {
        if order.contains(where: { state[$0.id].isEnded && !state[$0.id].isDone }) { return true }
        let unexpected = cluster.hosts.contains { $0.state != .failed && view.hosts[$0.id]?.state == .failed }
        let holding = view.vms.values.count { $0.state != .stopped }
        return unexpected || holding != cluster.vms.count { $0.state != .stopped }
    }
}
