import ClusterModel
import Placement

/// VMs that belong together while they move: those of one affinity rule, required or wished for, and those with the
/// same label `app`.
struct MoveGroups {
    /// The label that tells which VMs make up one application.
    static let label = "app"

    /// Packed VMs that move, group behind group in the order of their first VMs. Within a group the largest goes first:
    /// what is left then is done sooner.
    let order: [Int]

    init(packed: PackedCluster, target: [Int32]) {
        let moving = (0..<packed.vmCount).filter { target[$0] != packed.home[$0] }
        var leader = Array(0..<packed.vmCount)
        func root(_ vm: Int) -> Int {
            var vm = vm
            while leader[vm] != vm { vm = leader[vm] }
            return vm
        }
        func join(_ vms: [Int]) {
            guard let first = vms.first else { return }
            for vm in vms.dropFirst() {
                let (a, b) = (root(first), root(vm))
                leader[max(a, b)] = min(a, b)
            }
        }
        let isMoving = Set(moving)
        for group in packed.groups where group.kind == .together {
            join(group.members.map { Int($0) }.filter(isMoving.contains))
        }
        var applications: [String: [Int]] = [:]
        for vm in moving {
            if let name = packed.vm(vm).labels[Self.label] { applications[name, default: []].append(vm) }
        }
        for name in applications.keys.sorted() { join(applications[name] ?? []) }
        let size = moving.map { packed.vm($0).memoryBytes + packed.vm($0).localDiskBytes }
        let roots = moving.map(root)
        order = moving.indices.sorted { left, right in
            if roots[left] != roots[right] { return roots[left] < roots[right] }
            return size[left] == size[right] ? left < right : size[left] > size[right]
        }.map { moving[$0] }
    }
}
