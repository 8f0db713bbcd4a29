public import ClusterModel

extension [Relaxation] {
    /// What to write where, for a program: of the policy a setting as `--set` takes it, of the cluster document the
    /// list, the identifier, the key and its new value; `null` takes the key away.
    ///
    /// Whoever follows these edits in turn gets the cluster and policy of `apply`; a benchmark does so and plans anew.
    public func edits(of cluster: Cluster, _ policy: Policy) -> [JSONValue] {
        var (cluster, policy) = (cluster, policy)
        return flatMap { relaxation in
            relaxation.apply(to: &cluster, &policy)
            return relaxation.edits(reaching: cluster, policy)
        }
    }
}

extension Relaxation {
    /// The cluster and the policy are those with the relaxation applied.
    fileprivate func edits(reaching cluster: Cluster, _ policy: Policy) -> [JSONValue] {
        switch self {
        case .limit(let resource, _, let to): [Self.setting("limits.\(resource.rawValue)=\(to)")]
        case .spareHosts(_, let to): [Self.setting("spareHosts=\(to)")]
        case .mode:
            [Self.setting("modes=[\(policy.modes.map(\.rawValue).joined(separator: ", "))]")]
        case .hostOn(let host, _): [Self.edit("hosts", host, "state", .string(value: "on"))]
        case .softRule(let id): [Self.edit("rules", id, "required", .bool(value: false))]
        case .pause(let vm, _, let to): [Self.edit("vms", vm, "maxDowntimeMilliseconds", .exact(to))]
        case .coldMove(let vm):
            [
                Self.edit("vms", vm, "migration", .string(value: "cold")),
                Self.edit("vms", vm, "maxDowntimeMilliseconds", .null),
            ]
        case .guestCPU(let vm, _, let model, let features):
            [
                Self.edit("vms", vm, "cpuModel", model.map { .string(value: $0) } ?? .null),
                Self.edit("vms", vm, "cpuFeatures", Self.names(features)),
            ]
        case .movesAtOnce(_, let to):
            ["maxMigrationsOut", "maxMigrationsIn"].map { Self.setting("defaults.\($0)=\(to)") }
                + cluster.hosts.flatMap { host in
                    [("maxMigrationsOut", host.maxMigrationsOut), ("maxMigrationsIn", host.maxMigrationsIn)].compactMap
                    {
                        key, count in count.map { Self.edit("hosts", host.id, key, .integer(value: Int64($0))) }
                    }
                }
        case .hostLink(let id, _): Self.host(id, in: cluster) { Self.linkEdits(of: $0) }
        case .allLinks:
            cluster.hosts.flatMap { Self.linkEdits(of: $0) } + cluster.links.map { Self.linkEdit(of: $0) }
        case .sharedLink(let index, _, _): [Self.linkEdit(of: cluster.links[index])]
        case .leaveOut(let vm): [Self.edit("vms", vm, "state", .string(value: "stopped"))]
        case .hostFewer(let host): [.object(fields: ["leaveOut": .string(value: host)])]
        case .hostHeard(let id):
            Self.host(id, in: cluster) { [Self.edit("hosts", id, "extensions", $0.extensions.value)] }
        case .connection(let id, let datastores, let networks):
            Self.host(id, in: cluster) { host in
                (datastores.isEmpty ? [] : [Self.edit("hosts", id, "datastores", Self.names(host.datastores))])
                    + (networks.isEmpty ? [] : [Self.edit("hosts", id, "networks", Self.names(host.networks))])
            }
        }
    }

    private static func host(_ id: String, in cluster: Cluster, _ edits: (Host) -> [JSONValue]) -> [JSONValue] {
        cluster.hosts.first { $0.id == id }.map(edits) ?? []
    }

    private static func linkEdits(of host: Host) -> [JSONValue] {
        host.migrationBitsPerSecond.map { [edit("hosts", host.id, "migrationBitsPerSecond", .exact($0))] } ?? []
    }

    /// A link has no identifier: its two ends stand for it.
    private static func linkEdit(of link: Link) -> JSONValue {
        .object(fields: [
            "in": .string(value: "links"), "key": .string(value: "bitsPerSecond"), "value": .exact(link.bitsPerSecond),
            "between": .array(values: [.string(value: link.first.text), .string(value: link.second.text)]),
        ])
    }

    private static func setting(_ text: String) -> JSONValue { .object(fields: ["set": .string(value: text)]) }

    private static func edit(_ list: String, _ id: String, _ key: String, _ value: JSONValue) -> JSONValue {
        .object(fields: [
            "in": .string(value: list), "id": .string(value: id), "key": .string(value: key), "value": value,
        ])
    }

    private static func names(_ names: [String]?) -> JSONValue {
        names.map { .array(values: $0.map { .string(value: $0) }) } ?? .null
    }
}

extension Extensions {
    fileprivate var value: JSONValue {
        switch self {
        case .none: .null
        case .object(let fields): .object(fields: fields)
        }
    }
}
