import ClusterModel
import Placement

/// Keeps spare capacity while VMs move: no move may start that would leave a failing host's VMs without room.
///
/// The exact question, asked by `SpareCapacity`, costs a walk over all VMs. So a bound is kept beside it that answers
/// most of them at once. For a host g let w(g) be the least, over the dimensions d, of (free(g,d) - largest VM(d)) /
/// demand(d), within 0...1, where demand(d) is the most that the failing hosts can hold. While a VM of a failed host
/// finds no room, every g is filled beyond w(g) of the demand in some dimension, and the demand can do that only for
/// hosts whose w sum to the number of dimensions. So when the w of the hosts that do not fail sum to more, everything
/// finds room, in whatever order it is placed.
struct ExactSpareGuard: Sendable {
    private static let one: Int64 = 1 << 30

    private let spareHosts: Int
    private let columns: Int
    private let exact: SpareCapacity
    private var staysOn: [Bool]
    /// Hosts on which every VM can be started: only these count in the bound.
    private let isUniversal: [Bool]
    private let demand: [Int64]
    private let largest: [Int64]
    private let capacity: [Int64]
    private let vmLoad: [Int64]
    /// VMs without room before anything is switched; what the plan may not exceed.
    private let allowedShortfall: Int
    private var weight: [Int64]
    private var weightSum: Int64 = 0
    /// VMs that need room when the host fails; one on the move goes on at its source when its destination fails.
    private var residents: [[Int32]]
    private var inFlight: [Flight] = []

    /// A move that runs, or is about to.
    private struct Flight {
        let vm: Int32
        let from: Int
        let to: Int
        /// In milliseconds on the plan's clock.
        let endsAt: Int64
    }

    /// Walks over all VMs so far: the work that a search has to answer for.
    private(set) var exactQuestions = 0

    init(workload: Workload, staysOn: [Bool]) {
        let packed = workload.packed
        spareHosts = packed.policy.spareHosts
        columns = packed.dimensionCount
        capacity = packed.capacity
        vmLoad = packed.load
        exact = SpareCapacity(packed: packed)
        self.staysOn = staysOn
        residents = packed.residents
        isUniversal = Self.universalHosts(of: packed)
        demand = Self.largestDemand(of: packed, load: workload.load)
        largest = (0..<packed.dimensionCount).map { column in
            (0..<packed.vmCount).reduce(0) { max($0, packed.load[$1 * packed.dimensionCount + column]) }
        }
        // What the closings themselves cost is weighed by `lastsThroughClosings`.
        allowedShortfall = max(
            exact.shortfall(residents: packed.residents, load: workload.load, staysOn: SpareGuard.isOn(workload)),
            exact.shortfall(residents: packed.residents, load: workload.load, staysOn: staysOn))
        weight = [Int64](repeating: 0, count: packed.hostCount)
        for host in 0..<packed.hostCount { refresh(host, load: workload.load) }
    }

    private static func universalHosts(of packed: PackedCluster) -> [Bool] {
        var representatives: [Int: Int] = [:]
        for vm in 0..<packed.vmCount { representatives[packed.reach.classOf(vm: vm)] = vm }
        let vms = representatives.values.sorted()
        return (0..<packed.hostCount).map { host in vms.allSatisfy { packed.reach.allows(vm: $0, host: host) } }
    }

    /// The most of each dimension that the failing hosts can hold together.
    private static func largestDemand(of packed: PackedCluster, load: [Int64]) -> [Int64] {
        let columns = packed.dimensionCount
        return (0..<columns).map { column in
            var total: Int64 = 0
            var most: Int64 = 0
            for host in 0..<packed.hostCount {
                let index = host * columns + column
                total += load[index]
                most = max(most, load[index], packed.limit[index])
            }
            // A VM on the move counts twice, and nothing can ever hold more than everything twice.
            return min(most, 2 * total) * Int64(clamping: min(packed.policy.spareHosts, packed.hostCount))
        }
    }

    // MARK: The bound

    private mutating func refresh(_ host: Int, load: [Int64]) {
        guard staysOn[host], isUniversal[host] else { return }
        var least = Self.one
        for column in 0..<columns where demand[column] > 0 {
            let index = host * columns + column
            let room = capacity[index] - load[index] - largest[column]
            guard room > 0 else {
                least = 0
                break
            }
            least = min(least, Int64(Double(room) / Double(demand[column]) * Double(Self.one)))
        }
        weightSum += least - weight[host]
        weight[host] = least
    }

    private var isCertain: Bool {
        weightSum - Int64(spareHosts) * Self.one > Int64(columns) * Self.one
    }

    // MARK: Moves

    /// Starts over from another placement, in which nothing moves.
    mutating func stand(residents: [[Int32]], load: [Int64]) {
        self.residents = residents
        inFlight.removeAll(keepingCapacity: true)
        for host in residents.indices { refresh(host, load: load) }
    }

    /// A host has been switched on or opened, and stays so.
    mutating func opened(_ host: Int, load: [Int64]) {
        staysOn[host] = true
        refresh(host, load: load)
    }

    /// Whether nothing gets worse than the start: not now, with the VM at both ends, as `load` has it, and not when the
    /// moves under way end one after the other.
    mutating func allowsMove(of vm: Int32, from source: Int, to host: Int, endsAt: Int64, load: [Int64]) -> Bool {
        refresh(host, load: load)
        if isCertain { return true }
        let (flights, standing) = (inFlight, residents)
        defer { (inFlight, residents) = (flights, standing) }
        inFlight.append(Flight(vm: vm, from: source, to: host, endsAt: endsAt))
        var load = load
        guard isSafe(load) else { return false }
        for flight in inFlight.sorted(by: { ($0.endsAt, $0.vm) < ($1.endsAt, $1.vm) }) {
            let base = flight.from * columns
            for column in 0..<columns { load[base + column] -= vmLoad[Int(flight.vm) * columns + column] }
            arrive(flight)
            guard isSafe(load) else { return false }
        }
        return true
    }

    /// Whether no more VMs would find no room than at the start, as things stand in `residents` and `inFlight`.
    private mutating func isSafe(_ load: [Int64]) -> Bool {
        exactQuestions += 1
        let limit = allowedShortfall + 1
        if exact.shortfall(residents: residents, load: load, staysOn: staysOn, stoppingAt: limit) < limit {
            return true
        }
        return spareHosts == 1 && shortfallWithReturnedRoom(load: load) < limit
    }

    private mutating func arrive(_ flight: Flight) {
        inFlight.removeAll { $0.vm == flight.vm }
        if let position = residents[flight.from].firstIndex(of: flight.vm) {
            residents[flight.from].remove(at: position)
        }
        residents[flight.to].append(flight.vm)
    }

    /// As `SpareCapacity` counts, but when the source of a move fails, what was held for its VM at the destination is
    /// free for it again. Only for single failures: with more, which hosts fail together depends on all of them.
    private mutating func shortfallWithReturnedRoom(load: [Int64]) -> Int {
        exactQuestions += 1
        let sources = Set(inFlight.map(\.from)).sorted()
        var others = residents
        for source in sources { others[source] = [] }
        var total = exact.shortfall(residents: others, load: load, staysOn: staysOn)
        var one = [[Int32]](repeating: [], count: residents.count)
        for source in sources where total <= allowedShortfall {
            one[source] = residents[source]
            total += exact.shortfall(residents: one, load: self.load(load, withoutMovesFrom: source), staysOn: staysOn)
            one[source] = []
        }
        return total
    }

    private func load(_ load: [Int64], withoutMovesFrom source: Int) -> [Int64] {
        var load = load
        for flight in inFlight where flight.from == source {
            for column in 0..<columns {
                load[flight.to * columns + column] -= vmLoad[Int(flight.vm) * columns + column]
            }
        }
        return load
    }

    /// Takes back what `allowsMove` noted, when the move does not start after all.
    mutating func forget(_ host: Int, load: [Int64]) { refresh(host, load: load) }

    mutating func started(vm: Int32, from source: Int, to host: Int, endsAt: Int64) {
        inFlight.append(Flight(vm: vm, from: source, to: host, endsAt: endsAt))
    }

    mutating func ended(vm: Int32, from source: Int, to host: Int, load: [Int64]) {
        arrive(Flight(vm: vm, from: source, to: host, endsAt: 0))
        refresh(source, load: load)
    }
}
