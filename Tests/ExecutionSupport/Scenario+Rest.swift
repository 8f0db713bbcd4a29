public import ClusterModel
public import Execution

extension Scenario {
    /// A plan for what is still to be moved, from the newest inventory, and the cluster on which it rests; `nil`:
    /// nothing can be.
    ///
    /// The simplest planner there is: one move after the other, each to where the first plan wanted the VM, where that
    /// host is on and has room for all that it holds now and will hold.
    public func planForRest(_ inventory: PlatformInventory, id: String) -> (plan: Plan, cluster: Cluster)? {
        let cluster = cluster.asSeen(by: inventory)
        var held: [String: Int64] = [:]
        for vm in cluster.vms where vm.state != .stopped { held[vm.host ?? "", default: 0] += vm.memoryBytes }
        var steps: [PlanStep] = []
        for vm in cluster.vms where vm.state != .stopped {
            guard let from = vm.host, let to = destinations[vm.id], from != to,
                let source = cluster.hosts.first(where: { $0.id == from }), source.state == .on,
                let host = cluster.hosts.first(where: { $0.id == to }), host.state == .on,
                held[to, default: 0] + vm.memoryBytes <= Int64(Double(host.capacityMemoryBytes) * 0.95)
            else { continue }
            held[to, default: 0] += vm.memoryBytes
            let seconds = Double(vm.memoryBytes) * 8 / Scenario.bandwidthBitsPerSecond * 1.3 + 0.5
            steps.append(
                PlanStep(
                    id: "r\(steps.count + 1)",
                    action: .migrate(
                        migration: MigrationStep(
                            vm: vm.id, from: from, to: to, mode: .live,
                            bandwidthBitsPerSecond: Scenario.bandwidthBitsPerSecond, downtimeMilliseconds: 300,
                            transferBytes: Double(vm.memoryBytes) * 1.2, rounds: 3)),
                    startSeconds: steps.last?.endSeconds ?? 0, durationSeconds: seconds,
                    after: steps.last.map { [$0.id] } ?? [], reason: "rest"))
        }
        guard !steps.isEmpty else { return nil }
        var plan = plan
        plan.id = id
        plan.steps = steps
        plan.startsAt = inventory.takenAt
        plan.expiresAt = inventory.takenAt.adding(seconds: 3600)
        return (plan, cluster)
    }
}
