import ClusterModel
import Store

extension ClusterStore {
    /// Changes a host of the inventory.
    ///
    /// - Returns: the host as it is then; `nil` when the inventory does not have it, and nothing was changed.
    @discardableResult func change(_ host: String, _ body: (inout Host) -> Void) throws -> Host? {
        guard var inventory = try inventory(),
            let index = inventory.hosts.firstIndex(where: { $0.id == host })
        else { return nil }
        body(&inventory.hosts[index])
        try setInventory(inventory)
        return inventory.hosts[index]
    }
}
