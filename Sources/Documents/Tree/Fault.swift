extension DocumentTree {
    /// A key or value that no document may hold, but that does not keep the rest from being read.
    package struct Fault: Sendable {
        package enum Kind: Sendable {
            /// The second or a further key of one name in an object.
            case duplicateKey
            /// A number beyond all doubles, such as `1e400`.
            case unboundedNumber
            /// What YAML calls a number and JSON has no word for: infinity, what is not a number, wide hexadecimals.
            case unusable(allowed: String)
        }

        package let node: Int
        package let kind: Kind
    }

    package func message(_ fault: Fault) -> String {
        switch fault.kind {
        case .duplicateKey: "duplicate key '\(Self.shortened(text(fault.node)))', allowed: each key once"
        case .unboundedNumber: "found \(describe(fault.node)), allowed: a number that a 64-bit double can hold"
        case .unusable(let allowed): "found \(describe(fault.node)), allowed: \(allowed)"
        }
    }

    /// - Complexity: O(log faults).
    package func isFaulty(_ node: Int) -> Bool {
        var (low, high) = (0, faults.count)
        while low < high {
            let middle = (low + high) / 2
            if faults[middle].node < node { low = middle + 1 } else { high = middle }
        }
        return low < faults.count && faults[low].node == node
    }
}
