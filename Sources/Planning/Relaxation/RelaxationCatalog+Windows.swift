import ClusterModel

/// What is worth trying when a plan is late: fewer and quicker moves.
extension RelaxationCatalog {
    /// VMs that are tried alone, hosts and links likewise.
    private static let mostOfAKind = 4
    private static let timesAsFast = [1.25, 1.5, 2, 2.5, 4, 10.0]

    /// The families for a window, those that change no promise first.
    func windowFamilies(beside links: [WindowAnswer.BusyLink]) -> [RelaxationFamily] {
        let lists =
            movesAtOnce() + slowest { vm in vm.migration == .live ? .coldMove(vm: vm.id) : nil }
            + slowest { .leaveOut(vm: $0.id) } + hostsFewer() + linksFaster(links)
        return lists.filter { !$0.isEmpty }.map(RelaxationFamily.init) + families()
    }

    private func movesAtOnce() -> [[Relaxation]] {
        let from = max(policy.defaults.maxMigrationsOut, policy.defaults.maxMigrationsIn)
        return [(from + 1..<from + 7).map { .movesAtOnce(from: from, to: $0) }]
    }

    /// The VMs on hosts that are to be empty that take longest: those with the most to copy.
    private func slowest(_ make: (VirtualMachine) -> Relaxation?) -> [[Relaxation]] {
        guard case .evacuate(let hosts) = goal else { return [] }
        let leaving = cluster.vms.filter { vm in vm.state != .stopped && vm.host.map { hosts.contains($0) } ?? false }
        let sizes = leaving.map { $0.memoryBytes + $0.localDiskBytes }
        let order = leaving.indices.sorted { sizes[$0] == sizes[$1] ? $0 < $1 : sizes[$0] > sizes[$1] }
        return order.prefix(Self.mostOfAKind).compactMap { make(leaving[$0]).map { [$0] } }
    }

    private func hostsFewer() -> [[Relaxation]] {
        guard case .evacuate(let hosts) = goal, hosts.count > 1 else { return [] }
        return hosts.prefix(Self.mostOfAKind).map { [.hostFewer(host: $0)] }
    }

    /// The links that hold up the plan, each alone, then all.
    private func linksFaster(_ links: [WindowAnswer.BusyLink]) -> [[Relaxation]] {
        let names = links.map(\.name)
        let hosts = cluster.hosts.filter { host in
            names.contains("the migration link out of \(host.id)")
                || names.contains("the migration link into \(host.id)")
        }
        let shared = cluster.links.enumerated().filter { _, link in
            let (first, second) = (link.first.text, link.second.text)
            return names.contains("the link from \(first) to \(second)")
                || names.contains("the link from \(second) to \(first)")
        }
        return hosts.map { host in Self.timesAsFast.map { .hostLink(host: host.id, times: $0) } }
            + shared.map { index, link in
                let name = "\(link.first.text) and \(link.second.text)"
                return Self.timesAsFast.map { .sharedLink(index: index, name: name, times: $0) }
            }
            + [Self.timesAsFast.map { .allLinks(times: $0) }]
    }
}
