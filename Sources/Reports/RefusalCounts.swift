public import ClusterModel

/// How often each constraint refuses in a plan, the most frequent first.
public struct RefusalCounts: Sendable {
    struct Entry {
        let constraint: String
        /// VMs, rules or hosts that it refuses.
        let subjects: Int
        /// Hosts that it rules out for them, in all.
        let hosts: Int
    }

    let entries: [Entry]

    public init(_ plan: Plan) {
        var counts: [String: (subjects: Int, hosts: Int)] = [:]
        for refusal in plan.refusals {
            var seen: Set<String> = []
            for reason in refusal.reasons {
                var count = counts[reason.constraint] ?? (0, 0)
                if seen.insert(reason.constraint).inserted { count.subjects += 1 }
                count.hosts += reason.hosts.count
                counts[reason.constraint] = count
            }
        }
        entries = counts.map { Entry(constraint: $0.key, subjects: $0.value.subjects, hosts: $0.value.hosts) }
            .sorted { ($1.subjects, $1.hosts, $0.constraint) < ($0.subjects, $0.hosts, $1.constraint) }
    }

    /// `memory 3, datastore 1`; empty when nothing is refused.
    public var words: String { entries.map { "\($0.constraint) \($0.subjects)" }.joined(separator: ", ") }

    var json: JSONValue {
        .array(
            values: entries.map {
                .object(fields: [
                    "constraint": .string(value: $0.constraint), "refusals": .count($0.subjects),
                    "hosts": .count($0.hosts),
                ])
            })
    }
}
