import Placement
import Randomness
import TestSupport

/// Hosts for some of a cluster's VMs, drawn at random: each may run there, and all fit there in the end.
struct RandomTarget {
    /// Host index of each packed VM.
    private(set) var hosts: [Int32]
    private let packed: PackedCluster
    private var load: [Int64]

    /// - Parameter moves: VMs that are to move; fewer when there is no room for more.
    init(packed: PackedCluster, moves: Int, seed: UInt64) {
        self.packed = packed
        hosts = packed.home
        load = [Int64](repeating: 0, count: packed.hostCount * packed.dimensionCount)
        for vm in 0..<packed.vmCount { add(vm, to: Int(packed.home[vm]), sign: 1) }
        var random = SplitMix64(seed: seed)
        let open = (0..<packed.hostCount).filter { packed.takesVMs[$0] }
        var moved = 0
        for vm in (0..<packed.vmCount).shuffled(using: &random) where moved < moves {
            let isRuled = packed.groupsOfVM[vm].contains { packed.groups[Int($0)].required }
            guard !isRuled, let host = home(for: vm, among: open, &random) else { continue }
            add(vm, to: Int(packed.home[vm]), sign: -1)
            add(vm, to: host, sign: 1)
            hosts[vm] = Int32(host)
            moved += 1
        }
    }

    private func home(for vm: Int, among open: [Int], _ random: inout SplitMix64) -> Int? {
        let source = Int(packed.home[vm])
        for _ in 0..<8 {
            guard let host = open.randomElement(using: &random) else { return nil }
            if host != source, packed.mayMove(vm, from: source, to: host), hasRoom(for: vm, on: host) { return host }
        }
        return nil
    }

    private func hasRoom(for vm: Int, on host: Int) -> Bool {
        let columns = packed.dimensionCount
        return (0..<columns).allSatisfy { column in
            let index = host * columns + column
            return load[index] + packed.load[vm * columns + column] <= packed.limit[index]
        }
    }

    private mutating func add(_ vm: Int, to host: Int, sign: Int64) {
        let columns = packed.dimensionCount
        for column in 0..<columns { load[host * columns + column] += sign * packed.load[vm * columns + column] }
    }
}
