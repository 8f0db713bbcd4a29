import ClusterModel

/// Whether a placement can be reached from the start by safe moves, one at a time: a look ahead, for small clusters, at
/// what no schedule will find.
///
/// Greedy: each move that is safe is made, in a few orders. A move is safe when its destination has room with the VM
/// counted there, separation rules hold with it counted at both ends, and no more VMs than at the start would be
/// without a place after a failure, neither on the way nor after. Way-stations are not tried.
struct SafeWalk {
    private let packed: PackedCluster
    private let spare: SpareCapacity
    private let startLoad: [Int64]
    /// VMs without a place at the start.
    private let startShortfall: Int

    init(packed: PackedCluster) {
        self.packed = packed
        spare = SpareCapacity(packed: packed)
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: packed.hostCount * columns)
        for (vm, host) in packed.home.enumerated() {
            for column in 0..<columns { load[Int(host) * columns + column] += packed.load[vm * columns + column] }
        }
        startLoad = load
        startShortfall = spare.shortfall(
            residents: packed.residents, load: load, staysOn: packed.cluster.hosts.map { $0.state == .on })
    }

    /// Whether the hosts that stay open could take over at the start as well as all that are on, before anything has
    /// moved: a host that is to be switched off is no refuge from the plan's start on.
    func canBegin(closing: [Bool]) -> Bool {
        guard packed.policy.spareHosts > 0 else { return true }
        let staysOn = (0..<packed.hostCount).map { packed.host($0).state == .on && !closing[$0] }
        let limit = startShortfall + 1
        return spare.shortfall(
            residents: packed.residents, load: startLoad, staysOn: staysOn, stoppingAt: limit) < limit
    }

    /// VMs that get stuck on the way to a placement.
    ///
    /// - Parameters:
    ///   - target: host of each packed VM.
    ///   - isOpen: hosts that stay on, or are woken.
    func stuck(target: [Int32], isOpen: [Bool]) -> Int {
        var least = Int.max
        for order in orders(of: target, isOpen: isOpen) where least > 0 {
            least = min(least, walk(order, target: target, isOpen: isOpen, mayChange: false).stuck.count)
        }
        return least
    }

    /// A placement near another one that safe moves lead to, with nobody on hosts that close: who gets stuck goes to
    /// another host, or stays at home where that stays on.
    ///
    /// - Returns: the host of each packed VM; `nil` when no way is found.
    func reach(near target: [Int32], isOpen: [Bool]) -> [Int32]? {
        for order in orders(of: target, isOpen: isOpen) {
            let (walk, stuck) = walk(order, target: target, isOpen: isOpen, mayChange: true)
            if stuck.allSatisfy({ isOpen[Int(packed.home[$0])] }) { return walk.hostOf }
        }
        return nil
    }

    /// By size, those first or last that leave hosts that close.
    private func orders(of target: [Int32], isOpen: [Bool]) -> [[Int]] {
        let (columns, memory) = (packed.dimensionCount, packed.memoryColumn)
        let moves = (0..<packed.vmCount).filter { target[$0] != packed.home[$0] }
        let bySize = moves.sorted {
            (packed.load[$1 * columns + memory], $0) < (packed.load[$0 * columns + memory], $1)
        }
        let leaving = bySize.filter { !isOpen[Int(packed.home[$0])] }
        let others = bySize.filter { isOpen[Int(packed.home[$0])] }
        return [bySize, bySize.reversed(), others + leaving, leaving + others]
    }

    /// - Parameter mayChange: whether a VM whose host closes may go elsewhere when it gets stuck.
    private func walk(
        _ order: [Int], target: [Int32], isOpen: [Bool], mayChange: Bool
    ) -> (walk: Walk, stuck: [Int]) {
        var walk = Walk(packed: packed, load: startLoad)
        let limit = startShortfall + 1
        func move(_ vm: Int, to host: Int) -> Bool {
            walk.move(vm, to: host) { residents, load in
                spare.shortfall(residents: residents, load: load, staysOn: isOpen, stoppingAt: limit) < limit
            }
        }
        func goElsewhere(_ vm: Int) -> Bool {
            let home = Int(packed.home[vm])
            return !isOpen[home]
                && isOpen.indices.contains { host in
                    isOpen[host] && packed.mayMove(vm, from: home, to: host) && move(vm, to: host)
                }
        }
        var pending = order
        while !pending.isEmpty {
            var blocked = pending.filter { !move($0, to: Int(target[$0])) }
            if blocked.count == pending.count {
                guard mayChange, let vm = blocked.first(where: goElsewhere) else { break }
                blocked.removeAll { $0 == vm }
            }
            pending = blocked
        }
        return (walk, pending)
    }
}

/// Where everybody is on the way.
private struct Walk {
    private let packed: PackedCluster
    private var load: [Int64]
    private var residents: [[Int32]]
    private(set) var hostOf: [Int32]

    init(packed: PackedCluster, load: [Int64]) {
        self.packed = packed
        self.load = load
        residents = packed.residents
        hostOf = packed.home
    }

    /// Moves a VM if that is safe.
    ///
    /// - Parameter survives: whether failures are survived with these VMs and this load on each host.
    mutating func move(_ vm: Int, to host: Int, survives: (_ residents: [[Int32]], _ load: [Int64]) -> Bool) -> Bool {
        guard hasRoom(for: vm, on: host), mayEnter(vm, host) else { return false }
        let source = Int(hostOf[vm])
        add(vm, to: host, sign: 1)
        guard packed.policy.spareHosts == 0 || survives(residents, load) else {
            add(vm, to: host, sign: -1)
            return false
        }
        add(vm, to: source, sign: -1)
        settle(vm, from: source, to: host)
        if packed.policy.spareHosts == 0 || survives(residents, load) { return true }
        settle(vm, from: host, to: source)
        add(vm, to: source, sign: 1)
        add(vm, to: host, sign: -1)
        return false
    }

    private func hasRoom(for vm: Int, on host: Int) -> Bool {
        let columns = packed.dimensionCount
        return (0..<columns).allSatisfy {
            load[host * columns + $0] + packed.load[vm * columns + $0] <= packed.limit[host * columns + $0]
        }
    }

    private func mayEnter(_ vm: Int, _ host: Int) -> Bool {
        packed.groupsOfVM[vm].allSatisfy { group in
            let rule = packed.groups[Int(group)]
            guard rule.required, case .apart(let most) = rule.kind else { return true }
            let domain = rule.domainOfHost[host]
            guard domain != rule.domainOfHost[Int(hostOf[vm])] else { return true }
            return rule.members.count { rule.domainOfHost[Int(hostOf[Int($0)])] == domain } < most
        }
    }

    private mutating func settle(_ vm: Int, from source: Int, to host: Int) {
        residents[source].removeAll { $0 == Int32(vm) }
        residents[host].append(Int32(vm))
        hostOf[vm] = Int32(host)
    }

    private mutating func add(_ vm: Int, to host: Int, sign: Int64) {
        let columns = packed.dimensionCount
        for column in 0..<columns { load[host * columns + column] += sign * packed.load[vm * columns + column] }
    }
}
