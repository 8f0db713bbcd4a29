import ClusterModel

/// A VM goes only where it can run and only in a way in which it can move.
struct ReachCheck {
    let replay: Replay

    /// - Complexity: O(moves x features, datastores and networks).
    func violations() -> [Violation] {
        replay.moves.flatMap { violations(of: $0) }
    }

    private func violations(of move: Replay.Move) -> [Violation] {
        let vm = replay.cluster.vms[move.vm]
        let host = replay.cluster.hosts[move.to]
        var faults = Self.obstacles(for: vm, on: host)
        if vm.state == .stopped { faults.append((.stoppedVMMoved, "VM \(vm.id) is stopped and is not moved")) }
        switch (vm.migration, move.migration.mode) {
        case (.none, _):
            let reason = vm.migrationReason.map { " (\($0))" } ?? ""
            faults.append((.migratability, "VM \(vm.id) cannot move\(reason)"))
        case (.cold, .live), (.cold, .postCopy), (.cold, .staged):
            let mode = move.migration.mode.rawValue
            faults.append((.migratability, "VM \(vm.id) moves only cold, the step is \(mode)"))
        case (.cold, .cold), (.live, _): break
        }
        return faults.map { promise, message in
            Violation(
                promise: promise, step: replay.stepID(move.step), host: host.id, vm: vm.id, message: message)
        }
    }

    /// Why a VM cannot run on a host, as far as CPU, datastores and networks go.
    static func obstacles(for vm: VirtualMachine, on host: Host) -> [(Promise, String)] {
        var found: [(Promise, String)] = []
        if let guest = vm.architecture, let given = host.architecture, guest != given {
            found.append((.architecture, "VM \(vm.id) is \(guest), host \(host.id) is \(given)"))
        }
        if let needed = vm.cpuFeatures, let given = host.cpuFeatures {
            let missing = needed.filter { !given.contains($0) }
            if !missing.isEmpty {
                let list = missing.joined(separator: ", ")
                found.append((.cpuFeatures, "host \(host.id) lacks \(list), which VM \(vm.id) was given"))
            }
        } else if let model = vm.cpuModel, model != host.cpuModel {
            let given = host.cpuModel ?? "unnamed"
            found.append((.cpuModel, "VM \(vm.id) was given CPU model \(model), that of host \(host.id) is \(given)"))
        }
        for (promise, needed, given) in [
            (Promise.datastores, vm.datastores, host.datastores), (.networks, vm.networks, host.networks),
        ] {
            let missing = needed.filter { !(given?.contains($0) ?? true) }
            if !missing.isEmpty {
                let list = missing.joined(separator: ", ")
                found.append((promise, "host \(host.id) does not reach \(list), which VM \(vm.id) needs"))
            }
        }
        return found
    }
}
