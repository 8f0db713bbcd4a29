import ClusterModel

/// Why one host refuses a unit, and by how much or through what.
package struct MeasuredRefusal: Sendable, Hashable {
    /// What is missing of one resource: the amount above the host's limit, with the unit's load.
    package struct Excess: Sendable, Hashable {
        package let resource: Resource
        /// In the document's unit: cores, bytes, bytes per second, bits per second.
        package let amount: Double
    }

    package let constraint: String
    package let detail: String
    /// One a resource that is short; empty unless capacity refuses.
    package var excess: [Excess] = []
    /// The rule that refuses, when it is one.
    package var rule: String?
    /// Datastores, networks or CPU features that the host lacks.
    package var missing: [String] = []
}

extension RefusalFinder {
    /// As `refusal(of:on:)`, with the refusing amount, rule or name told apart from the words.
    package func measuredRefusal(of unit: Int, on host: Int) -> MeasuredRefusal? {
        guard let (constraint, detail) = refusal(of: unit, on: host) else { return nil }
        var measured = MeasuredRefusal(constraint: constraint, detail: detail)
        let vms = state.pool.members[unit].map { state.packed.vm(Int($0)) }
        let document = state.packed.host(host)
        switch constraint {
        case "datastore": measured.missing = Self.missing(vms.flatMap(\.datastores), document.datastores)
        case "network" where !vms.allSatisfy({ Self.missing($0.networks, document.networks).isEmpty }):
            measured.missing = Self.missing(vms.flatMap(\.networks), document.networks)
        case "cpuModel":
            measured.missing = Self.missing(vms.flatMap { $0.cpuFeatures ?? [] }, document.cpuFeatures)
        case "hostRule": measured.rule = refusingRule(vms, document)
        case "affinity", "antiAffinity": measured.rule = state.blockingGroup(unit, on: host)?.id
        default: break
        }
        if Resource.allCases.contains(where: { $0.name == constraint }), measured.missing.isEmpty {
            measured.excess = excess(of: unit, on: host)
        }
        return measured
    }

    private static func missing(_ wanted: [String], _ offered: [String]?) -> [String] {
        offered.map { offered in Set(wanted.filter { !offered.contains($0) }).sorted() } ?? []
    }

    private func refusingRule(_ vms: [VirtualMachine], _ host: Host) -> String? {
        state.packed.cluster.rules.first { rule in
            rule.required && !HostRuleConstraint.holds(rule, on: host)
                && vms.contains { rule.vms.selects(id: $0.id, labels: $0.labels) }
        }?.id
    }

    /// The worst slot of each resource that is short.
    private func excess(of unit: Int, on host: Int) -> [MeasuredRefusal.Excess] {
        let (packed, columns) = (state.packed, state.columns)
        return Resource.allCases.compactMap { resource in
            var worst: Int64 = 0
            for column in 0..<columns where packed.dimensions[column].resource == resource {
                let load = state.load[host * columns + column] + state.pool.load[unit * columns + column]
                worst = max(worst, load - packed.limit[host * columns + column])
            }
            guard worst > 0 else { return nil }
            return MeasuredRefusal.Excess(resource: resource, amount: Double(worst) / resource.unitsPerDocumentUnit)
        }
    }
}
