import ClusterModel

/// The document `drover.cluster/1`.
enum ClusterShape {
    /// The document with its key `format`.
    struct Document: Sendable {
        var format = Cluster.format
        var cluster = blank
    }

    private static let blank = Cluster(
        name: "", takenAt: Timestamp(millisecondsSinceEpoch: 0), hosts: [], vms: [])

    static let shape = Shape<Document>.object(
        Document(),
        [
            .required("format", \.format, .constant(Cluster.format)),
            .required("name", \.cluster.name, .name),
            .required("takenAt", \.cluster.takenAt, .time),
            .required("hosts", \.cluster.hosts, HostShape.shape.list()),
            .required("vms", \.cluster.vms, VirtualMachineShape.shape.list()),
            .defaulted("rules", \.cluster.rules, RuleShape.shape.list(), of: Document()),
            .defaulted("links", \.cluster.links, LinkShape.shape.list(), of: Document()),
            .extensions(\.cluster.extensions),
        ])
}
