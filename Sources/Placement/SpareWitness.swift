/// Whether the VMs of failed hosts find room, kept up to date while VMs move: for large clusters.
///
/// `SpareCapacity` answers the contract's question, first-fit decreasing after every failure, by a walk over all VMs.
/// Here every host keeps a witness: where its VMs would go if it failed. A change of one host's load touches only the
/// witnesses that count on it, and the witnesses begin their search at different hosts, so that few count on the same
/// one. That there is a witness does not prove that first-fit finds room too, only that it nearly always does: the
/// plan's checker asks the exact question. Single failures only.
package struct SpareWitness: Sendable {
    private let packed: PackedCluster
    private let columns: Int
    private var room: FreeRoom
    private var staysOn: [Bool]
    /// Where the VMs of each host would go.
    private var refuges: [[Refuge]]
    /// Hosts whose witnesses count on each host, once for each VM.
    private var users: [[Int32]]
    /// VMs of each host without a refuge.
    private var missing: [[Int32]]
    private var lacking: Set<Int32> = []
    /// VMs without a refuge, summed over the failures; 0 when every failure is survived.
    package private(set) var shortfall = 0

    private struct Refuge: Sendable {
        let vm: Int32
        let host: Int32
    }

    /// - Parameter residents: VMs that need room when a host fails; those that are not to be restarted are left out here.
    package init(packed: PackedCluster, load: [Int64], staysOn: [Bool], residents: (Int) -> [Int32]) {
        self.packed = packed
        self.staysOn = staysOn
        columns = packed.dimensionCount
        room = FreeRoom(packed: packed, load: load, staysOn: staysOn)
        refuges = [[Refuge]](repeating: [], count: packed.hostCount)
        users = [[Int32]](repeating: [], count: packed.hostCount)
        missing = [[Int32]](repeating: [], count: packed.hostCount)
        for host in 0..<packed.hostCount { rebuild(host, residents: residents(host)) }
    }

    /// Takes in that hosts hold something else, or take over or do so no longer.
    ///
    /// - Complexity: O(changed hosts x VMs per host x log hosts) in the usual case.
    package mutating func refresh(_ changed: [Int], load: [Int64], staysOn: [Bool], residents: (Int) -> [Int32]) {
        for host in changed {
            self.staysOn[host] = staysOn[host]
            room.refresh(host, load: load, staysOn: staysOn[host])
        }
        var doubtful = lacking
        for host in changed {
            doubtful.insert(Int32(host))
            for user in Set(users[host]) where !holds(Int(user), on: host) { doubtful.insert(user) }
        }
        for host in doubtful.sorted() { rebuild(Int(host), residents: residents(Int(host))) }
    }

    /// VMs without a refuge, each with the host whose failure leaves it so.
    func homeless() -> [(failed: Int, vm: Int)] {
        lacking.sorted().flatMap { failed in missing[Int(failed)].map { (Int(failed), Int($0)) } }
    }

    /// Whether an empty host could take a VM without a refuge.
    func couldTakeHomeless(_ host: Int) -> Bool {
        lacking.contains { failed in
            missing[Int(failed)].contains { vm in
                packed.reach.allows(vm: Int(vm), host: host)
                    && (0..<columns).allSatisfy {
                        packed.load[Int(vm) * columns + $0] <= packed.capacity[host * columns + $0]
                            || packed.dimensions[$0].resource == .localDisk
                    }
            }
        }
    }

    /// Whether a host still has the room that another one's witness counts on.
    private func holds(_ failed: Int, on host: Int) -> Bool {
        guard staysOn[host] else { return false }
        return room.hasRoom(for: refuges[failed].lazy.filter { $0.host == Int32(host) }.map(\.vm), on: host)
    }

    private mutating func rebuild(_ failed: Int, residents: [Int32]) {
        for refuge in refuges[failed] {
            if let position = users[Int(refuge.host)].firstIndex(of: Int32(failed)) {
                users[Int(refuge.host)].remove(at: position)
            }
        }
        room.close(failed)
        var (found, homeless) = seekRefuge(packed.byMemory.sorted(residents), from: failed)
        // Where a start further on leaves a VM over, first-fit as the contract has it may not.
        for order in [packed.byMemory, packed.byCPU] where !homeless.isEmpty {
            let other = seekRefuge(order.sorted(residents), from: 0)
            if other.homeless.count < homeless.count { (found, homeless) = other }
        }
        room.undo()
        refuges[failed] = found
        for refuge in found { users[Int(refuge.host)].append(Int32(failed)) }
        shortfall += homeless.count - missing[failed].count
        missing[failed] = homeless
        if !homeless.isEmpty { lacking.insert(Int32(failed)) } else { lacking.remove(Int32(failed)) }
    }

    /// First-fit from a host on; takes nothing.
    private mutating func seekRefuge(_ vms: [Int32], from start: Int) -> (found: [Refuge], homeless: [Int32]) {
        var found: [Refuge] = []
        var homeless: [Int32] = []
        let mark = room.mark
        for vm in vms {
            if let host = room.takeFirstFit(vm: Int(vm), from: start) {
                found.append(Refuge(vm: vm, host: Int32(host)))
            } else {
                homeless.append(vm)
            }
        }
        room.undo(to: mark)
        return (found, homeless)
    }
}
