import ClusterModel
import Placement

/// Every placement of a tiny cluster that can be reached by safe moves, one at a time, found breadth first.
///
/// A move is safe when its destination has room with the VM counted there, required rules hold with it counted at both
/// ends, and no more VMs than at the start would be without a place after a failure, a VM on the move being started
/// anew at its destination when its source fails. An affinity group may be apart on the way.
struct SafeStates {
    /// Host of each packed VM.
    typealias State = [Int]

    private let packed: PackedCluster
    private let start: State
    private let spare: SpareCapacity
    private let shortfall: Int
    private let violations: [Int]
    private let movable: [Bool]

    init(packed: PackedCluster) {
        self.packed = packed
        start = packed.home.map { Int($0) }
        spare = SpareCapacity(packed: packed)
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: packed.hostCount * columns)
        var residents = [[Int32]](repeating: [], count: packed.hostCount)
        for (vm, host) in start.enumerated() {
            residents[host].append(Int32(vm))
            for column in 0..<columns { load[host * columns + column] += packed.load[vm * columns + column] }
        }
        shortfall = spare.shortfall(residents: residents, load: load, staysOn: packed.takesVMs)
        let start = start
        violations = packed.groups.map { Self.violations(of: $0, in: start, also: nil) }
        movable = (0..<packed.vmCount).map { vm in
            packed.vm(vm).migration != .none && packed.paths.isMovable(vm: vm)
        }
    }

    /// Whether safe moves lead to a state that is wanted.
    ///
    /// - Parameter direct: each VM moves once at most, so that none goes by way of another host.
    func reach(direct: Bool = false, _ wanted: (State) -> Bool) -> Bool {
        var known: Set<State> = [start]
        var wave = [start]
        while !wave.isEmpty {
            if wave.contains(where: { wanted($0) && holdsAtEnd($0) }) { return true }
            var next: [State] = []
            for state in wave {
                for vm in state.indices where movable[vm] && !(direct && state[vm] != start[vm]) {
                    for host in 0..<packed.hostCount where host != state[vm] && isSafe(vm, to: host, in: state) {
                        var moved = state
                        moved[vm] = host
                        if known.insert(moved).inserted { next.append(moved) }
                    }
                }
            }
            wave = next
        }
        return false
    }

    /// Where so many safe moves drawn at random lead, if required rules hold there; `nil` when nothing can move.
    func walk(_ moves: Int, using random: inout some RandomNumberGenerator) -> State? {
        var state = start
        for _ in 0..<moves {
            let steps = state.indices.filter { movable[$0] }.flatMap { vm in
                (0..<packed.hostCount).filter { $0 != state[vm] && isSafe(vm, to: $0, in: state) }.map {
                    (vm: vm, host: $0)
                }
            }
            guard let step = steps.randomElement(using: &random) else { return nil }
            state[step.vm] = step.host
        }
        return state != start && holdsAtEnd(state) ? state : nil
    }

    private func isSafe(_ vm: Int, to host: Int, in state: State) -> Bool {
        guard packed.takesVMs[host], packed.paths.allows(vm: vm, from: state[vm], to: host),
            host == start[vm] || packed.mayStopOver(vm, from: start[vm], at: host)
        else { return false }
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: packed.hostCount * columns)
        var residents = [[Int32]](repeating: [], count: packed.hostCount)
        for (other, place) in Array(state.enumerated()) + [(offset: vm, element: host)] {
            for column in 0..<columns { load[place * columns + column] += packed.load[other * columns + column] }
        }
        // On the move it holds room at both ends, and has to be started anew only when its source fails.
        for (other, place) in state.enumerated() { residents[place].append(Int32(other)) }
        for column in 0..<columns where load[host * columns + column] > packed.limit[host * columns + column] {
            return false
        }
        for (index, group) in packed.groups.enumerated() where group.required && group.kind != .together {
            if Self.violations(of: group, in: state, also: (vm, host)) > violations[index] { return false }
        }
        guard packed.policy.spareHosts > 0 else { return true }
        let most = shortfall + 1
        guard lacking(vm, from: state[vm], to: host, residents, load) < most else { return false }
        residents[state[vm]].removeAll { $0 == Int32(vm) }
        residents[host].append(Int32(vm))
        for column in 0..<columns { load[state[vm] * columns + column] -= packed.load[vm * columns + column] }
        return spare.shortfall(residents: residents, load: load, staysOn: packed.takesVMs, stoppingAt: most) < most
    }

    /// VMs without a place after a failure while a VM moves: when its source fails, what is held for it at the
    /// destination is free again, for itself above all; when any other host fails, it is not.
    private func lacking(_ vm: Int, from source: Int, to host: Int, _ residents: [[Int32]], _ load: [Int64]) -> Int {
        let columns = packed.dimensionCount
        var (atSource, elsewhere, returned) = (residents, residents, load)
        for other in residents.indices where other != source { atSource[other] = [] }
        elsewhere[source] = []
        for column in 0..<columns { returned[host * columns + column] -= packed.load[vm * columns + column] }
        return spare.shortfall(residents: elsewhere, load: load, staysOn: packed.takesVMs)
            + spare.shortfall(residents: atSource, load: returned, staysOn: packed.takesVMs)
    }

    private func holdsAtEnd(_ state: State) -> Bool {
        for (vm, host) in state.enumerated() where host != start[vm] && !packed.eligibility.allows(vm: vm, host: host) {
            return false
        }
        return packed.groups.enumerated().allSatisfy { index, group in
            !group.required || Self.violations(of: group, in: state, also: nil) <= violations[index]
        }
    }

    /// - Parameter also: a VM on the move and where it goes: it counts there too, once for each domain.
    private static func violations(of group: GroupRule, in state: State, also: (vm: Int, host: Int)?) -> Int {
        var counts = [Int](repeating: 0, count: group.domainCount)
        for member in group.members { counts[Int(group.domainOfHost[state[Int(member)]])] += 1 }
        if let (vm, host) = also, group.members.contains(Int32(vm)),
            group.domainOfHost[host] != group.domainOfHost[state[vm]]
        {
            counts[Int(group.domainOfHost[host])] += 1
        }
        switch group.kind {
        case .apart(let most): return counts.reduce(0) { $0 + max(0, $1 - most) }
        case .together: return group.members.count - (counts.max() ?? 0)
        }
    }
}
