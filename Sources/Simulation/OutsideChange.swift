internal import ClusterModel
internal import Execution

/// What another administrator, a user or a fault does to the cluster behind Drover's back.
public enum OutsideChange: Sendable, Hashable, Codable {
    /// Moves a VM at once.
    case moved(vm: String, to: String)
    /// Shuts a VM down; a migration of it under way fails.
    case stopped(vm: String)
    /// Somebody else's VM appears, running.
    case appeared(vm: String, host: String, vcpus: Int, cpuCores: Double, memoryBytes: Int64)
    case removed(vm: String)
    case enteredMaintenance(host: String)
    case hostFailed(host: String)
}

extension SimulatedCluster {
    /// Changes the cluster as somebody else would; `false`: the platform does not let them, as a move of the VM or a
    /// step on the host is at work.
    package mutating func change(_ change: OutsideChange) -> Bool {
        switch change {
        case .moved(let vm, let to):
            guard !isMoving(vm), vms[vm] != nil, hosts[to]?.state == .on else { return false }
            vms[vm]?.host = to
        case .stopped(let vm):
            guard vms[vm]?.state == .running else { return false }
            if let key = atWork.first(where: { isMove($0, of: vm) }) {
                let message = "VM \(vm) was shut down"
                finish(key, .failed(failure: StepFailure(code: .machineUnavailable, message: message)))
            }
            vms[vm]?.state = .stopped
        case .appeared(let vm, let host, let vcpus, let cpuCores, let memoryBytes):
            guard vms[vm] == nil, hosts[host]?.state == .on else { return false }
            vms[vm] = VirtualMachine(
                id: vm, host: host, vcpus: vcpus, memoryBytes: memoryBytes,
                demand: Demand(cpuCores: cpuCores, memoryBytes: Double(memoryBytes)))
        case .removed(let vm):
            guard !isMoving(vm), vms.removeValue(forKey: vm) != nil else { return false }
        case .enteredMaintenance(let host):
            guard hosts[host]?.state == .on, !atWork.contains(where: { jobs[$0]?.action.host == host }) else {
                return false
            }
            hosts[host]?.state = .maintenance
        case .hostFailed(let host):
            die(host)
            return true
        }
        record(.outside, outside: change)
        return true
    }

    private func isMoving(_ vm: String) -> Bool { atWork.contains { isMove($0, of: vm) } }

    private func isMove(_ key: StepKey, of vm: String) -> Bool {
        guard case .migrate(let move) = jobs[key]?.action else { return false }
        return move.vm == vm
    }
}
