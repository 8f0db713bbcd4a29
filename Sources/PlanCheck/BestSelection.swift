/// Which optional gains to take when gains need costs to be paid: the maximum-weight closure of a two-layer graph,
/// solved exactly as a minimum cut.
///
/// The worst load of a host over all orders is such a choice. A gain is a VM that has started to arrive; it needs
/// all the departures that must have ended before it can start, and each of those costs the load that has left.
package struct BestSelection {
    package struct Option {
        let gain: Double
        /// Indices of costs; every one has to be paid to have the gain.
        let needs: [Int]

        package init(gain: Double, needs: [Int]) {
            self.gain = gain
            self.needs = needs
        }
    }

    private let options: [Option]
    private let costs: [Double]

    package init(options: [Option], costs: [Double]) {
        self.options = options
        self.costs = costs
    }

    /// The largest sum of gains less costs, at least 0, and the options that are taken for it.
    /// - Complexity: O(V^2 E) at worst (Dinic), for V and E of the options that need something; linear in those
    ///   that do not.
    package func solve() -> (worth: Double, taken: [Int]) {
        var taken = options.indices.filter { options[$0].needs.isEmpty && options[$0].gain > 0 }
        var worth = taken.reduce(0) { $0 + options[$1].gain }
        let bound = options.indices.filter { !options[$0].needs.isEmpty && options[$0].gain > 0 }
        guard !bound.isEmpty else { return (worth, taken) }
        let source = bound.count + costs.count
        var network = FlowNetwork(nodes: source + 2)
        for (node, option) in bound.enumerated() {
            network.connect(source, node, capacity: options[option].gain)
            for cost in options[option].needs {
                network.connect(node, bound.count + cost, capacity: .infinity)
            }
        }
        for (cost, value) in costs.enumerated() { network.connect(bound.count + cost, source + 1, capacity: value) }
        network.maximise(from: source, to: source + 1)
        let reached = network.reachable(from: source)
        var paid: Set<Int> = []
        for (node, option) in bound.enumerated() where reached[node] {
            taken.append(option)
            worth += options[option].gain
            paid.formUnion(options[option].needs)
        }
        for cost in paid.sorted() { worth -= costs[cost] }
        return (worth, taken.sorted())
    }
}

/// Dinic's maximum flow on a small network with real capacities.
private struct FlowNetwork {
    private struct Edge {
        let to: Int
        var capacity: Double
    }

    private var edges: [Edge] = []
    private var outgoing: [[Int]]
    private var level: [Int]
    private var nextEdge: [Int]
    /// Less than this is nothing: rounding of real capacities.
    private var nothing = 0.0

    init(nodes: Int) {
        outgoing = [[Int]](repeating: [], count: nodes)
        level = [Int](repeating: -1, count: nodes)
        nextEdge = [Int](repeating: 0, count: nodes)
    }

    mutating func connect(_ from: Int, _ to: Int, capacity: Double) {
        outgoing[from].append(edges.count)
        edges.append(Edge(to: to, capacity: capacity))
        outgoing[to].append(edges.count)
        edges.append(Edge(to: from, capacity: 0))
        if capacity.isFinite { nothing = max(nothing, capacity * 1e-13) }
    }

    mutating func maximise(from source: Int, to sink: Int) {
        while label(from: source, to: sink) {
            nextEdge = [Int](repeating: 0, count: outgoing.count)
            while push(from: source, to: sink) {}
        }
    }

    /// The nodes on the source's side of the minimum cut.
    func reachable(from source: Int) -> [Bool] {
        var reached = [Bool](repeating: false, count: outgoing.count)
        var queue = [source]
        reached[source] = true
        var head = 0
        while head < queue.count {
            for edge in outgoing[queue[head]] where edges[edge].capacity > nothing && !reached[edges[edge].to] {
                reached[edges[edge].to] = true
                queue.append(edges[edge].to)
            }
            head += 1
        }
        return reached
    }

    private mutating func label(from source: Int, to sink: Int) -> Bool {
        level = [Int](repeating: -1, count: outgoing.count)
        level[source] = 0
        var queue = [source]
        var head = 0
        while head < queue.count {
            for edge in outgoing[queue[head]] where edges[edge].capacity > nothing && level[edges[edge].to] < 0 {
                level[edges[edge].to] = level[queue[head]] + 1
                queue.append(edges[edge].to)
            }
            head += 1
        }
        return level[sink] >= 0
    }

    /// Sends as much as one path through the levels takes; `false` when there is none left. Keeps its own stack: a
    /// hostile plan can make paths as long as it has steps.
    private mutating func push(from source: Int, to sink: Int) -> Bool {
        var path: [Int] = []
        var node = source
        while node != sink {
            if nextEdge[node] < outgoing[node].count {
                let edge = outgoing[node][nextEdge[node]]
                if edges[edge].capacity > nothing, level[edges[edge].to] == level[node] + 1 {
                    path.append(edge)
                    node = edges[edge].to
                } else {
                    nextEdge[node] += 1
                }
            } else {
                guard let edge = path.popLast() else { return false }
                node = edges[edge ^ 1].to
                nextEdge[node] += 1
            }
        }
        let amount = path.map { edges[$0].capacity }.min() ?? 0
        for edge in path {
            edges[edge].capacity -= amount
            edges[edge ^ 1].capacity += amount
        }
        return true
    }
}
