package import ClusterModel

/// Which VM may run on which host, as far as the two decide it between them.
///
/// VMs that look the same to every constraint share a row, so that the table stays small: a cluster has many VMs and few
/// kinds of them.
public struct Eligibility: Sendable {
    private let rowOfVM: [Int32]
    private let hostCount: Int
    /// `code[row * hostCount + host]`: 0 when allowed, else 1 + the index of the first constraint that refuses.
    private let code: [UInt8]
    private let constraints: [any HostConstraint]

    /// - Complexity: O(VMs x constraints + rows x hosts x constraints).
    package init(cluster: Cluster, vms: [VirtualMachine], constraints: [any HostConstraint]) {
        self.constraints = constraints
        hostCount = cluster.hosts.count
        var rows: [[String]: Int32] = [:]
        var representatives: [VirtualMachine] = []
        var rowOfVM: [Int32] = []
        rowOfVM.reserveCapacity(vms.count)
        for vm in vms {
            let key = constraints.map { $0.key(of: vm) }
            if let row = rows[key] {
                rowOfVM.append(row)
            } else {
                let row = Int32(representatives.count)
                rows[key] = row
                representatives.append(vm)
                rowOfVM.append(row)
            }
        }
        self.rowOfVM = rowOfVM
        var code: [UInt8] = []
        code.reserveCapacity(representatives.count * cluster.hosts.count)
        for vm in representatives {
            for host in cluster.hosts {
                let refusing = constraints.firstIndex { $0.refusal(of: vm, on: host) != nil }
                code.append(refusing.map { UInt8($0 + 1) } ?? 0)
            }
        }
        self.code = code
    }

    /// VMs with the same class are allowed on the same hosts.
    public func classOf(vm: Int) -> Int { Int(rowOfVM[vm]) }

    public func allows(vm: Int, host: Int) -> Bool {
        code[Int(rowOfVM[vm]) * hostCount + host] == 0
    }

    /// Whether nothing refuses but the rules between VMs and hosts, the last of the constraints.
    func onlyHostRulesRefuse(vm: Int, host: Int) -> Bool {
        Int(code[Int(rowOfVM[vm]) * hostCount + host]) == constraints.count
    }

    /// The name of the constraint that refuses, and why; `nil` when allowed.
    public func refusal(vm: Int, host: Int, in packed: PackedCluster) -> (constraint: String, detail: String)? {
        let number = code[Int(rowOfVM[vm]) * hostCount + host]
        guard number > 0 else { return nil }
        let constraint = constraints[Int(number) - 1]
        let detail = constraint.refusal(of: packed.vm(vm), on: packed.host(host)) ?? "refuses"
        return (constraint.name, detail)
    }
}
