import ClusterModel

/// Says why a unit cannot be on the hosts of a state: one reason a constraint, with the hosts it refuses.
package struct RefusalFinder {
    let state: PlacementState

    package init(state: PlacementState) { self.state = state }

    /// Reasons in the order in which they first occur over the hosts.
    package func reasons(for unit: Int) -> [Unreached.Reason] {
        if let pin = state.pool.pin[unit] {
            return [Unreached.Reason(constraint: pin.constraint, hosts: [], detail: pin.detail)]
        }
        var found: [(constraint: String, detail: String, hosts: [Int])] = []
        for host in 0..<state.packed.hostCount where host != Int(state.pool.home[unit]) {
            guard let (constraint, detail) = refusal(of: unit, on: host) else { continue }
            if let index = found.firstIndex(where: { $0.constraint == constraint }) {
                found[index].hosts.append(host)
            } else {
                found.append((constraint, detail, [host]))
            }
        }
        return found.map { Unreached.Reason(constraint: $0.constraint, hosts: $0.hosts, detail: $0.detail) }
    }

    /// The first constraint that keeps the unit off the host; `nil` when it may go there.
    package func refusal(of unit: Int, on host: Int) -> (constraint: String, detail: String)? {
        let packed = state.packed
        let name = packed.host(host).id
        for vm in state.pool.members[unit] {
            if let (constraint, detail) = packed.eligibility.refusal(vm: Int(vm), host: host, in: packed) {
                return (constraint, "\(name) \(detail)")
            }
        }
        guard state.isOpen[host] else { return ("hostState", "\(name) takes no VMs in this plan") }
        for vm in state.pool.members[unit] {
            let rate = packed.paths.bandwidth(from: Int(packed.home[Int(vm)]), to: host)
            if let (constraint, detail) = packed.migrationRefusal(of: Int(vm), bandwidthBitsPerSecond: rate) {
                return (constraint, "to \(name): \(detail)")
            }
        }
        if let group = state.blockingGroup(unit, on: host) {
            let kind = group.kind == .together ? "affinity" : "antiAffinity"
            return (kind, "rule \(group.id) on \(name)")
        }
        return capacityRefusal(of: unit, on: host)
    }

    private func capacityRefusal(of unit: Int, on host: Int) -> (constraint: String, detail: String)? {
        let (packed, columns) = (state.packed, state.columns)
        for column in 0..<columns {
            let load = state.load[host * columns + column] + state.pool.load[unit * columns + column]
            let limit = packed.limit[host * columns + column]
            guard load > limit else { continue }
            let resource = packed.dimensions[column].resource
            let scale = resource.unitsPerDocumentUnit
            let over = Double(load - limit) / scale
            return (resource.name, "\(packed.host(host).id) would be \(Self.figure(over, resource)) above its limit")
        }
        return nil
    }

    private static func figure(_ amount: Double, _ resource: Resource) -> String {
        switch resource {
        case .cpu: "\((amount * 100).rounded(.up) / 100) cores"
        case .memory, .localDisk: "\((amount / 1_048_576).rounded(.up)) MiB"
        case .disk: "\((amount / 1e6).rounded(.up)) MB/s"
        case .network: "\((amount / 1e6).rounded(.up)) Mbit/s"
        }
    }
}
