import ClusterModel

/// Lower bounds on the hosts that must be on and on the watts that they draw, whatever the placement.
///
/// However the VMs are packed, the hosts on must hold their sum in every dimension. Hosts that cannot be switched, and
/// hosts with a VM that cannot leave, are on in any case. VMs on hosts in maintenance stay there and are left out.
package struct HostBound {
    private let packed: PackedCluster
    /// Hosts that are on whatever is planned, and those that may be on.
    private let forced: [Int]
    private let optional: [Int]
    private let needsSpareRoom: Bool

    /// - Parameter needsSpareRoom: whether every failure must be survived: a plan need not where the start does not.
    package init(pool: UnitPool, needsSpareRoom: Bool) {
        packed = pool.packed
        let packed = packed
        self.needsSpareRoom = needsSpareRoom && packed.policy.spareHosts > 0
        var isHeld = [Bool](repeating: false, count: packed.hostCount)
        for unit in 0..<pool.count where pool.pin[unit] != nil { isHeld[Int(pool.home[unit])] = true }
        forced = (0..<packed.hostCount).filter { packed.takesVMs[$0] && (!packed.canSwitchOff[$0] || isHeld[$0]) }
        let isForced = Set(forced)
        optional = (0..<packed.hostCount).filter {
            (packed.takesVMs[$0] || packed.canWake[$0]) && !isForced.contains($0)
        }
    }

    /// Hosts that are on and take no VMs: they stay on.
    private var bystanders: [Int] {
        (0..<packed.hostCount).filter { packed.host($0).state == .on && !packed.takesVMs[$0] }
    }

    /// The fewest hosts whose room, largest first, adds up to the load, over all dimensions.
    package func hostsNeeded() -> Int {
        var needed = max(forced.count, packed.policy.powerSave.minimumHostsOn)
        for column in 0..<packed.dimensionCount {
            needed = max(needed, hosts(for: load(column), column: column, room: room))
            // With the largest host failed, the rest must hold in full all that is to be restarted or runs there.
            if needsSpareRoom, packed.dimensions[column].resource != .localDisk {
                needed = max(
                    needed, hosts(for: restartable(column), column: column, room: fullRoom, largestFails: true))
            }
        }
        return needed + bystanders.count
    }

    /// The fewest hosts, those forced among them, whose rooms, without the largest when one fails, reach the load.
    private func hosts(for load: Int64, column: Int, room: (Int, Int) -> Int64, largestFails: Bool = false) -> Int {
        let others = optional.map { room($0, column) }.sorted(by: >)
        // The largest stands apart: taken off a sum that is cut at "unlimited" it would leave nothing of the rest.
        var (rest, largest): (Int64, Int64) = (0, 0)
        func add(_ room: Int64) {
            rest = Self.sum(rest, min(room, largest))
            largest = max(largest, room)
        }
        func isEnough() -> Bool { (largestFails ? rest : Self.sum(rest, largest)) >= load }
        for host in forced { add(room(host, column)) }
        var count = forced.count
        for room in others {
            if isEnough() { break }
            add(room)
            count += 1
        }
        return count
    }

    /// Watts of the hosts as they are counted in a plan, at the load now: never more than any placement draws.
    ///
    /// Hosts on draw their idle watts and, for each core in use, at least the flattest chord of their curve. Which
    /// hosts are on is relaxed to fractions of hosts: for each dimension, the cheapest that hold the load.
    package func watts() -> Double {
        let power = packed.power
        var fixed = 0.0
        for host in 0..<packed.hostCount {
            switch packed.host(host).state {
            case .maintenance: fixed += power.idleWatts(of: host)
            case .failed: break
            case .on, .standby, .off: fixed += power.wattsWhenOff(host)
            }
        }
        for host in forced + bystanders { fixed += power.idleSaving(of: host) }
        var idle = 0.0
        for column in 0..<packed.dimensionCount { idle = max(idle, leastIdleWatts(column)) }
        let cores = (0..<packed.vmCount).filter { packed.takesVMs[Int(packed.home[$0])] }
            .reduce(0.0) { $0 + Double(packed.coresNow[$1]) / 1e9 }
        let slope = (forced + optional).map { power.leastWattsPerCore($0) }.min() ?? 0
        return fixed + idle + cores * slope
    }

    private func leastIdleWatts(_ column: Int) -> Double {
        var left = Double(load(column)) - forced.reduce(0.0) { $0 + Double(room($1, column)) }
        let priced = optional.map { host -> (watts: Double, room: Double) in
            (max(0, packed.power.idleSaving(of: host)), Double(room(host, column)))
        }
        var watts = 0.0
        for host in priced.filter({ $0.room > 0 }).sorted(by: { $0.watts * $1.room < $1.watts * $0.room })
        where left > 0 {
            let share = min(1, left / host.room)
            watts += share * host.watts
            left -= share * host.room
        }
        return watts
    }

    // MARK: Loads and rooms

    private func load(_ column: Int) -> Int64 {
        (0..<packed.vmCount).filter { packed.takesVMs[Int(packed.home[$0])] }.reduce(0) {
            Self.sum($0, held($1, column))
        }
    }

    private func restartable(_ column: Int) -> Int64 {
        (0..<packed.vmCount).filter { packed.takesVMs[Int(packed.home[$0])] && packed.restarts[$0] }
            .reduce(0) { Self.sum($0, held($1, column)) }
    }

    private func held(_ vm: Int, _ column: Int) -> Int64 { packed.load[vm * packed.dimensionCount + column] }

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 { min(a + b, Resource.unlimited) }

    /// What a host can hold at the end: its limit, or what it holds already when that is more.
    private func room(_ host: Int, _ column: Int) -> Int64 {
        let held = packed.residents[host].reduce(Int64(0)) { $0 + self.held(Int($1), column) }
        return max(packed.limit[host * packed.dimensionCount + column], held)
    }

    /// The same up to full capacity, as after a failure.
    private func fullRoom(_ host: Int, _ column: Int) -> Int64 {
        max(packed.capacity[host * packed.dimensionCount + column], room(host, column))
    }
}
