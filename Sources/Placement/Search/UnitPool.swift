import ClusterModel

/// What the search moves: single VMs, and VMs that a required affinity rule keeps on one host and that so move as one.
package struct UnitPool: Sendable {
    package let packed: PackedCluster
    /// Packed VMs of each unit.
    package let members: [[Int32]]
    package let unitOfVM: [Int32]
    package let home: [Int32]
    /// `load[unit * dimensions + dimension]`.
    package let load: [Int64]
    /// Billionths of a reference core that each unit uses now.
    let coresNow: [Int64]
    /// Why the unit stays where it is; `nil` when it may move.
    package let pin: [Pin?]

    /// Why a unit does not move under a goal.
    package struct Pin: Sendable, Hashable {
        package let constraint: String
        package let detail: String
    }

    package var count: Int { members.count }

    /// - Parameter honoursCoolDown: whether a recent migration pins a VM (`balance` and `powerSave`).
    package init(packed: PackedCluster, honoursCoolDown: Bool) {
        self.packed = packed
        let (members, unitOfVM) = Self.bundles(of: packed)
        self.members = members
        self.unitOfVM = unitOfVM
        home = members.map { packed.home[Int($0[0])] }
        let columns = packed.dimensionCount
        var load = [Int64](repeating: 0, count: members.count * columns)
        for (unit, vms) in members.enumerated() {
            for vm in vms {
                for column in 0..<columns { load[unit * columns + column] += packed.load[Int(vm) * columns + column] }
            }
        }
        self.load = load
        coresNow = members.map { vms in vms.reduce(0) { $0 + packed.coresNow[Int($1)] } }
        pin = members.map { vms in
            vms.lazy.compactMap { Self.pin(of: Int($0), packed: packed, honoursCoolDown: honoursCoolDown) }.first
        }
    }

    /// VMs that stand together on one host under a required affinity rule of host scope are one unit.
    private static func bundles(of packed: PackedCluster) -> ([[Int32]], [Int32]) {
        var leader = (0..<packed.vmCount).map { Int32($0) }
        func root(_ vm: Int32) -> Int32 {
            var vm = vm
            while leader[Int(vm)] != vm { vm = leader[Int(vm)] }
            return vm
        }
        for group in packed.groups where group.required && group.kind == .together && group.scope == .host {
            let homes = Set(group.members.map { packed.home[Int($0)] })
            guard homes.count == 1, let first = group.members.first else { continue }
            for member in group.members.dropFirst() {
                let (a, b) = (root(first), root(member))
                leader[Int(max(a, b))] = min(a, b)
            }
        }
        var unitOfVM = [Int32](repeating: -1, count: packed.vmCount)
        var members: [[Int32]] = []
        for vm in 0..<Int32(packed.vmCount) {
            let lead = root(vm)
            if unitOfVM[Int(lead)] < 0 {
                unitOfVM[Int(lead)] = Int32(members.count)
                members.append([])
            }
            unitOfVM[Int(vm)] = unitOfVM[Int(lead)]
            members[Int(unitOfVM[Int(lead)])].append(vm)
        }
        return (members, unitOfVM)
    }

    private static func pin(of index: Int, packed: PackedCluster, honoursCoolDown: Bool) -> Pin? {
        let vm = packed.vm(index)
        if vm.migration == .none {
            return Pin(constraint: "migratability", detail: "cannot move: \(vm.migrationReason ?? "migration is none")")
        }
        let state = packed.host(Int(packed.home[index])).state
        if state != .on && state != .maintenance {
            return Pin(constraint: "hostState", detail: "its host is in state \(state.rawValue)")
        }
        if honoursCoolDown, let last = vm.lastMigratedAt,
            packed.startsAt.seconds(since: last) < packed.policy.coolDownSeconds
        {
            return Pin(
                constraint: "coolDown", detail: "was migrated at \(last), cool-down \(packed.policy.coolDownSeconds) s")
        }
        let fastest = packed.paths.bandwidths.last ?? packed.policy.defaults.migrationBitsPerSecond
        if !packed.paths.isMovable(vm: index),
            let (constraint, detail) = packed.migrationRefusal(of: index, bandwidthBitsPerSecond: fastest)
        {
            return Pin(constraint: constraint, detail: detail)
        }
        return nil
    }

    /// Whether a unit may run on a host and get there from its home: everything but room and groups.
    package func mayMove(_ unit: Int, to host: Int) -> Bool {
        let source = Int(home[unit])
        for vm in members[unit] where !packed.mayMove(Int(vm), from: source, to: host) { return false }
        return true
    }
}
