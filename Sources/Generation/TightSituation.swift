import ClusterModel

/// A cluster with no room to spare: hosts of one size filled so far that, under a memory limit of 95 %, no VM fits
/// anywhere but into the first host; three VMs of equal size must change places in a ring.
struct TightSituation {
    let options: ClusterOptions
    let situation: Situation

    /// Puts every VM on a host, resizing it for the purpose, and returns the rules of the ring.
    func arrange(
        _ machines: inout [VirtualMachine], on hosts: [Host], using generator: inout some RandomNumberGenerator
    ) -> [Rule] {
        let open = hosts.indices.filter { hosts[$0].state == .on }
        guard !open.isEmpty, !machines.isEmpty else { return [] }
        var residents = [[Int]](repeating: [], count: open.count)
        // Host after host; the first gets its share last and one less.
        for index in machines.indices {
            let position = open.count > 1 ? (index + 1) % open.count : 0
            residents[position].append(index)
        }
        for (position, list) in residents.enumerated() {
            let place = (host: hosts[open[position]], isFirst: position == 0, isHot: position % 2 == 1)
            fill(place, with: list, &machines, &generator)
        }
        return ring(residents: residents, open: open.map { hosts[$0].id }, machines: machines)
    }

    /// Shares memory among the VMs, nearly equally, up to a gap to the limit that is smaller than any of them: with n
    /// parts the gap is at most 0.6 / n of the limit, and the smallest VM at least (1 - 0.3 / n)^2 / n of it.
    private func fill(
        _ place: (host: Host, isFirst: Bool, isHot: Bool), with list: [Int], _ machines: inout [VirtualMachine],
        _ generator: inout some RandomNumberGenerator
    ) {
        guard !list.isEmpty else { return }
        let capacity = Double(place.host.capacityMemoryBytes)
        // The first host has room for one VM more.
        let parts = Double(max(list.count, 2) + (place.isFirst ? 1 : 0))
        let gap = 0.3 * 0.95 / parts
        let share = (0.95 - gap) / parts
        let fill = (place.isHot ? 0.75 : 0.2) * situation.cpuFill / 0.45
        let coresEach = place.host.capacityCores * min(fill, 1) / Double(list.count)
        for (order, index) in list.enumerated() {
            // The first of each host has exactly the share, so that the ring closes.
            let factor = order == 0 ? 1 : 1 - 0.3 / parts * generator.unit()
            let memory = max(Int64(capacity * share * factor) / (64 * mebibyte) * (64 * mebibyte), 64 * mebibyte)
            machines[index].host = place.host.id
            machines[index].state = .running
            machines[index].memoryBytes = memory
            machines[index].demand.memoryBytes = (Double(memory) * 0.8).rounded()
            machines[index].demand.cpuCores = (coresEach * generator.number(from: 0.8, to: 1)).thousandths
            machines[index].vcpus = max(1, Int((2 * coresEach).rounded(.up)))
        }
    }

    private func ring(residents: [[Int]], open: [String], machines: [VirtualMachine]) -> [Rule] {
        let closed = residents.indices.dropFirst().filter { !residents[$0].isEmpty }.prefix(3)
        guard closed.count > 1 else { return [] }
        return closed.enumerated().map { order, position in
            let next = closed[closed.startIndex + (order + 1) % closed.count]
            return Rule(
                id: "r\(order + 1)", kind: .hostAffinity(hosts: .ids(ids: [open[next]])),
                vms: .ids(ids: [machines[residents[position][0]].id]))
        }
    }
}
