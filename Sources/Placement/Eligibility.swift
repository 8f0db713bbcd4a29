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
    /// For each row, a bit for every host that is allowed: `bits[row * blockCount + host / 64]`.
    private let bits: [UInt64]
    /// Blocks of 64 hosts.
    let blockCount: Int

    /// - Complexity: O((VMs + hosts + kinds of VMs x kinds of hosts) x constraints).
    package init(cluster: Cluster, vms: [VirtualMachine], constraints: [any HostConstraint]) {
        self.constraints = constraints
        let tables = constraints.map { RefusalTable($0, vms: vms, hosts: cluster.hosts) }
        let rows = Kinds(of: vms.indices) { vm in tables.map { $0.vms.numbers[vm] } }
        let columns = Kinds(of: cluster.hosts.indices) { host in tables.map { $0.hosts.numbers[host] } }
        rowOfVM = rows.numbers
        columnOfHost = columns.numbers
        columnCount = columns.representatives.count
        var code = [UInt8](repeating: 0, count: rows.representatives.count * columnCount)
        for (constraint, table) in tables.enumerated().reversed() {
            // From the last constraint to the first: the first that refuses is what stays.
            for (row, vm) in rows.representatives.enumerated() {
                for (column, host) in columns.representatives.enumerated() where table.refuses(vm: vm, host: host) {
                    code[row * columnCount + column] = UInt8(constraint + 1)
                }
            }
        }
        self.code = code
        blockCount = (cluster.hosts.count + 63) / 64
        var bits = [UInt64](repeating: 0, count: rows.representatives.count * blockCount)
        for row in rows.representatives.indices {
            for (host, column) in columns.numbers.enumerated() where code[row * columnCount + Int(column)] == 0 {
                bits[row * blockCount + host / 64] |= 1 << UInt64(host % 64)
            }
        }
        self.bits = bits
    }

    /// The hosts of a block that are open to the VM, as bits: bit 0 is host `64 * block`.
    func hosts(openTo vm: Int, inBlock block: Int) -> UInt64 { bits[Int(rowOfVM[vm]) * blockCount + block] }

    /// Things sorted by a key.
    private struct Kinds<Things: RandomAccessCollection, Key: Hashable> {
        /// The kind of each thing.
        var numbers: [Int32] = []
        /// The first of each kind.
        var representatives: [Things.Element] = []

        init(of things: Things, key: (Things.Element) -> Key) {
            var known: [Key: Int32] = [:]
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

    /// What one constraint says, for the kinds of VMs and hosts that it tells apart.
    private struct RefusalTable {
        let vms: Kinds<[VirtualMachine], String>
        let hosts: Kinds<[Host], String>
        private let isRefused: [Bool]

        init(_ constraint: any HostConstraint, vms: [VirtualMachine], hosts: [Host]) {
            self.vms = Kinds(of: vms) { constraint.key(of: $0) }
            self.hosts = Kinds(of: hosts) { constraint.key(of: $0) }
            let hosts = self.hosts.representatives
            isRefused = self.vms.representatives.flatMap { vm in
                hosts.map { constraint.refusal(of: vm, on: $0) != nil }
            }
        }

        func refuses(vm: Int, host: Int) -> Bool {
            isRefused[Int(vms.numbers[vm]) * hosts.representatives.count + Int(hosts.numbers[host])]
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
