import ClusterModel
import Placement
import Randomness

/// One search of `RouteSearch`: the placements seen so far and those at its edge.
struct RouteWave {
    enum Outcome {
        case found(steps: [PlacementResult.Move])
        /// Every placement that can be reached has been seen.
        case exhausted
        case outOfWork
    }

    /// A placement, and how it was reached.
    private struct Node {
        var parent: Int32
        var step: PlacementResult.Move
        var moves: Int32
        /// VMs that are not yet where they are to be.
        var left: Int32
        var key: UInt64
    }

    private let work: Workload
    private let packed: PackedCluster
    private let movable: [Int]
    /// Whether a VM on a host is where it is to be, row by row.
    private let isDone: [Bool]
    private let marks: [UInt64]
    /// How much a VM that is still to move counts beside a move made.
    private let weight: Int
    private var nodes: [Node] = []
    /// Host of every VM at each node, row by row.
    private var places: [Int32] = []
    /// The fewest moves that reached a placement, by its key.
    private var fewest: [UInt64: Int32] = [:]
    /// Nodes at the edge by their estimate; the last of a row is the first to be looked at.
    private var edge: [[Int32]] = []
    private var guardian: ExactSpareGuard?

    init(work: Workload, goal: RouteSearch.Goal, movable: [Int], weight: Int) {
        self.work = work
        packed = work.packed
        self.movable = movable
        isDone = Self.ends(of: goal, work)
        marks = Self.marks(packed)
        self.weight = weight
        if packed.policy.spareHosts > 0 {
            guardian = ExactSpareGuard(workload: work, staysOn: SpareGuard.staysOn(work))
        }
    }

    private static func ends(of goal: RouteSearch.Goal, _ work: Workload) -> [Bool] {
        let (hostCount, target) = (work.packed.hostCount, work.request.target)
        return (0..<work.packed.vmCount * hostCount).map { cell in
            switch goal {
            case .target: cell % hostCount == Int(target[cell / hostCount])
            case .empty(let hosts): !hosts.contains(cell % hostCount)
            }
        }
    }

    /// A random number for each VM on each host, 0 for its home; those of a placement, combined, are its key (Zobrist,
    /// "A new hashing method with application for game playing", 1970). Two placements with one key would hide a route,
    /// no more.
    private static func marks(_ packed: PackedCluster) -> [UInt64] {
        (0..<packed.vmCount * packed.hostCount).map { cell in
            let (vm, host) = cell.quotientAndRemainder(dividingBy: packed.hostCount)
            guard host != Int(packed.home[vm]) else { return 0 }
            var random = SplitMix64(seed: UInt64(cell + 1) &* 0xD134_2543_DE82_EF95)
            return random.next()
        }
    }

    mutating func run(tries: inout Int) -> Outcome {
        var left: Int32 = 0
        for vm in movable where !isDone[cell(vm, Int(packed.home[vm]))] { left += 1 }
        let start = Node(parent: -1, step: PlacementResult.Move(vm: -1, host: -1), moves: 0, left: left, key: 0)
        add(start, places: packed.home)
        var lowest = 0
        while true {
            while lowest < edge.count, edge[lowest].isEmpty { lowest += 1 }
            guard lowest < edge.count, let node = edge[lowest].popLast().map({ Int($0) }) else { return .exhausted }
            // Reached again with fewer moves since it came here.
            if let known = fewest[nodes[node].key], known < nodes[node].moves { continue }
            if nodes[node].left == 0, holdsAtEnd(node) { return .found(steps: steps(to: node)) }
            guard tries > 0, !packed.isOutOfTime else { return .outOfWork }
            lowest = min(lowest, expand(node, tries: &tries))
        }
    }

    private func place(of vm: Int, at node: Int) -> Int { Int(places[node * packed.vmCount + vm]) }

    private func cell(_ vm: Int, _ host: Int) -> Int { vm * packed.hostCount + host }

    private func estimate(_ node: Node) -> Int { Int(node.moves) + weight * Int(node.left) }

    private mutating func add(_ node: Node, places row: some Sequence<Int32>) {
        let number = nodes.count
        nodes.append(node)
        places += row
        fewest[node.key] = node.moves
        let estimate = estimate(node)
        while edge.count <= estimate { edge.append([]) }
        edge[estimate].append(Int32(number))
    }

    /// Adds what one safe move leads to; the least estimate among it.
    private mutating func expand(_ node: Int, tries: inout Int) -> Int {
        var moment = SafeMoment(work: work, hostOf: Array(places[node * packed.vmCount..<(node + 1) * packed.vmCount]))
        let from = nodes[node]
        var least = Int.max
        guardian?.stand(residents: moment.residents, load: moment.load)
        for vm in movable {
            let source = place(of: vm, at: node)
            let left = from.left + (isDone[cell(vm, source)] ? 1 : 0)
            for host in 0..<packed.hostCount where host != source {
                tries -= 1
                let key = from.key ^ marks[cell(vm, source)] ^ marks[cell(vm, host)]
                if let known = fewest[key], known <= from.moves + 1 { continue }
                guard moment.allows(vm, from: source, to: host) else { continue }
                if guardian != nil {
                    tries -= packed.vmCount
                    guard isSpareKept(vm, from: source, to: host, &moment) else { continue }
                }
                var row = moment.hostOf
                row[vm] = Int32(host)
                let next = Node(
                    parent: Int32(node), step: PlacementResult.Move(vm: vm, host: host), moves: from.moves + 1,
                    left: left - (isDone[cell(vm, host)] ? 1 : 0), key: key)
                add(next, places: row)
                least = min(least, estimate(next))
            }
        }
        return least
    }

    private mutating func isSpareKept(_ vm: Int, from source: Int, to host: Int, _ moment: inout SafeMoment) -> Bool {
        moment.add(vm, to: host, sign: 1)
        let isKept = guardian?.allowsMove(of: Int32(vm), from: source, to: host, endsAt: 0, load: moment.load) ?? true
        moment.add(vm, to: host, sign: -1)
        guardian?.forget(host, load: moment.load)
        return isKept
    }

    /// Whether VMs end where they may be, and groups that were together are so again.
    private func holdsAtEnd(_ node: Int) -> Bool {
        for vm in movable {
            let host = place(of: vm, at: node)
            if host != Int(packed.home[vm]), !packed.eligibility.allows(vm: vm, host: host) { return false }
        }
        return packed.groups.allSatisfy { group in
            guard group.required, group.kind == .together else { return true }
            let before = Set(group.members.map { group.domainOfHost[Int(packed.home[Int($0)])] })
            let after = Set(group.members.map { group.domainOfHost[place(of: Int($0), at: node)] })
            return after.count <= before.count
        }
    }

    private func steps(to node: Int) -> [PlacementResult.Move] {
        var steps: [PlacementResult.Move] = []
        var node = node
        while nodes[node].parent >= 0 {
            steps.append(nodes[node].step)
            node = Int(nodes[node].parent)
        }
        return steps.reversed()
    }
}
