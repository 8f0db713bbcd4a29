/// The steps of a plan as `after` orders them, with every step's ancestors.
///
/// Ancestors are kept as one row of bits per step: 4000 steps take 2 MB, `maximumSteps` 312 MB.
struct StepGraph: Sendable {
    /// Above this a plan is refused unproved, so that a document cannot claim memory without end.
    static let maximumSteps = 50_000

    let predecessors: [[Int]]
    /// Every step after all of its predecessors; ties by position in the document.
    let order: [Int]
    /// Where each step stands in `order`.
    let position: [Int]
    private let words: Int
    private let ancestors: [UInt64]

    /// Returns the steps of a circle instead when `after` has one.
    /// - Complexity: O((steps + `after` entries) x steps / 64).
    static func make(predecessors: [[Int]]) -> Result<StepGraph, Circle> {
        let count = predecessors.count
        var open = predecessors.map(\.count)
        var followers = [[Int]](repeating: [], count: count)
        for (step, earlier) in predecessors.enumerated() {
            for predecessor in earlier { followers[predecessor].append(step) }
        }
        var order = (0..<count).filter { open[$0] == 0 }
        order.reserveCapacity(count)
        var next = 0
        while next < order.count {
            for follower in followers[order[next]] {
                open[follower] -= 1
                if open[follower] == 0 { order.append(follower) }
            }
            next += 1
        }
        guard order.count == count else { return .failure(Circle(steps: (0..<count).filter { open[$0] > 0 })) }
        return .success(StepGraph(predecessors: predecessors, order: order))
    }

    private init(predecessors: [[Int]], order: [Int]) {
        self.predecessors = predecessors
        self.order = order
        let count = predecessors.count
        var position = [Int](repeating: 0, count: count)
        for (place, step) in order.enumerated() { position[step] = place }
        self.position = position
        let words = (count + 63) / 64
        var rows = [UInt64](repeating: 0, count: count * words)
        for step in order {
            for predecessor in predecessors[step] {
                for word in 0..<words { rows[step * words + word] |= rows[predecessor * words + word] }
                rows[step * words + predecessor / 64] |= 1 << UInt64(predecessor % 64)
            }
        }
        self.words = words
        ancestors = rows
    }

    /// Whether `step` can start only after `earlier` has ended.
    func isAncestor(_ earlier: Int, of step: Int) -> Bool {
        ancestors[step * words + earlier / 64] >> UInt64(earlier % 64) & 1 == 1
    }

    /// Steps that wait for one another, and those behind them.
    struct Circle: Error {
        let steps: [Int]
    }
}
