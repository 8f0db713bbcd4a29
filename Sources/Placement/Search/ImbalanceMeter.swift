package import ClusterModel

/// Keeps the imbalance of a placement up to date while units move: the weighted sum, over resources, of the population
/// standard deviation of the used fraction over the hosts that are on.
///
/// The load is that of `demand` now (memory as the policy counts it), whatever profiles say: this is what the operator
/// sees on the hosts, and what the plan's summary reports.
package struct ImbalanceMeter: Sendable {
    /// Weights of the resources that count, and their columns below.
    let weights: [Double]
    private let resources: Int
    private let counts: [Bool]
    let hostsCounted: Double
    /// `share[unit * resources + r]`: load of a unit in document units.
    private let amount: [Double]
    /// `perUnit[host * resources + r]`: one over the host's capacity; 0 for hosts that do not count.
    private let perUnit: [Double]
    private var fraction: [Double]
    private var sum: [Double]
    private var squares: [Double]

    package init(pool: UnitPool, weights: BalanceWeights) {
        let packed = pool.packed
        let (hosts, policy) = (packed.cluster.hosts, packed.policy)
        let columns: [Column] = [
            Column(weight: weights.cpu, amount: { $0.cpu }, capacity: { $0.capacityCores }),
            Column(
                weight: weights.memory, amount: { policy.memory == .configured ? $0.configured : $0.memory },
                capacity: { Double($0.capacityMemoryBytes) }),
            Column(weight: weights.disk, amount: { $0.disk }, capacity: { $0.diskBytesPerSecond ?? 0 }),
            Column(weight: weights.network, amount: { $0.network }, capacity: { $0.networkBitsPerSecond ?? 0 }),
            Column(weight: weights.vcpus, amount: { $0.vcpus }, capacity: { $0.cpuCores }),
        ].filter { $0.weight > 0 }
        self.weights = columns.map(\.weight)
        resources = columns.count
        counts = hosts.map { $0.state == .on }
        hostsCounted = Double(max(counts.count { $0 }, 1))
        amount = pool.members.flatMap { vms in
            let held = vms.map { HeldNow(packed.vm(Int($0))) }
            return columns.map { column in held.reduce(0) { $0 + column.amount($1) } }
        }
        perUnit = hosts.flatMap { host in
            columns.map { host.state == .on && $0.capacity(host) > 0 ? 1 / $0.capacity(host) : 0 }
        }
        fraction = [Double](repeating: 0, count: hosts.count * resources)
        sum = [Double](repeating: 0, count: resources)
        squares = [Double](repeating: 0, count: resources)
    }

    private struct Column {
        let weight: Double
        let amount: (HeldNow) -> Double
        let capacity: (Host) -> Double
    }

    /// What a VM holds at `takenAt`: a paused one memory only.
    private struct HeldNow {
        let cpu, memory, configured, disk, network, vcpus: Double

        init(_ vm: VirtualMachine) {
            let runs = vm.state == .running
            cpu = runs ? vm.demand.cpuCores : 0
            memory = vm.demand.memoryBytes
            configured = Double(vm.memoryBytes)
            disk = runs ? vm.demand.diskBytesPerSecond : 0
            network = runs ? vm.demand.networkBitsPerSecond : 0
            vcpus = runs ? Double(vm.vcpus) : 0
        }
    }

    /// Starts over from a placement; also what keeps rounding errors from adding up.
    package mutating func reset(to hostOf: [Int32]) {
        for index in fraction.indices { fraction[index] = 0 }
        for unit in hostOf.indices where hostOf[unit] >= 0 {
            let host = Int(hostOf[unit])
            for r in 0..<resources {
                fraction[host * resources + r] += amount[unit * resources + r] * perUnit[host * resources + r]
            }
        }
        for r in 0..<resources {
            sum[r] = 0
            squares[r] = 0
            for host in counts.indices where counts[host] {
                let used = fraction[host * resources + r]
                sum[r] += used
                squares[r] += used * used
            }
        }
    }

    package var imbalance: Double {
        var total = 0.0
        for r in 0..<resources { total += weights[r] * deviation(sum[r], squares[r]) }
        return total
    }

    /// The imbalance after a unit's move from one host to another.
    package func imbalance(moving unit: Int, from source: Int, to destination: Int) -> Double {
        var total = 0.0
        for r in 0..<resources {
            let load = amount[unit * resources + r]
            let (s, d) = (source * resources + r, destination * resources + r)
            let (left, joined) = (load * perUnit[s], load * perUnit[d])
            let (old, new) = (fraction[s], fraction[d])
            let change = joined * (2 * new + joined) - left * (2 * old - left)
            total += weights[r] * deviation(sum[r] + joined - left, squares[r] + change)
        }
        return total
    }

    /// The imbalance after two units change places.
    package func imbalance(swapping first: Int, on a: Int, with second: Int, on b: Int) -> Double {
        var total = 0.0
        for r in 0..<resources {
            let difference = amount[second * resources + r] - amount[first * resources + r]
            let (atA, atB) = (a * resources + r, b * resources + r)
            let (gain, loss) = (difference * perUnit[atA], difference * perUnit[atB])
            let change = gain * (2 * fraction[atA] + gain) - loss * (2 * fraction[atB] - loss)
            total += weights[r] * deviation(sum[r] + gain - loss, squares[r] + change)
        }
        return total
    }

    package mutating func move(_ unit: Int, from source: Int, to destination: Int) {
        for r in 0..<resources {
            add(-amount[unit * resources + r] * perUnit[source * resources + r], to: source * resources + r, r)
            add(amount[unit * resources + r] * perUnit[destination * resources + r], to: destination * resources + r, r)
        }
    }

    private mutating func add(_ change: Double, to index: Int, _ r: Int) {
        let old = fraction[index]
        fraction[index] = old + change
        sum[r] += change
        squares[r] += change * (2 * old + change)
    }

    // MARK: For a search's own sums

    func amount(unit: Int, _ resource: Int) -> Double { amount[unit * resources + resource] }

    func perUnit(host: Int, _ resource: Int) -> Double { perUnit[host * resources + resource] }

    func fraction(host: Int, _ resource: Int) -> Double { fraction[host * resources + resource] }

    func mean(_ resource: Int) -> Double { sum[resource] / hostsCounted }

    /// The sum, over the hosts, of the squared distances from the mean.
    func squaresAboutMean(_ resource: Int) -> Double {
        max(0, squares[resource] - sum[resource] * sum[resource] / hostsCounted)
    }

    private func deviation(_ sum: Double, _ squares: Double) -> Double {
        let mean = sum / hostsCounted
        return max(0, squares / hostsCounted - mean * mean).squareRoot()
    }
}
