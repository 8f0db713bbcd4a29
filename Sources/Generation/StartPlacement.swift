import ClusterModel

/// Puts VMs on hosts so that memory and CPU, in every slot of the day, stay below the situation's ceilings.
struct StartPlacement {
    private let slots: Int
    private var places: [Place]
    /// CPU per host and slot, host after host.
    private var cores: [Double]
    /// Sums of the hosts' weights, to draw a host by bisection.
    private var sums: [Double] = []

    private struct Place {
        var host: Int
        var freeBytes: Int64
        var ceilingCores: Double
    }

    /// - Parameter skew: 0 fills hosts in proportion to their size; 1 gives the favoured ones twice as much and the
    ///   others next to nothing.
    init(hosts: [Host], situation: Situation, slots: Int, using generator: inout some RandomNumberGenerator) {
        self.slots = slots
        places = []
        var sum = 0.0
        for (index, host) in hosts.enumerated() where host.state == .on || host.state == .maintenance {
            places.append(
                Place(
                    host: index, freeBytes: Int64(Double(host.capacityMemoryBytes) * situation.memoryCeiling),
                    ceilingCores: host.capacityCores * situation.cpuCeiling))
            let favour = 1 + situation.skew * (2 * generator.unit() - 1)
            sum += Double(host.capacityMemoryBytes) * favour
            sums.append(sum)
        }
        cores = [Double](repeating: 0, count: places.count * slots)
    }

    /// The host for a VM, which then counts there; `nil` when no host has room.
    mutating func place(_ machine: VirtualMachine, using generator: inout some RandomNumberGenerator) -> Int? {
        guard !places.isEmpty else { return nil }
        for _ in 0..<12 {
            let drawn = draw(using: &generator)
            if fits(machine, at: drawn) { return settle(machine, at: drawn) }
        }
        let start = generator.index(below: places.count)
        for offset in 0..<places.count {
            let candidate = (start + offset) % places.count
            if fits(machine, at: candidate) { return settle(machine, at: candidate) }
        }
        return nil
    }

    private func draw(using generator: inout some RandomNumberGenerator) -> Int {
        let ticket = generator.unit() * (sums.last ?? 0)
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > ticket { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func fits(_ machine: VirtualMachine, at index: Int) -> Bool {
        guard machine.state != .stopped else { return true }
        guard machine.memoryBytes <= places[index].freeBytes else { return false }
        guard machine.state == .running else { return true }
        let ceiling = places[index].ceilingCores
        for slot in 0..<slots where cores[index * slots + slot] + Self.load(of: machine, slot: slot) > ceiling {
            return false
        }
        return true
    }

    private mutating func settle(_ machine: VirtualMachine, at index: Int) -> Int {
        guard machine.state != .stopped else { return places[index].host }
        places[index].freeBytes -= machine.memoryBytes
        guard machine.state == .running else { return places[index].host }
        for slot in 0..<slots { cores[index * slots + slot] += Self.load(of: machine, slot: slot) }
        return places[index].host
    }

    private static func load(of machine: VirtualMachine, slot: Int) -> Double {
        guard let profile = machine.profile else { return machine.demand.cpuCores }
        return profile.cpuCores[slot]
    }
}
