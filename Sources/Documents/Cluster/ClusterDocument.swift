public import ClusterModel

/// Reads and writes `drover.cluster/1`.
public enum ClusterDocument {
    /// Reads a cluster from JSON or YAML; `name` is how messages call the file.
    ///
    /// Throws every error of the document at once. A profile without values is left out, since it says nothing.
    public static func read(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> Reading<Cluster> {
        try read(try DocumentTree(bytes: bytes, name: name))
    }

    package static func read(_ tree: DocumentTree) throws(DocumentErrors) -> Reading<Cluster> {
        var reader = ShapeReader(tree: tree)
        var document = ClusterShape.shape.blank
        _ = ClusterShape.shape.read(&document, 0, &reader)
        ClusterReferences.check(document.cluster, root: 0, &reader)
        let warnings = try reader.finish()
        return Reading(value: normalized(document.cluster), warnings: warnings)
    }

    /// The cluster as readable JSON: one host, VM, rule or link a line; reading it gives the same cluster.
    public static func write(_ cluster: Cluster) -> String {
        text(cluster, .readable)
    }

    /// SHA-256 of the canonical JSON, in lower-case hexadecimal.
    public static func digest(of cluster: Cluster) -> String {
        SHA256.hexadecimalDigest(of: bytes(cluster, .canonical))
    }

    /// The canonical JSON: one line, sorted keys, defaults filled in.
    public static func canonical(_ cluster: Cluster) -> String {
        text(cluster, .canonical)
    }

    private static func bytes(_ cluster: Cluster, _ style: JSONWriter.Style) -> [UInt8] {
        var writer = JSONWriter(style: style)
        ClusterShape.shape.write(ClusterShape.Document(cluster: normalized(cluster)), &writer)
        return writer.bytes
    }

    private static func text(_ cluster: Cluster, _ style: JSONWriter.Style) -> String {
        var writer = JSONWriter(style: style)
        ClusterShape.shape.write(ClusterShape.Document(cluster: normalized(cluster)), &writer)
        return writer.text()
    }

    private static func normalized(_ cluster: Cluster) -> Cluster {
        guard cluster.vms.contains(where: { $0.profile?.slotCount == 0 }) else { return cluster }
        var cluster = cluster
        for index in cluster.vms.indices where cluster.vms[index].profile?.slotCount == 0 {
            cluster.vms[index].profile = nil
        }
        return cluster
    }
}
