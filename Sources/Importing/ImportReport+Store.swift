import ClusterModel
import Store

extension ImportReport {
    /// Adds what the store says of what was written, and which entities the inventory lacks.
    mutating func take(_ result: HistoryWriter.Result, _ store: ClusterStore) throws {
        rows += result.rows
        tooOld += result.tooOld
        self.entities += result.entities
        oldest = [oldest, result.oldest].compactMap { $0 }.min()
        newest = [newest, result.newest].compactMap { $0 }.max()
        guard let inventory = try store.inventory() else { return }
        let known = Set(inventory.vms.map { "vm \($0.id)" }).union(inventory.hosts.map { "host \($0.id)" })
        unknownEntities = result.names.filter { !known.contains($0) }.sorted()
    }
}
