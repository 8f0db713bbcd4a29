import ClusterModel

/// The goal of a plan.
enum GoalShape {
    static let shape = record.mapped(blank: .balance, from: make, to: unmake)

    private enum Kind: String, CaseIterable, Sendable {
        case balance, evacuate, powerSave, place, relocate, rolling
    }

    private struct Record: Sendable {
        var kind = Kind.balance
        var hosts: [String]?
        var target: [String: String]?
        var from: String?
        var to: String?
    }

    private static let record = Shape<Record>.object(
        Record(),
        [
            .required("kind", \.kind, .choice(blank: .balance)),
            .optional("hosts", \.hosts, .names(minimumCount: 1)),
            .optional("target", \.target, Shape.name.map(keys: "VM")),
            .optional("from", \.from, site),
            .optional("to", \.to, site),
        ],
        rules: [
            .variants(
                by: "kind", { $0.kind.rawValue },
                [
                    .init("balance"), .init("powerSave"),
                    .init("evacuate", required: ["hosts"]), .init("rolling", required: ["hosts"]),
                    .init("place", required: ["target"]), .init("relocate", required: ["from", "to"]),
                ])
        ])

    private static let prefix = "site:"

    /// A site's name, with a prefix in the document and without one in the value.
    private static let site = Shape<String>.name
        .restricted("\"site:NAME\"", schema: ["pattern": .string(value: "^site:.+$")]) {
            $0.hasPrefix(prefix) && $0 != prefix
        }
        .mapped(blank: "", from: { String($0.dropFirst(prefix.count)) }, to: { prefix + $0 })

    @Sendable private static func make(_ record: Record) -> Goal {
        switch record.kind {
        case .balance: .balance
        case .powerSave: .powerSave
        case .evacuate: .evacuate(hosts: record.hosts ?? [])
        case .rolling: .rolling(hosts: record.hosts ?? [])
        case .place: .place(target: record.target ?? [:])
        case .relocate: .relocate(from: record.from ?? "", to: record.to ?? "")
        }
    }

    @Sendable private static func unmake(_ goal: Goal) -> Record {
        switch goal {
        case .balance: Record(kind: .balance)
        case .powerSave: Record(kind: .powerSave)
        case .evacuate(let hosts): Record(kind: .evacuate, hosts: hosts)
        case .rolling(let hosts): Record(kind: .rolling, hosts: hosts)
        case .place(let target): Record(kind: .place, target: target)
        case .relocate(let from, let to): Record(kind: .relocate, from: from, to: to)
        }
    }
}
