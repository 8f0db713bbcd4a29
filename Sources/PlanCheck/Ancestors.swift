/// For every step, all steps that must have ended before it can start.
///
/// One row of bits per step, up to a number of steps at which that is 50 MB; above it sorted lists, since the steps of
/// a large plan have few ancestors each.
enum Ancestors: Sendable {
    case bits(words: Int, rows: [UInt64])
    case lists([[Int32]])

    private static let maximumRows = 20_000
    /// 400 MB.
    private static let maximumEntries = 100_000_000

    /// `nil` when the lists would take too much memory.
    /// - Complexity: O((steps + `after` entries) x steps / 64) for rows, O(sum of the ancestors x `after` entries of a
    ///   step) for lists.
    init?(predecessors: [[Int]], order: [Int]) {
        if predecessors.count <= Self.maximumRows {
            self = Self.rows(predecessors, order)
            return
        }
        guard let lists = Self.lists(predecessors, order) else { return nil }
        self = lists
    }

    private static func rows(_ predecessors: [[Int]], _ order: [Int]) -> Ancestors {
        let words = (predecessors.count + 63) / 64
        var rows = [UInt64](repeating: 0, count: predecessors.count * words)
        for step in order {
            for predecessor in predecessors[step] {
                for word in 0..<words { rows[step * words + word] |= rows[predecessor * words + word] }
                rows[step * words + predecessor / 64] |= 1 << UInt64(predecessor % 64)
            }
        }
        return .bits(words: words, rows: rows)
    }

    private static func lists(_ predecessors: [[Int]], _ order: [Int]) -> Ancestors? {
        var lists = [[Int32]](repeating: [], count: predecessors.count)
        var entries = 0
        for step in order {
            var all: [Int32] = []
            for predecessor in predecessors[step] {
                all.append(Int32(predecessor))
                all += lists[predecessor]
            }
            all.sort()
            var kept = 0
            for index in all.indices where kept == 0 || all[index] != all[kept - 1] {
                all[kept] = all[index]
                kept += 1
            }
            all.removeLast(all.count - kept)
            lists[step] = all
            entries += kept
            if entries > maximumEntries { return nil }
        }
        return .lists(lists)
    }

    func contains(_ earlier: Int, of step: Int) -> Bool {
        switch self {
        case .bits(let words, let rows):
            return rows[step * words + earlier / 64] >> UInt64(earlier % 64) & 1 == 1
        case .lists(let lists):
            var (low, high) = (0, lists[step].count)
            while low < high {
                let middle = (low + high) / 2
                if Int(lists[step][middle]) < earlier { low = middle + 1 } else { high = middle }
            }
            return low < lists[step].count && Int(lists[step][low]) == earlier
        }
    }
}
