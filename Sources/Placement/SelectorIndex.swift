import ClusterModel

/// Which of many selectors mean something, without asking each of them.
struct SelectorIndex: Sendable {
    private var byIdentifier: [String: [Int32]] = [:]
    /// Selectors by the first of their labels; the other labels are compared.
    private var byLabel: [Label: [Int32]] = [:]
    private let selectors: [Selector]

    private struct Label: Hashable {
        let key: String
        let value: String
    }

    init(_ selectors: [Selector]) {
        self.selectors = selectors
        for (index, selector) in selectors.enumerated() {
            switch selector {
            case .ids(let ids):
                for id in Set(ids) { byIdentifier[id, default: []].append(Int32(index)) }
            case .label(let labels):
                guard let first = labels.min(by: { $0.key < $1.key }) else { continue }
                byLabel[Label(key: first.key, value: first.value), default: []].append(Int32(index))
            }
        }
    }

    /// Indices of the selectors that mean it, ascending.
    func selecting(id: String, labels: [String: String]) -> [Int] {
        var found = (byIdentifier[id] ?? []).map { Int($0) }
        guard !byLabel.isEmpty else { return found }
        for (key, value) in labels {
            for index in byLabel[Label(key: key, value: value)] ?? []
            where selectors[Int(index)].selects(id: id, labels: labels) { found.append(Int(index)) }
        }
        return found.sorted()
    }
}
