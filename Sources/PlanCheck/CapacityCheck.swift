import ClusterModel

/// No step adds load to a host that is, or by it would be, above a limit: at the predicted times, and in every
/// order that `after` allows, whatever the real durations and whichever steps fail.
///
/// For a step that arrives at a host, the states in which it starts are all down-closed sets of started steps that
/// hold it and none that wait for it. The host's load is highest when no step has ended that need not have: a
/// departure has left only when something that has started waits for it. What else has arrived is then a choice,
/// each arrival at the price of the departures that it waits for: `BestSelection`. Failing steps reach no further
/// states, since a step that failed loads the hosts like one that has not started.
struct CapacityCheck {
    private let replay: Replay
    private let loads: LoadModel

    init(replay: Replay, loads: LoadModel) {
        self.replay = replay
        self.loads = loads
    }

    /// - Complexity: O(arrivals x slots) for a host that could hold everything that ever arrives; for others
    ///   O(arrivals x (arrivals + departures) x slots), and a minimum cut for each arrival and slot that the simple
    ///   bound does not settle.
    func violations() -> [Violation] {
        replay.cluster.hosts.indices.flatMap { violations(of: $0) }
    }

    private func violations(of host: Int) -> [Violation] {
        let arrivals = replay.arrivals[host]
        guard !arrivals.isEmpty else { return [] }
        let limit = loads.roomRow(of: replay.cluster.hosts[host], limits: replay.plan.policy.limits)
        let base = loads.total(of: replay.residents[host])
        var everything = base
        for move in arrivals { loads.add(replay.moves[move].vm, to: &everything) }
        guard zip(everything, limit).contains(where: LoadModel.exceeds) else { return [] }
        return arrivals.flatMap { violations(ofArrival: $0, at: host, base: base, limit: limit) }
    }

    private func violations(ofArrival move: Int, at host: Int, base: [Double], limit: [Double]) -> [Violation] {
        let situation = Situation(arrival: move, at: host, base: base, in: replay, loads: loads)
        let vm = replay.moves[move].vm
        let doubtful = loads.mustFit(from: replay.moves[move].startSeconds).filter { index in
            LoadModel.exceeds(situation.bound[index], limit[index])
                && (loads.resource(of: index) != .localDisk || replay.cluster.vms[vm].localDiskBytes > 0)
        }
        guard !doubtful.isEmpty, addsLoad(vm) else { return [] }
        var violations: [Violation] = []
        for resource in Violation.Resource.allCases {
            let slots = doubtful.filter { loads.resource(of: $0) == resource }
                .sorted { situation.bound[$0] - limit[$0] > situation.bound[$1] - limit[$1] }
            if let found = worst(of: slots, resource: resource, situation: situation, limit: limit) {
                violations.append(found)
            }
        }
        return violations
    }

    private func addsLoad(_ vm: Int) -> Bool {
        (0..<loads.width).contains { loads.load(of: vm, at: $0) > 0 }
    }

    private func worst(
        of slots: [Int], resource: Violation.Resource, situation: Situation, limit: [Double]
    ) -> Violation? {
        for index in slots {
            let load = situation.predictedLoad(at: index)
            if LoadModel.exceeds(load, limit[index]) {
                return violation(.limits, load, limit[index], index, situation, with: [])
            }
        }
        guard !slots.isEmpty else { return nil }
        let needs = situation.needs()
        for index in slots {
            let (load, others) = situation.worstLoad(at: index, needs: needs)
            if LoadModel.exceeds(load, limit[index]) {
                return violation(.capacityInEveryOrder, load, limit[index], index, situation, with: others)
            }
        }
        return nil
    }

    private func violation(
        _ promise: Promise, _ load: Double, _ limit: Double, _ index: Int, _ situation: Situation, with others: [Int]
    ) -> Violation {
        let move = replay.moves[situation.arrival]
        let resource = loads.resource(of: index)
        let slot = loads.slot(of: index).map { " in slot \($0)" } ?? ""
        let names = others.prefix(5).map { replay.stepID(ofMove: $0) }.joined(separator: ", ")
        let order = names.isEmpty ? "" : ", when \(names) have started before it and nothing has ended that need not"
        return Violation(
            promise: promise, step: replay.stepID(move.step), host: replay.hostID(move.to),
            vm: replay.vmID(move.vm), resource: resource,
            message: "with VM \(replay.vmID(move.vm)) host \(replay.hostID(move.to)) has "
                + "\(resource.text(load)) of \(resource.rawValue) in use\(slot), \(resource.text(limit)) are allowed, "
                + "\(resource.text(load - limit)) too much\(order)")
    }
}
