import Placement

/// The domains of all required separation rules as one row of counters: how many members each has, and may have.
struct SeparationTable: Sendable {
    /// Members in each domain at the start.
    let initial: [Int32]
    let most: [Int32]
    /// Index into `packed.groups` for each domain.
    let group: [Int32]
    private let packed: PackedCluster
    /// First domain of each group; -1 for other kinds.
    private let base: [Int32]

    init(packed: PackedCluster) {
        self.packed = packed
        var base: [Int32] = []
        var initial: [Int32] = []
        var most: [Int32] = []
        var group: [Int32] = []
        for (index, rule) in packed.groups.enumerated() {
            guard rule.required, case .apart(let allowed) = rule.kind else {
                base.append(-1)
                continue
            }
            base.append(Int32(initial.count))
            var counts = [Int32](repeating: 0, count: rule.domainCount)
            for member in rule.members {
                counts[Int(rule.domainOfHost[Int(packed.home[Int(member)])])] += 1
            }
            initial += counts
            most += [Int32](repeating: Int32(clamping: allowed), count: rule.domainCount)
            group += [Int32](repeating: Int32(index), count: rule.domainCount)
        }
        self.base = base
        self.initial = initial
        self.most = most
        self.group = group
    }

    /// Domains that the VM enters and leaves when it goes from one host to another; one that holds both is neither.
    func crossed(vm: Int, from source: Int, to destination: Int) -> (entered: [Int32], left: [Int32]) {
        var entered: [Int32] = []
        var left: [Int32] = []
        for group in packed.groupsOfVM[vm] where base[Int(group)] >= 0 {
            let rule = packed.groups[Int(group)]
            let (old, new) = (rule.domainOfHost[source], rule.domainOfHost[destination])
            guard old != new else { continue }
            entered.append(base[Int(group)] + new)
            left.append(base[Int(group)] + old)
        }
        return (entered, left)
    }
}
