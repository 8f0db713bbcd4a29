/// The order of first-fit decreasing: largest first, ties by index, decided once for all VMs.
struct SizeOrder: Sendable {
    /// The place of each VM in the order; -1 for those that do not count.
    private let rank: [Int32]
    private let order: [Int32]

    /// - Parameter counts: VMs that are to be started again after their host failed.
    init(load: [Int64], columns: Int, column: Int, counts: [Bool]) {
        let vms = counts.indices.filter { counts[$0] }
        let order = vms.sorted { left, right in
            let (a, b) = (load[left * columns + column], load[right * columns + column])
            return a == b ? left < right : a > b
        }
        var rank = [Int32](repeating: -1, count: counts.count)
        for (place, vm) in order.enumerated() { rank[vm] = Int32(place) }
        self.rank = rank
        self.order = order.map { Int32($0) }
    }

    /// Those of some VMs that count, in order.
    func sorted(_ vms: some Sequence<Int32>) -> [Int32] {
        var ranks: [Int32] = []
        for vm in vms where rank[Int(vm)] >= 0 { ranks.append(rank[Int(vm)]) }
        ranks.sort()
        for index in ranks.indices { ranks[index] = order[Int(ranks[index])] }
        return ranks
    }
}
