public import Placement

/// What each move of a sequence waits for, worked out from its times: for plans that are put together from several
/// schedules, each of which knows its own moves only.
public struct SequenceNeeds: Sendable {
    /// A move of the whole sequence, in seconds of the plan.
    public struct Move: Sendable {
        /// Packed VM.
        public var vm: Int
        public var from: Int
        public var to: Int
        public var startSeconds: Double
        public var endSeconds: Double

        public init(vm: Int, from: Int, to: Int, startSeconds: Double, endSeconds: Double) {
            self.vm = vm
            self.from = from
            self.to = to
            self.startSeconds = startSeconds
            self.endSeconds = endSeconds
        }
    }

    /// For each move those that have to end before it may start, as positions in the sequence, ascending: whose room or
    /// place under a rule it takes, and the VM's own move before it.
    public let needs: [[Int]]

    /// - Parameter packed: the cluster before the first move. Its dimensions are those in which room is counted.
    /// - Complexity: O(moves x dimensions + moves log moves).
    public init(of moves: [Move], on packed: PackedCluster) {
        var builder = Builder(packed: packed)
        let starts = moves.indices.sorted { (moves[$0].startSeconds, $0) < (moves[$1].startSeconds, $1) }
        let ends = moves.indices.sorted { (moves[$0].endSeconds, $0) < (moves[$1].endSeconds, $1) }
        var needs = [[Int]](repeating: [], count: moves.count)
        var last: [Int: Int] = [:]
        var next = 0
        for move in starts {
            // The clock of plans is whole milliseconds.
            while next < ends.count, moves[ends[next]].endSeconds <= moves[move].startSeconds + 1e-6 {
                builder.depart(ends[next], moves[ends[next]])
                next += 1
            }
            var awaited = builder.take(moves[move])
            if let previous = last.updateValue(move, forKey: moves[move].vm) { awaited.insert(Int32(previous)) }
            needs[move] = awaited.map { Int($0) }.sorted()
        }
        self.needs = needs
    }

    /// The rooms of all hosts and domains that something arrives in.
    private struct Builder {
        private let packed: PackedCluster
        private let separation: SeparationTable
        private let columns: Int
        private var hosts: [Int: TokenPool] = [:]
        private var domains: [Int32: TokenPool] = [:]
        private let free: [Int64]

        init(packed: PackedCluster) {
            self.packed = packed
            separation = SeparationTable(packed: packed)
            columns = packed.dimensionCount
            var free = packed.limit
            for vm in 0..<packed.vmCount {
                for column in 0..<packed.dimensionCount {
                    free[Int(packed.home[vm]) * packed.dimensionCount + column] -=
                        packed.load[vm * packed.dimensionCount + column]
                }
            }
            self.free = free
        }

        private func amounts(of move: Move) -> [Int64] {
            Array(packed.load[move.vm * columns..<(move.vm + 1) * columns])
        }

        private mutating func prepare(_ move: Move, _ crossed: (entered: [Int32], left: [Int32])) {
            for host in [move.from, move.to] where hosts[host] == nil {
                hosts[host] = TokenPool(free: Array(free[host * columns..<(host + 1) * columns]))
            }
            for domain in crossed.entered + crossed.left where domains[domain] == nil {
                let index = Int(domain)
                domains[domain] = TokenPool(free: [Int64(separation.most[index] - separation.initial[index])])
            }
        }

        mutating func depart(_ number: Int, _ move: Move) {
            let crossed = separation.crossed(vm: move.vm, from: move.from, to: move.to)
            prepare(move, crossed)
            let amounts = amounts(of: move)
            hosts[move.from]?.depart(Int32(number), amounts: amounts)
            for domain in crossed.left { domains[domain]?.depart(Int32(number), amounts: [1]) }
        }

        mutating func take(_ move: Move) -> Set<Int32> {
            let crossed = separation.crossed(vm: move.vm, from: move.from, to: move.to)
            prepare(move, crossed)
            let amounts = amounts(of: move)
            var awaited = hosts[move.to]?.take(amounts) ?? []
            for domain in crossed.entered { awaited.formUnion(domains[domain]?.take([1]) ?? []) }
            return awaited
        }
    }
}
