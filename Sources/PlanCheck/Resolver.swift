import ClusterModel

/// Turns a plan into a `Replay`, or says what keeps it from being one.
struct Resolver {
    private let cluster: Cluster
    private let plan: Plan
    private let hostIndex: [String: Int]
    private let vmIndex: [String: Int]
    private(set) var violations: [Violation] = []

    init(cluster: Cluster, plan: Plan) {
        self.cluster = cluster
        self.plan = plan
        hostIndex = Dictionary(zip(cluster.hosts.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        vmIndex = Dictionary(zip(cluster.vms.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
    }

    /// - Complexity: O(hosts + VMs + that of `StepGraph.make`).
    mutating func resolve() -> Replay? {
        guard plan.steps.count <= StepGraph.maximumSteps else {
            note(.tooManySteps, "\(plan.steps.count) steps; at most \(StepGraph.maximumSteps) can be proved")
            return nil
        }
        checkFigures()
        checkNames()
        let predecessors = resolvePredecessors()
        guard violations.isEmpty else { return nil }
        switch StepGraph.make(predecessors: predecessors) {
        case .failure(.tooManyAncestors):
            note(.tooManySteps, "`after` orders more pairs of steps than can be proved")
            return nil
        case .failure(.circle(let steps)):
            let ids = steps.map { plan.steps[$0].id }
            note(.cyclicAfter, "`after` never lets these steps start: \(Self.list(ids))", step: ids.first)
            return nil
        case .success(let graph):
            let replay = build(graph)
            checkChains(of: replay)
            return violations.isEmpty ? replay : nil
        }
    }

    private static func list(_ ids: [String]) -> String {
        ids.prefix(10).joined(separator: ", ") + (ids.count > 10 ? " and \(ids.count - 10) more" : "")
    }

    private mutating func note(
        _ promise: Promise, _ message: String, step: String? = nil, host: String? = nil, vm: String? = nil
    ) {
        violations.append(Violation(promise: promise, step: step, host: host, vm: vm, message: message))
    }

    // MARK: Names and figures

    private mutating func checkFigures() {
        for step in plan.steps {
            var figures = [("startSeconds", step.startSeconds), ("durationSeconds", step.durationSeconds)]
            if let migration = step.migration {
                figures += [
                    ("bandwidthBitsPerSecond", migration.bandwidthBitsPerSecond),
                    ("downtimeMilliseconds", migration.downtimeMilliseconds),
                    ("transferBytes", migration.transferBytes),
                ]
            }
            for (name, value) in figures where !(value.isFinite && value >= 0) {
                note(.invalidFigure, "\(name) is \(value); it must be a number of at least 0", step: step.id)
            }
        }
    }

    private mutating func checkNames() {
        for step in plan.steps {
            switch step.action {
            case .migrate(let migration):
                require(vm: migration.vm, in: step.id)
                require(host: migration.from, in: step.id)
                require(host: migration.to, in: step.id)
            case .powerOff(let host), .powerOn(let host), .enterMaintenance(let host), .exitMaintenance(let host),
                .maintain(let host):
                require(host: host, in: step.id)
            case .wait: break
            }
        }
        switch plan.goal {
        case .evacuate(let hosts), .rolling(let hosts): for host in hosts { require(host: host, in: nil) }
        case .place(let target):
            for (vm, host) in target.sorted(by: { $0.key < $1.key }) {
                require(vm: vm, in: nil)
                require(host: host, in: nil)
            }
        case .balance, .powerSave, .relocate: break
        }
        let rules = Set(cluster.rules.map(\.id))
        for refusal in plan.refusals {
            switch refusal.subject {
            case .vm(let id, _): require(vm: id, in: nil)
            case .host(let id): require(host: id, in: nil)
            case .rule(let id):
                if !rules.contains(id) { note(.unknownIdentifier, "refusals name rule \(id), which does not exist") }
            }
        }
    }

    private mutating func require(vm: String, in step: String?) {
        guard vmIndex[vm] == nil else { return }
        note(.unknownIdentifier, "VM \(vm) is not in the cluster", step: step, vm: vm)
    }

    private mutating func require(host: String, in step: String?) {
        guard hostIndex[host] == nil else { return }
        note(.unknownIdentifier, "host \(host) is not in the cluster", step: step, host: host)
    }

    private mutating func resolvePredecessors() -> [[Int]] {
        var index: [String: Int] = [:]
        for (position, step) in plan.steps.enumerated() {
            if index.updateValue(position, forKey: step.id) != nil {
                note(.duplicateStep, "two steps have the id \(step.id)", step: step.id)
            }
        }
        return plan.steps.map { step in
            var earlier: [Int] = []
            for id in step.after {
                if let position = index[id] {
                    earlier.append(position)
                } else {
                    note(.unknownIdentifier, "`after` names \(id), which is no step", step: step.id)
                }
            }
            return earlier
        }
    }

    // MARK: Moves

    private func build(_ graph: StepGraph) -> Replay {
        var moves: [Replay.Move] = []
        var movesOfVM = [[Int]](repeating: [], count: cluster.vms.count)
        var arrivals = [[Int]](repeating: [], count: cluster.hosts.count)
        var departures = arrivals
        var switches = arrivals
        for (index, step) in plan.steps.enumerated() {
            switch step.action {
            case .migrate(let migration):
                guard let vm = vmIndex[migration.vm], let from = hostIndex[migration.from],
                    let to = hostIndex[migration.to]
                else { continue }
                movesOfVM[vm].append(moves.count)
                departures[from].append(moves.count)
                arrivals[to].append(moves.count)
                moves.append(
                    Replay.Move(
                        step: index, vm: vm, from: from, to: to, startSeconds: step.startSeconds,
                        endSeconds: step.endSeconds, migration: migration))
            case .powerOff(let host), .powerOn(let host), .enterMaintenance(let host), .exitMaintenance(let host),
                .maintain(let host):
                if let position = hostIndex[host] { switches[position].append(index) }
            case .wait: break
            }
        }
        for vm in movesOfVM.indices where movesOfVM[vm].count > 1 {
            movesOfVM[vm].sort { graph.position[moves[$0].step] < graph.position[moves[$1].step] }
        }
        for host in switches.indices { switches[host].sort { graph.position[$0] < graph.position[$1] } }
        let initialHost = cluster.vms.map { $0.state == .stopped ? nil : $0.host.flatMap { hostIndex[$0] } }
        var residents = [[Int]](repeating: [], count: cluster.hosts.count)
        for (vm, host) in initialHost.enumerated() {
            if let host { residents[host].append(vm) }
        }
        return Replay(
            cluster: cluster, plan: plan, graph: graph, moves: moves, movesOfVM: movesOfVM, initialHost: initialHost,
            residents: residents, arrivals: arrivals, departures: departures, switches: switches)
    }

    private mutating func checkChains(of replay: Replay) {
        for (vm, chain) in replay.movesOfVM.enumerated() where cluster.vms[vm].state != .stopped {
            var place = replay.initialHost[vm]
            for (index, move) in chain.enumerated() {
                let id = replay.stepID(ofMove: move)
                let (from, to) = (replay.moves[move].from, replay.moves[move].to)
                if index > 0, !replay.isBefore(chain[index - 1], move) {
                    note(
                        .oneMoveAtATime,
                        "VM \(replay.vmID(vm)) is moved by \(replay.stepID(ofMove: chain[index - 1])) too, and `after` "
                            + "does not order the two", step: id, vm: replay.vmID(vm))
                } else if place != from {
                    let actual = place.map { "on \(replay.hostID($0))" } ?? "on no host"
                    note(
                        .vmNotAtSource,
                        "VM \(replay.vmID(vm)) is taken from \(replay.hostID(from)) and is \(actual) then",
                        step: id, host: replay.hostID(from), vm: replay.vmID(vm))
                }
                if from == to {
                    note(
                        .moveToItself, "VM \(replay.vmID(vm)) is moved from \(replay.hostID(from)) to itself",
                        step: id, host: replay.hostID(from), vm: replay.vmID(vm))
                }
                place = to
            }
        }
    }
}
