internal import ClusterModel

extension ClusterView {
    /// How many VMs would find no room, summed over the failure of each host that holds VMs together with the fullest
    /// others: first-fit decreasing by memory over the hosts that are on and stay on, within full capacity.
    ///
    /// - Complexity: O(hosts x VMs per host x hosts) at worst; most VMs fit on the first hosts tried.
    func spareShortfall() -> Int {
        guard policy.spareHosts > 0 else { return 0 }
        let cells = hosts.values.filter { $0.state == .on || $0.state == .maintenance }.sorted { $0.id < $1.id }
            .map { Cell(host: $0, view: self) }
        let fullest = cells.indices.filter { !cells[$0].vms.isEmpty }
            .sorted { (cells[$1].fill, cells[$0].host.id) < (cells[$0].fill, cells[$1].host.id) }
        var shortfall = 0
        for failing in cells.indices where !cells[failing].vms.isEmpty {
            let others = fullest.lazy.filter { $0 != failing }.prefix(policy.spareHosts - 1)
            shortfall += homeless(after: [failing] + others, cells: cells)
        }
        return shortfall
    }

    private struct Cell {
        let host: Host
        let takesVMs: Bool
        let vms: [VirtualMachine]
        let fill: Double
        var freeCores: Double
        var freeBytes: Double

        init(host: Host, view: ClusterView) {
            self.host = host
            takesVMs = host.state == .on && !view.leaving.contains(host.id)
            vms = (view.residents[host.id] ?? []).compactMap { view.vms[$0] }.filter { $0.state != .stopped }
            let peaks = vms.map { Peak(of: $0, view: view) }
            freeCores = host.capacityCores - peaks.reduce(0) { $0 + $1.cores }
            freeBytes = Double(host.capacityMemoryBytes) - peaks.reduce(0) { $0 + $1.bytes }
            fill = 1 - freeBytes / Double(max(1, host.capacityMemoryBytes))
        }
    }

    private struct Peak {
        let cores: Double
        let bytes: Double

        init(of vm: VirtualMachine, view: ClusterView) {
            let need = Need(of: vm, in: view)
            cores = need.cpuCores.max() ?? 0
            bytes = need.memoryBytes.max() ?? 0
        }
    }

    private func homeless(after failed: [Int], cells: [Cell]) -> Int {
        var cells = cells
        let failing = Set(failed)
        var victims: [String: (vm: VirtualMachine, peak: Peak)] = [:]
        for index in failed {
            for vm in cells[index].vms where vm.restartOnFailure { victims[vm.id] = (vm, Peak(of: vm, view: self)) }
        }
        let ordered = victims.values.sorted { ($1.peak.bytes, $0.vm.id) < ($0.peak.bytes, $1.vm.id) }
        var count = 0
        for (vm, peak) in ordered {
            let target = cells.indices.first { index in
                let cell = cells[index]
                return cell.takesVMs && !failing.contains(index) && peak.cores <= cell.freeCores
                    && peak.bytes <= cell.freeBytes && vm.reaches(cell.host)
            }
            guard let target else {
                count += 1
                continue
            }
            cells[target].freeCores -= peak.cores
            cells[target].freeBytes -= peak.bytes
        }
        return count
    }
}

extension VirtualMachine {
    /// Whether its processor, datastores and networks are there.
    fileprivate func reaches(_ host: Host) -> Bool {
        if let architecture, let other = host.architecture, architecture != other { return false }
        if let cpuFeatures, let offered = host.cpuFeatures {
            guard Set(cpuFeatures).isSubset(of: offered) else { return false }
        } else if let cpuModel, host.cpuModel != cpuModel {
            return false
        }
        if let offered = host.datastores, !Set(datastores).isSubset(of: offered) { return false }
        if let offered = host.networks, !Set(networks).isSubset(of: offered) { return false }
        return true
    }
}
