import ClusterModel

/// A rule of `drover.cluster/1`: read as a record of all keys that some kind has, then made a rule of its kind.
enum RuleShape {
    static let shape = record.mapped(blank: make(RuleRecord()), from: make, to: unmake)

    private enum Kind: String, CaseIterable, Sendable {
        case affinity, antiAffinity, hostAffinity, hostAntiAffinity
    }

    private struct RuleRecord: Sendable {
        var id = ""
        var kind = Kind.affinity
        var vms = Selector.ids(ids: [])
        var hosts: Selector?
        var scope: Rule.Scope?
        var maxPerDomain: Int?
        var required = true
        var extensions = Extensions.none
    }

    private static let record = Shape<RuleRecord>.object(
        RuleRecord(),
        [
            .required("id", \.id, .name),
            .required("kind", \.kind, .choice(blank: .affinity)),
            .required("vms", \.vms, SelectorShape.shape),
            .optional("hosts", \.hosts, SelectorShape.shape),
            .optional("scope", \.scope, .choice(blank: .host)),
            .optional("maxPerDomain", \.maxPerDomain, .count(1), about: "Absent: 1."),
            .defaulted("required", \.required, .flag, of: RuleRecord(), isAlwaysWritten: true),
            .extensions(\.extensions),
        ],
        rules: [
            .variants(
                by: "kind", { $0.kind.rawValue },
                [
                    .init("affinity", required: ["scope"]),
                    .init("antiAffinity", required: ["scope"], optional: ["maxPerDomain"]),
                    .init("hostAffinity", required: ["hosts"]),
                    .init("hostAntiAffinity", required: ["hosts"]),
                ])
        ])

    @Sendable private static func make(_ record: RuleRecord) -> Rule {
        let hosts = record.hosts ?? .ids(ids: [])
        let scope = record.scope ?? .host
        let kind: Rule.Kind =
            switch record.kind {
            case .affinity: .affinity(scope: scope)
            case .antiAffinity: .antiAffinity(scope: scope, maxPerDomain: record.maxPerDomain ?? 1)
            case .hostAffinity: .hostAffinity(hosts: hosts)
            case .hostAntiAffinity: .hostAntiAffinity(hosts: hosts)
            }
        return Rule(
            id: record.id, kind: kind, vms: record.vms, required: record.required, extensions: record.extensions)
    }

    @Sendable private static func unmake(_ rule: Rule) -> RuleRecord {
        var record = RuleRecord(
            id: rule.id, vms: rule.vms, required: rule.required, extensions: rule.extensions)
        switch rule.kind {
        case .affinity(let scope):
            (record.kind, record.scope) = (.affinity, scope)
        case .antiAffinity(let scope, let maxPerDomain):
            (record.kind, record.scope, record.maxPerDomain) = (.antiAffinity, scope, maxPerDomain)
        case .hostAffinity(let hosts):
            (record.kind, record.hosts) = (.hostAffinity, hosts)
        case .hostAntiAffinity(let hosts):
            (record.kind, record.hosts) = (.hostAntiAffinity, hosts)
        }
        return record
    }
}

/// Who is meant by a rule: `{"ids": [...]}` or `{"label": {...}}`.
enum SelectorShape {
    static let shape = record.mapped(blank: .ids(ids: []), from: make, to: unmake)

    private struct Record: Sendable {
        var ids: [String]?
        var label: [String: String]?
    }

    private static let record = Shape<Record>.object(
        Record(),
        [
            .optional("ids", \.ids, .names()),
            .optional("label", \.label, Shape.text.map(minimumCount: 1, keys: "LABEL")),
        ],
        rules: [.exactlyOne(of: ["ids", "label"])])

    @Sendable private static func make(_ record: Record) -> Selector {
        if let label = record.label { return .label(label: label) }
        return .ids(ids: record.ids ?? [])
    }

    @Sendable private static func unmake(_ selector: Selector) -> Record {
        switch selector {
        case .ids(let ids): Record(ids: ids)
        case .label(let label): Record(label: label)
        }
    }
}

/// A link of `drover.cluster/1`.
enum LinkShape {
    private static let blank = Link(first: .site(name: ""), second: .site(name: ""), bitsPerSecond: 0)

    static let shape = record.mapped(
        blank: blank,
        from: { record in
            guard record.between.count == 2 else { return blank }
            return Link(first: record.between[0], second: record.between[1], bitsPerSecond: record.bitsPerSecond)
        },
        to: { Record(between: [$0.first, $0.second], bitsPerSecond: $0.bitsPerSecond) })

    private struct Record: Sendable {
        var between: [Link.Endpoint] = []
        var bitsPerSecond: Double = 0
    }

    private static let record = Shape<Record>.object(
        Record(),
        [
            .required("between", \.between, between),
            .required("bitsPerSecond", \.bitsPerSecond, .positive("bits per second")),
        ])

    private static let endpointText = "\"site:NAME\" or \"rack:NAME\""

    private static let endpoint = Shape<String>.text
        .restricted(endpointText, schema: ["pattern": .string(value: "^(site|rack):.+$")]) {
            Link.Endpoint(text: $0) != nil
        }
        .mapped(
            blank: Link.Endpoint.site(name: ""), from: { Link.Endpoint(text: $0) ?? .site(name: "") },
            to: { $0.text })

    private static let between = endpoint.list().restricted(
        "two different ends, each \(endpointText)",
        schema: [
            "minItems": .integer(value: 2), "maxItems": .integer(value: 2), "uniqueItems": .bool(value: true),
        ]
    ) { $0.count == 2 && $0[0] != $0[1] }
}
