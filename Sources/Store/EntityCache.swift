import Forecasting
import Synchronization

/// The numbers of hosts and VMs by name. An entity is never deleted or renamed, so what is here stays true.
final class EntityCache: Sendable {
    struct Key: Hashable, Sendable {
        let cluster: Int64
        let kind: EntityKind
        let name: String
    }

    private let known = Mutex<[Key: Int64]>([:])

    func number(of key: Key) -> Int64? {
        known.withLock { $0[key] }
    }

    /// All that is known, for a loop that asks often.
    func all() -> [Key: Int64] {
        known.withLock { $0 }
    }

    /// To be called only after the transaction that wrote them was committed.
    func remember(_ added: [Key: Int64]) {
        guard !added.isEmpty else { return }
        known.withLock { $0.merge(added) { first, _ in first } }
    }
}
