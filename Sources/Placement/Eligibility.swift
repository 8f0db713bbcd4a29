package import ClusterModel

/// Which VM may run on which host, as far as the two decide it between them.
///
/// VMs that look the same to every constraint share a row, and hosts that do share a column: a cluster has many VMs and
/// hosts, and few kinds of them.
public struct Eligibility: Sendable {
    private let rowOfVM: [Int32]
    private let columnOfHost: [Int32]
    private let columnCount: Int
    /// `code[row * columnCount + column]`: 0 when allowed, else 1 + the index of the first constraint that refuses.
    private let code: [UInt8]
    private let constraints: [any HostConstraint]

    /// - Complexity: O((VMs + hosts + kinds of VMs x kinds of hosts) x constraints).
    package init(cluster: Cluster, vms: [VirtualMachine], constraints: [any HostConstraint]) {
        self.constraints = constraints
        let rows = Kinds(of: vms) { vm in constraints.map { $0.key(of: vm) } }
        let columns = Kinds(of: cluster.hosts) { host in constraints.map { $0.key(of: host) } }
        rowOfVM = rows.numbers
        columnOfHost = columns.numbers
        columnCount = columns.representatives.count
        var code: [UInt8] = []
        code.reserveCapacity(rows.representatives.count * columnCount)
        for vm in rows.representatives {
            for host in columns.representatives {
                let refusing = constraints.firstIndex { $0.refusal(of: vm, on: host) != nil }
                code.append(refusing.map { UInt8($0 + 1) } ?? 0)
            }
        }
        self.code = code
    }

    /// Things sorted by what the constraints see of them.
    private struct Kinds<Thing> {
        var numbers: [Int32] = []
        /// The first of each kind.
        var representatives: [Thing] = []

        init(of things: [Thing], key: (Thing) -> [String]) {
            var known: [[String]: Int32] = [:]
            numbers.reserveCapacity(things.count)
            for thing in things {
                let key = key(thing)
                let number = known[key] ?? Int32(representatives.count)
                if Int(number) == representatives.count {
                    known[key] = number
                    representatives.append(thing)
                }
                numbers.append(number)
            }
        }
    }

    private func code(vm: Int, host: Int) -> UInt8 { code[Int(rowOfVM[vm]) * columnCount + Int(columnOfHost[host])] }

    /// VMs with the same class are allowed on the same hosts.
    public func classOf(vm: Int) -> Int { Int(rowOfVM[vm]) }

    /// Hosts with the same class are open to the same VMs.
    public func classOf(host: Int) -> Int { Int(columnOfHost[host]) }

    public func allows(vm: Int, host: Int) -> Bool { code(vm: vm, host: host) == 0 }

    /// Whether nothing refuses but the rules between VMs and hosts, the last of the constraints.
    func onlyHostRulesRefuse(vm: Int, host: Int) -> Bool { Int(code(vm: vm, host: host)) == constraints.count }

    /// The name of the constraint that refuses, and why; `nil` when allowed.
    public func refusal(vm: Int, host: Int, in packed: PackedCluster) -> (constraint: String, detail: String)? {
        let number = code(vm: vm, host: host)
        guard number > 0 else { return nil }
        let constraint = constraints[Int(number) - 1]
        let detail = constraint.refusal(of: packed.vm(vm), on: packed.host(host)) ?? "refuses"
        return (constraint.name, detail)
    }

    /// The name of the constraint that refuses; `nil` when allowed.
    public func refusingConstraint(vm: Int, host: Int) -> String? {
        let number = code(vm: vm, host: host)
        return number > 0 ? constraints[Int(number) - 1].name : nil
    }
}
