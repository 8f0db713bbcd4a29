package import ClusterModel

/// What a goal lowers, as a number for each place that a unit could have at the end of a plan: so that the chosen host
/// can be compared with another one in the goal's own measure. Lower is better.
package struct GoalMeasure: Sendable {
    /// The unit of the numbers.
    package enum Kind: String, Sendable {
        /// `balance`: the imbalance of the whole cluster, with the policy's weights.
        case imbalance
        /// `powerSave`: the watts of the whole cluster.
        case watts
        /// `evacuate`: how far the host is filled, as a fraction of its limit in its fullest dimension.
        case fill
    }

    package let kind: Kind
    private let state: PlacementState
    private let meter: ImbalanceMeter
    private let power: HostPower

    /// `nil` for a goal that names the hosts itself, so that there was nothing to choose.
    package init?(goal: Goal, end: EndOfPlan, isOn: [Bool]) {
        switch goal {
        case .balance: kind = .imbalance
        case .powerSave: kind = .watts
        case .evacuate: kind = .fill
        case .place, .relocate, .rolling: return nil
        }
        state = end.state
        var meter = ImbalanceMeter(pool: end.pool, weights: end.state.packed.policy.balance.weights)
        meter.reset(to: end.state.hostOf)
        self.meter = meter
        power = HostPower(state: end.state, isOn: isOn)
    }

    /// The measure with this unit on this host, everybody else where the plan leaves them.
    package func score(of unit: Int, on host: Int) -> Double {
        let current = Int(state.hostOf[unit])
        switch kind {
        case .imbalance:
            return host == current ? meter.imbalance : meter.imbalance(moving: unit, from: current, to: host)
        case .watts: return power.watts(moving: unit, from: current, to: host)
        case .fill: return fill(of: host, adding: host == current ? nil : unit)
        }
    }

    /// The host, other than its own and its home, that would take the unit and scores best; ties go to the first.
    package func runnerUp(for unit: Int) -> (host: Int, score: Double)? {
        var best: (host: Int, score: Double)?
        for host in 0..<state.packed.hostCount
        where host != Int(state.hostOf[unit]) && host != Int(state.pool.home[unit]) && state.allows(unit, on: host) {
            let score = score(of: unit, on: host)
            if score < best?.score ?? .infinity { best = (host, score) }
        }
        return best
    }

    private func fill(of host: Int, adding unit: Int?) -> Double {
        var fullest = 0.0
        for column in 0..<state.columns {
            let limit = state.packed.limit[host * state.columns + column]
            guard limit < Resource.unlimited else { continue }
            let added = unit.map { state.pool.load[$0 * state.columns + column] } ?? 0
            fullest = max(fullest, Double(state.load[host * state.columns + column] + added) / Double(max(limit, 1)))
        }
        return fullest
    }
}

/// The watts of all hosts, and how a unit's move changes them.
private struct HostPower: Sendable {
    private let models: [PowerModel?]
    private let capacity: [Double]
    private let cores: [Double]
    private let coresOfUnit: [Double]
    private let total: Double

    init(state: PlacementState, isOn: [Bool]) {
        let packed = state.packed
        models = packed.cluster.hosts.indices.map { isOn[$0] ? packed.host($0).power : nil }
        capacity = packed.cluster.hosts.map { max($0.capacityCores, 1e-9) }
        coresOfUnit = state.pool.coresNow.map { Double($0) / 1e9 }
        var cores = [Double](repeating: 0, count: packed.hostCount)
        for (unit, host) in state.hostOf.enumerated() where host >= 0 { cores[Int(host)] += coresOfUnit[unit] }
        self.cores = cores
        var total = 0.0
        for (index, host) in packed.cluster.hosts.enumerated() {
            guard let power = host.power else { continue }
            if isOn[index] {
                total += power.watts(atCPUFraction: cores[index] / capacity[index])
            } else if host.state == .maintenance {
                total += power.watts(atCPUFraction: 0)
            } else if host.state != .failed {
                total += power.offWatts
            }
        }
        self.total = total
    }

    func watts(moving unit: Int, from source: Int, to destination: Int) -> Double {
        guard source != destination else { return total }
        return total + change(source, by: -coresOfUnit[unit]) + change(destination, by: coresOfUnit[unit])
    }

    private func change(_ host: Int, by amount: Double) -> Double {
        guard let model = models[host] else { return 0 }
        return model.watts(atCPUFraction: (cores[host] + amount) / capacity[host])
            - model.watts(atCPUFraction: cores[host] / capacity[host])
    }
}
