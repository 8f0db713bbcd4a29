import ClusterModel

/// A refusal of `drover.plan/1`: of a VM, a rule or a host.
enum RefusalShape {
    static let shape = record.mapped(blank: make(Record()), from: make, to: unmake)

    private struct Record: Sendable {
        var vm: String?
        var from: String?
        var rule: String?
        var host: String?
        var reasons: [Refusal.Reason] = []
        var unblock: String?
    }

    private static let record = Shape<Record>.object(
        Record(),
        [
            .optional("vm", \.vm, .name),
            .optional("from", \.from, .name, about: "The host of the VM."),
            .optional("rule", \.rule, .name),
            .optional("host", \.host, .name),
            .required("reasons", \.reasons, reason.list()),
            .optional("unblock", \.unblock, .text, about: "What would change the answer."),
        ],
        rules: [.exactlyOne(of: ["vm", "rule", "host"]), fromOnlyWithVM])

    private static let fromOnlyWithVM = ObjectRule<Record>(
        schema: .object(fields: [
            "dependentRequired": .object(fields: ["from": .array(values: [.string(value: "vm")])])
        ])
    ) { _, view, reader in
        guard let from = view.node("from", reader), !view.isPresent("vm", reader) else { return true }
        reader.report(from, found: "a value", allowed: "none without vm")
        return false
    }

    private static let blankReason = Refusal.Reason(constraint: "", hosts: [], detail: "")

    private static let reason = Shape<Refusal.Reason>.object(
        blankReason,
        [
            .required("constraint", \.constraint, .name),
            .defaulted("hosts", \.hosts, .names(), of: blankReason, isAlwaysWritten: true),
            .required("detail", \.detail, .text),
        ])

    @Sendable private static func make(_ record: Record) -> Refusal {
        let subject: Refusal.Subject
        if let rule = record.rule {
            subject = .rule(id: rule)
        } else if let host = record.host {
            subject = .host(id: host)
        } else {
            subject = .vm(id: record.vm ?? "", from: record.from)
        }
        return Refusal(subject: subject, reasons: record.reasons, unblock: record.unblock)
    }

    @Sendable private static func unmake(_ refusal: Refusal) -> Record {
        var record = Record(reasons: refusal.reasons, unblock: refusal.unblock)
        switch refusal.subject {
        case .vm(let id, let from): (record.vm, record.from) = (id, from)
        case .rule(let id): record.rule = id
        case .host(let id): record.host = id
        }
        return record
    }
}
