public import ClusterModel

/// Reads `drover.hosts/1`: the hosts of a cluster and how they are reached.
public enum HostsDocument {
    /// Reads a hosts file from YAML or JSON; `name` is how messages call the file. Throws every error at once.
    public static func read(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> Reading<HypervisorHosts> {
        try read(try DocumentTree(bytes: bytes, name: name))
    }

    package static func read(_ tree: DocumentTree) throws(DocumentErrors) -> Reading<HypervisorHosts> {
        var reader = ShapeReader(tree: tree)
        var document = HostsShape.shape.blank
        _ = HostsShape.shape.read(&document, 0, &reader)
        checkIDs(document.hosts.hosts.map(\.id), &reader)
        let warnings = try reader.finish()
        return Reading(value: document.hosts, warnings: warnings)
    }

    private static func checkIDs(_ ids: [String], _ reader: inout ShapeReader) {
        guard let list = reader.tree.member(0, "hosts") else { return }
        let nodes = reader.tree.elements(list)
        var seen: Set<String> = []
        for (index, id) in ids.enumerated() where !id.isEmpty && !seen.insert(id).inserted && index < nodes.count {
            guard let node = reader.tree.member(nodes[index], "id") else { continue }
            reader.refuseRepeated(node, allowed: "an id that no other has")
        }
    }
}
