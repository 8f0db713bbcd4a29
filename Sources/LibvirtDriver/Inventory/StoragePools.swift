/// The storage pools of a host, and what a disk's place means for moving it.
struct StoragePools: Sendable, Hashable {
    struct Pool: Sendable, Hashable {
        let name: String
        let path: String?
        /// Whether other hosts reach the same content.
        let isShared: Bool
        let capacityBytes: Int64
    }

    enum Place: Sendable, Hashable {
        /// Of no concern: no medium, or reached over the network by QEMU itself.
        case anywhere
        case shared(pool: String)
        case local
    }

    /// Pool types whose content lies on a network.
    private static let networkTypes: Set<String> = [
        "netfs", "iscsi", "iscsi-direct", "rbd", "gluster", "sheepdog", "mpath", "vstorage",
    ]

    /// Sorted by name.
    let pools: [Pool]

    init(xml: [String], sharedPools: [String]) throws(XMLError) {
        var pools: [Pool] = []
        for text in xml {
            let root = try XMLReader.read(text)
            guard let name = root.first("name")?.value else { continue }
            pools.append(
                Pool(
                    name: name, path: root.at("target", "path")?.value,
                    isShared: Self.networkTypes.contains(root["type"] ?? "") || sharedPools.contains(name),
                    capacityBytes: root.first("capacity")?.value.flatMap { Int64($0) } ?? 0))
        }
        self.pools = pools.sorted { $0.name < $1.name }
    }

    var sharedNames: [String] { pools.filter(\.isShared).map(\.name) }

    /// What the local pools hold in all.
    var localBytes: Int64 { pools.filter { !$0.isShared }.reduce(0) { $0 + $1.capacityBytes } }

    func place(of disk: DomainDescription.Disk) -> Place {
        switch disk.source {
        case .none, .network: return .anywhere
        case .volume(let name, _):
            return pools.first { $0.name == name }?.isShared == true ? .shared(pool: name) : .local
        case .path(let path):
            // The innermost pool that holds it.
            let holding = pools.filter { pool in
                pool.path.map { path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") } == true
            }
            let pool = holding.max { ($0.path?.utf8.count ?? 0) < ($1.path?.utf8.count ?? 0) }
            return pool.map { $0.isShared ? .shared(pool: $0.name) : .local } ?? .local
        }
    }
}
