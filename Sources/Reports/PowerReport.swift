public import ClusterModel
internal import Planning

/// What every host of a cluster draws, and who says so.
public struct PowerReport: Sendable {
    /// A reading of what a host drew.
    public struct Reading: Sendable, Hashable {
        /// Who read it. The host's controller measures the whole machine; RAPL, by the host's agent, only processors
        /// and their memory.
        public enum Source: String, Sendable, Hashable {
            case redfish = "Redfish"
            case ipmi = "IPMI"
            case rapl = "RAPL"
        }

        public let watts: Double
        public let source: Source

        public init(watts: Double, source: Source) {
            self.watts = watts
            self.source = source
        }
    }

    private struct Row {
        let host: Host
        let model: Double
        let reading: Reading?

        var watts: Double { reading?.watts ?? model }
        var isKnown: Bool { reading != nil || host.power != nil }
        var source: String { reading.map { $0.source.rawValue } ?? (host.power == nil ? "nothing" : "model") }
    }

    private let cluster: Cluster
    private let rows: [Row]

    /// - Parameters:
    ///   - cluster: its VMs' demand is what the model goes by.
    ///   - readings: by host; hosts without one have the model's figure.
    public init(cluster: Cluster, readings: [String: Reading]) {
        self.cluster = cluster
        let figures = ClusterFigures(cluster: cluster, memory: .configured)
        rows = zip(cluster.hosts, figures.wattsOfHosts(figures.start)).map { host, model in
            Row(host: host, model: model, reading: readings[host.id])
        }
    }

    private var total: Double { rows.reduce(0) { $0 + $1.watts } }

    public func text() -> String {
        var table = TextTable([.left("host"), .left("state"), .right("draws"), .left("by"), .right("model")])
        for row in rows {
            let model = row.host.power == nil ? "-" : Figures.watts(row.model)
            table.add([
                row.host.id, row.host.state.rawValue, row.isKnown ? Figures.watts(row.watts) : "-", row.source, model,
            ])
        }
        let read = rows.count { $0.reading != nil }
        return
            ([
                TextTable.oneLine("Power of cluster \(cluster.name) as of \(cluster.takenAt)"),
                "\(Figures.watts(total)) in all; \(read) of \(Figures.count(rows.count, "host")) read, the others by their model",
                "",
            ] + table.lines(indent: "  ")).joined(separator: "\n") + "\n"
    }

    public func json() -> String {
        let hosts = rows.map { row in
            JSONValue.object(fields: [
                "host": .string(value: row.host.id), "state": .string(value: row.host.state.rawValue),
                "watts": row.isKnown ? .figure(row.watts, decimals: 1) : .null,
                "source": .string(value: row.source),
                "modelWatts": row.host.power == nil ? .null : .figure(row.model, decimals: 1),
            ])
        }
        return ReportJSON.text(
            .object(fields: [
                "cluster": .string(value: cluster.name), "takenAt": .string(value: cluster.takenAt.description),
                "watts": .figure(total, decimals: 1), "hosts": .array(values: hosts),
            ]))
    }
}
