import Placement

/// One placement between two moves: what each host holds, and which single move from here is safe.
struct SafeMoment {
    private let work: Workload
    private let packed: PackedCluster
    let hostOf: [Int32]
    private(set) var load: [Int64]
    /// Members in each domain of the separation rules.
    private var members: [Int32]

    init(work: Workload, hostOf: [Int32]) {
        self.work = work
        packed = work.packed
        self.hostOf = hostOf
        load = work.load
        members = work.separation.initial
        for (vm, host) in hostOf.enumerated() where host != packed.home[vm] {
            let home = Int(packed.home[vm])
            add(vm, to: home, sign: -1)
            add(vm, to: Int(host), sign: 1)
            let crossed = work.separation.crossed(vm: vm, from: home, to: Int(host))
            for domain in crossed.entered { members[Int(domain)] += 1 }
            for domain in crossed.left { members[Int(domain)] -= 1 }
        }
    }

    var residents: [[Int32]] {
        var residents = [[Int32]](repeating: [], count: packed.hostCount)
        for (vm, host) in hostOf.enumerated() { residents[Int(host)].append(Int32(vm)) }
        return residents
    }

    mutating func add(_ vm: Int, to host: Int, sign: Int64) {
        let columns = work.columns
        for column in 0..<columns { load[host * columns + column] += sign * packed.load[vm * columns + column] }
    }

    /// Whether the move breaks nothing, spare capacity aside, with the VM counted at both ends.
    func allows(_ vm: Int, from source: Int, to host: Int) -> Bool {
        guard work.opensAtMilliseconds[host] == 0, packed.paths.allows(vm: vm, from: source, to: host) else {
            return false
        }
        let columns = work.columns
        for column in 0..<columns
        where load[host * columns + column] + packed.load[vm * columns + column] > packed.limit[host * columns + column]
        {
            return false
        }
        // Where it breaks a rule that it breaks at home it may stop over, but not come back to from elsewhere.
        let isAtHome = source == Int(packed.home[vm])
        guard
            packed.eligibility.allows(vm: vm, host: host) || isAtHome && packed.mayStopOver(vm, from: source, at: host)
        else {
            return false
        }
        guard !packed.groupsOfVM[vm].isEmpty else { return true }
        return work.separation.crossed(vm: vm, from: source, to: host).entered.allSatisfy { domain in
            members[Int(domain)] < work.separation.most[Int(domain)]
        }
    }
}
