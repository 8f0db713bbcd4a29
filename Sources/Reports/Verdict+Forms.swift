import ClusterModel
import Placement

extension Explanation {
    static func lines(of verdicts: [VerdictFinder.Verdict], indent: String) -> [String] {
        verdicts.map { indent + TextTable.oneLine("\($0.constraint) (\($0.whom)): \($0.detail)") }
    }

    static func json(_ verdicts: [VerdictFinder.Verdict]) -> JSONValue {
        .array(values: verdicts.map(\.json))
    }
}

extension VerdictFinder.Verdict {
    /// The hosts that refuse, those together that refuse by the same amount, rule or lack.
    fileprivate var whom: String {
        guard !hosts.isEmpty else { return "any host" }
        var groups: [(how: String, hosts: [String])] = []
        for (host, refusal) in zip(hosts, measured) {
            let how = refusal.words
            if let position = groups.firstIndex(where: { $0.how == how }) {
                groups[position].hosts.append(host)
            } else {
                groups.append((how, [host]))
            }
        }
        let parts = groups.map { $0.how.isEmpty ? PlanWords.list($0.hosts) : "\(PlanWords.list($0.hosts)) \($0.how)" }
        return PlanWords.list(parts)
    }

    fileprivate var json: JSONValue {
        .object(fields: [
            "constraint": .string(value: constraint), "hosts": .strings(hosts), "detail": .string(value: detail),
            "byHost": .array(values: zip(hosts, measured).map { $1.json(host: $0) }),
        ])
    }
}

extension MeasuredRefusal {
    /// `by 1.5 GiB`, `by rule r1`, `without nfs2`; empty when the constraint says it all.
    fileprivate var words: String {
        if let rule { return "by rule \(rule)" }
        if !missing.isEmpty { return "without \(missing.joined(separator: ", "))" }
        return excess.isEmpty ? "" : "by " + excess.map(\.words).joined(separator: " and ")
    }

    fileprivate func json(host: String) -> JSONValue {
        var fields: [String: JSONValue] = ["host": .string(value: host), "detail": .string(value: detail)]
        if let rule { fields["rule"] = .string(value: rule) }
        if !missing.isEmpty { fields["missing"] = .strings(missing) }
        if !excess.isEmpty {
            fields["excess"] = .array(
                values: excess.map {
                    .object(fields: [
                        "resource": .string(value: $0.resource.name), "amount": .figure($0.amount, decimals: 9),
                        "unit": .string(value: $0.resource.unit),
                    ])
                })
        }
        return .object(fields: fields)
    }
}

extension MeasuredRefusal.Excess {
    fileprivate var words: String {
        switch resource {
        case .cpu: "\(Figures.short(amount)) cores"
        case .memory, .localDisk: Figures.bytes(amount) + (resource == .memory ? " of memory" : " of local disk")
        case .disk: "\(Figures.bytes(amount))/s of disk"
        case .network: Figures.rate(bitsPerSecond: amount)
        }
    }
}

extension Resource {
    fileprivate var unit: String {
        switch self {
        case .cpu: "cores"
        case .memory, .localDisk: "bytes"
        case .disk: "bytesPerSecond"
        case .network: "bitsPerSecond"
        }
    }
}
