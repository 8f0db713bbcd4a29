import ClusterModel
import Placement

extension BalancePoint {
    /// The point as it stands in a plan's front.
    var json: JSONValue {
        .object(fields: [
            "moves": .integer(value: Int64(moves)), "memoryBytes": .integer(value: memoryBytes),
            "imbalance": .exact(imbalance),
        ])
    }
}
