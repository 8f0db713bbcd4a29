/// The steps of a plan as `after` orders them, with every step's ancestors.
///
struct StepGraph: Sendable {
    /// Above this a plan is refused unproved, so that a document cannot claim memory without end.
    static let maximumSteps = 120_000

    let predecessors: [[Int]]
    /// Every step after all of its predecessors; ties by position in the document.
    let order: [Int]
    /// Where each step stands in `order`.
    let position: [Int]
    private let ancestors: Ancestors

    /// Why the steps have no order that can be proved.
    enum Fault: Error {
        /// Steps that wait for one another, and those behind them.
        case circle(steps: [Int])
        /// The steps have more ancestors than memory is spent on.
        case tooManyAncestors
    }

    /// - Complexity: that of `Ancestors.init`.
    static func make(predecessors: [[Int]]) -> Result<StepGraph, Fault> {
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
        guard order.count == count else { return .failure(.circle(steps: (0..<count).filter { open[$0] > 0 })) }
        guard let ancestors = Ancestors(predecessors: predecessors, order: order) else {
            return .failure(.tooManyAncestors)
        }
        var position = [Int](repeating: 0, count: count)
        for (place, step) in order.enumerated() { position[step] = place }
        return .success(
            StepGraph(predecessors: predecessors, order: order, position: position, ancestors: ancestors))
    }

    /// Whether `step` can start only after `earlier` has ended.
    func isAncestor(_ earlier: Int, of step: Int) -> Bool { ancestors.contains(earlier, of: step) }
}
