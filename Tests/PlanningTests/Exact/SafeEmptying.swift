import ClusterModel
import Placement

/// Whether safe moves, one at a time, can empty all hosts but those of a set: every state that they reach, those with
/// the fewest VMs left to leave first.
///
/// A move is safe when its destination has room with the VM counted there, separation rules hold with it counted at
/// both ends, and no more VMs than at the start would be without a place after a failure, on the way and after. Moves
/// that run side by side hold more, so what cannot be reached one at a time cannot be scheduled.
struct SafeEmptying {
    enum Outcome { case reached, unreachable, undecided }

    private static let stateLimit = 3000

    private let packed: PackedCluster
    private let intact: Intactness
    private let stays: [Bool]
    private let movable: [Bool]
    private let spare: SpareCapacity
    private let waking: WakingRule
    private let allowedShortfall: Int
    private let columns: Int

    init(packed: PackedCluster, intact: Intactness, stays: [Bool], movable: [Bool]) {
        self.packed = packed
        self.intact = intact
        self.stays = stays
        self.movable = movable
        columns = packed.dimensionCount
        spare = SpareCapacity(packed: packed)
        waking = WakingRule(packed: packed)
        let start = Placed(packed.home.map { Int($0) }, packed)
        allowedShortfall = spare.shortfall(residents: start.residents, load: start.load, staysOn: packed.takesVMs)
    }

    func run() -> Outcome {
        let start = packed.home.map { Int($0) }
        var known: Set<[Int]> = [start]
        // By the VMs that are still to leave.
        var waiting = [[[Int]]](repeating: [], count: packed.vmCount + 1)
        waiting[left(in: start)].append(start)
        while let fewest = waiting.indices.first(where: { !waiting[$0].isEmpty }), let state = waiting[fewest].popLast()
        {
            if fewest == 0, holdsAtEnd(state) { return .reached }
            if known.count > Self.stateLimit { return .undecided }
            let placed = Placed(state, packed)
            for vm in state.indices where movable[vm] {
                for host in 0..<packed.hostCount where host != state[vm] && isSafe(vm, to: host, from: placed) {
                    var next = state
                    next[vm] = host
                    if known.insert(next).inserted { waiting[left(in: next)].append(next) }
                }
            }
        }
        return .unreachable
    }

    /// VMs on hosts that are to be empty.
    private func left(in state: [Int]) -> Int { state.count { packed.takesVMs[$0] && !stays[$0] } }

    private func holdsAtEnd(_ state: [Int]) -> Bool {
        for (vm, host) in state.enumerated() where host != Int(packed.home[vm]) || !intact.mayStay[vm] {
            if packed.takesVMs[Int(packed.home[vm])], !packed.eligibility.allows(vm: vm, host: host) { return false }
        }
        guard isAtRest(state) else { return false }
        return packed.groups.indices.allSatisfy { index in
            let group = packed.groups[index]
            guard group.required else { return true }
            var counts = [Int](repeating: 0, count: group.domainCount)
            for member in group.members { counts[Int(group.domainOfHost[state[Int(member)]])] += 1 }
            switch group.kind {
            case .apart(let most): return counts.reduce(0) { $0 + max(0, $1 - most) } <= intact.violations[index]
            case .together: return group.members.count - (counts.max() ?? 0) <= intact.violations[index]
            }
        }
    }

    private func isAtRest(_ state: [Int]) -> Bool {
        guard packed.policy.spareHosts > 0 else { return true }
        let placed = Placed(state, packed)
        let shortfall = spare.shortfall(residents: placed.residents, load: placed.load, staysOn: stays)
        return waking.isAtRest(residents: placed.residents, load: placed.load, staysOn: stays, shortfall: shortfall)
    }

    private func isSafe(_ vm: Int, to host: Int, from state: Placed) -> Bool {
        let source = state.hostOf[vm]
        guard packed.takesVMs[host], packed.takesVMs[source], packed.paths.allows(vm: vm, from: source, to: host),
            host == Int(packed.home[vm]) || packed.mayStopOver(vm, from: Int(packed.home[vm]), at: host)
        else { return false }
        var next = state
        next.add(vm, to: host, sign: 1, packed)
        let fits = (0..<columns).allSatisfy { next.load[host * columns + $0] <= packed.limit[host * columns + $0] }
        guard fits, mayEnter(vm, host, state.hostOf) else { return false }
        guard packed.policy.spareHosts > 0 else { return true }
        guard survives(next) else { return false }
        next.add(vm, to: source, sign: -1, packed)
        next.residents[source].removeAll { $0 == Int32(vm) }
        next.residents[host].append(Int32(vm))
        return survives(next)
    }

    private func survives(_ state: Placed) -> Bool {
        let limit = allowedShortfall + 1
        return spare.shortfall(residents: state.residents, load: state.load, staysOn: stays, stoppingAt: limit) < limit
    }

    private func mayEnter(_ vm: Int, _ host: Int, _ hostOf: [Int]) -> Bool {
        packed.groupsOfVM[vm].allSatisfy { index in
            let group = packed.groups[Int(index)]
            guard group.required, case .apart(let most) = group.kind else { return true }
            let domain = group.domainOfHost[host]
            guard domain != group.domainOfHost[hostOf[vm]] else { return true }
            return group.members.count { group.domainOfHost[hostOf[Int($0)]] == domain } < most
        }
    }
}

/// A state with what each host holds.
private struct Placed {
    let hostOf: [Int]
    var residents: [[Int32]]
    var load: [Int64]

    init(_ hostOf: [Int], _ packed: PackedCluster) {
        self.hostOf = hostOf
        residents = [[Int32]](repeating: [], count: packed.hostCount)
        load = [Int64](repeating: 0, count: packed.hostCount * packed.dimensionCount)
        for (vm, host) in hostOf.enumerated() {
            residents[host].append(Int32(vm))
            add(vm, to: host, sign: 1, packed)
        }
    }

    mutating func add(_ vm: Int, to host: Int, sign: Int64, _ packed: PackedCluster) {
        let columns = packed.dimensionCount
        for column in 0..<columns { load[host * columns + column] += sign * packed.load[vm * columns + column] }
    }
}
