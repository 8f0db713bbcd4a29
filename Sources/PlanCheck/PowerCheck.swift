import ClusterModel

/// A host is powered off only when empty and used only when on: at the predicted times, and in every order that
/// `after` allows.
///
/// The steps that switch one host must be ordered by `after`, so that its condition at any moment is that after a
/// first part of them. A move may use the host when the part that must be over before it leaves the host on, and
/// every other switching waits for the move to end. A switching that takes the host down needs all departures
/// behind it.
struct PowerCheck {
    private let replay: Replay

    init(replay: Replay) { self.replay = replay }

    /// - Complexity: O(moves x switchings of their hosts + hosts x VMs on hosts that are switched).
    func violations() -> [Violation] {
        let anyControl = replay.cluster.hosts.contains { $0.powerControl != nil }
        return replay.cluster.hosts.indices.flatMap { host -> [Violation] in
            var found = replay.switches[host].flatMap { step in
                control(of: host, step: step, anyControl: anyControl)
            }
            found += transitions(of: host)
            var reported: Set<Int> = []
            for step in replay.switches[host] where replay.plan.steps[step].action.takesHostDown {
                found += emptiness(of: host, before: step, reported: &reported)
            }
            for move in replay.arrivals[host] where !reported.contains(move) { found += use(of: host, by: move) }
            found += sources(of: host)
            return found
        }
    }

    private func violation(_ promise: Promise, _ step: Int, _ host: Int, _ vm: Int?, _ message: String) -> Violation {
        Violation(
            promise: promise, step: replay.stepID(step), host: replay.hostID(host), vm: vm.map { replay.vmID($0) },
            message: message)
    }

    // MARK: Switching

    private func control(of host: Int, step: Int, anyControl: Bool) -> [Violation] {
        switch replay.plan.steps[step].action {
        case .powerOn, .powerOff: break
        case .migrate, .enterMaintenance, .exitMaintenance, .maintain, .wait: return []
        }
        guard anyControl, replay.cluster.hosts[host].powerControl == nil else { return [] }
        return [
            violation(
                .powerControl, step, host, nil,
                "host \(replay.hostID(host)) has no powerControl, others have: it is never switched")
        ]
    }

    private func transitions(of host: Int) -> [Violation] {
        let steps = replay.switches[host]
        var condition = HostCondition(replay.cluster.hosts[host].state)
        var found: [Violation] = []
        for (index, step) in steps.enumerated() {
            if index > 0, !replay.graph.isAncestor(steps[index - 1], of: step) {
                found.append(
                    violation(
                        .powerInEveryOrder, step, host, nil,
                        "`after` does not order it and \(replay.stepID(steps[index - 1])), which switches host "
                            + "\(replay.hostID(host)) too"))
            }
            let action = replay.plan.steps[step].action
            if let why = condition.apply(action) {
                found.append(
                    violation(
                        .powerTransition, step, host, nil,
                        "\(action.name) of host \(replay.hostID(host)), which \(why) then"))
            }
        }
        return found
    }

    // MARK: Empty before it goes down

    private func emptiness(of host: Int, before step: Int, reported: inout Set<Int>) -> [Violation] {
        var found: [Violation] = []
        for vm in replay.residents[host] {
            let leaving = replay.movesOfVM[vm].first
            if let fault = presence(of: vm, on: host, until: leaving, when: step) { found.append(fault) }
        }
        let start = replay.plan.steps[step].startSeconds
        for arrival in replay.arrivals[host] {
            let own = replay.moves[arrival].step
            if replay.graph.isAncestor(step, of: own) { continue }
            let isBefore = replay.graph.isAncestor(own, of: step)
            // An arrival that nothing orders is at fault here when it is predicted to have come and stayed.
            guard isBefore || replay.moves[arrival].startSeconds < start - Replay.sameTimeSeconds else { continue }
            if let fault = presence(
                of: replay.moves[arrival].vm, on: host, until: replay.next(after: arrival), when: step)
            {
                found.append(fault)
                reported.insert(arrival)
            }
        }
        return found
    }

    private func presence(of vm: Int, on host: Int, until leaving: Int?, when step: Int) -> Violation? {
        if let leaving, replay.graph.isAncestor(replay.moves[leaving].step, of: step) { return nil }
        let action = replay.plan.steps[step].action.name
        let start = "\(action) of host \(replay.hostID(host)) while VM \(replay.vmID(vm)) is on it"
        guard let leaving, replay.hasEnded(leaving, whenStarts: step) else {
            return violation(.poweredOffOnlyWhenEmpty, step, host, vm, start)
        }
        return violation(
            .powerInEveryOrder, step, host, vm,
            "\(start), when \(replay.stepID(ofMove: leaving)) is late or fails: `after` does not name it")
    }

    // MARK: On while it is used

    private func use(of host: Int, by move: Int) -> [Violation] {
        let name = replay.hostID(host)
        let state = replay.cluster.hosts[host].state
        let steps = replay.switches[host]
        guard isOnAsPredicted(host, steps, during: move) else {
            return [
                violation(
                    .usedOnlyWhenOn, replay.moves[move].step, host, replay.moves[move].vm,
                    "host \(name), which is \(state.rawValue) at the start, is not on while the VM comes to it")
            ]
        }
        var condition = HostCondition(state)
        var loose: Int?
        for step in steps {
            if replay.graph.isAncestor(step, of: replay.moves[move].step) {
                _ = condition.apply(replay.plan.steps[step].action)
            } else if !replay.graph.isAncestor(replay.moves[move].step, of: step) {
                loose = loose ?? step
            }
        }
        guard !condition.takesVMs || loose != nil else { return [] }
        let which = loose.map { "\(replay.stepID($0)), which switches it," } ?? "the step that opens it"
        return [
            violation(
                .powerInEveryOrder, replay.moves[move].step, host, replay.moves[move].vm,
                "host \(name) need not be on while the VM comes to it: `after` does not order the move and \(which)")
        ]
    }

    private func isOnAsPredicted(_ host: Int, _ steps: [Int], during move: Int) -> Bool {
        let (start, end) = (replay.moves[move].startSeconds, replay.moves[move].endSeconds)
        var condition = HostCondition(replay.cluster.hosts[host].state)
        for step in steps {
            let switching = replay.plan.steps[step]
            if replay.graph.isAncestor(replay.moves[move].step, of: step) { break }
            if replay.graph.isAncestor(step, of: replay.moves[move].step)
                || switching.endSeconds <= start + Replay.sameTimeSeconds
            {
                _ = condition.apply(switching.action)
            } else if switching.startSeconds < end - Replay.sameTimeSeconds {
                return false
            }
        }
        return condition.takesVMs
    }

    /// VMs cannot leave a host that is not powered at the start, unless a step has powered it.
    private func sources(of host: Int) -> [Violation] {
        guard !HostCondition(replay.cluster.hosts[host].state).isPowered else { return [] }
        return replay.departures[host].compactMap { move in
            let vm = replay.moves[move].vm
            guard replay.movesOfVM[vm].first == move else { return nil }
            var condition = HostCondition(replay.cluster.hosts[host].state)
            for step in replay.switches[host] where replay.graph.isAncestor(step, of: replay.moves[move].step) {
                _ = condition.apply(replay.plan.steps[step].action)
            }
            guard !condition.isPowered else { return nil }
            return violation(
                .usedOnlyWhenOn, replay.moves[move].step, host, vm,
                "host \(replay.hostID(host)) is \(replay.cluster.hosts[host].state.rawValue), no VM can leave it")
        }
    }
}
