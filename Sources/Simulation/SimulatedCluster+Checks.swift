internal import ClusterModel
internal import Execution

// What the platform refuses, and why.
extension SimulatedCluster {
    func check(_ action: StepAction) throws(DriverError) {
        switch action {
        case .migrate(let move): try check(move)
        case .powerOn(let host): try check(host, is: [.off, .standby])
        case .powerOff(let host):
            try check(host, is: [.on, .maintenance])
            try checkEmpty(host)
        case .enterMaintenance(let host): try check(host, is: [.on])
        case .exitMaintenance(let host): try check(host, is: [.maintenance])
        case .maintain(let host, _):
            try check(host, is: [.maintenance])
            try checkEmpty(host)
        }
    }

    func refused(_ code: StepFailure.Code, _ message: String) -> DriverError {
        DriverError(code: .refused, message: message, failure: code)
    }

    private var movesAtWork: [MigrationRequest] { movesAtWork(but: nil) }

    /// The moves at work, each with the bandwidth that it has now.
    private func movesAtWork(but left: StepKey?) -> [MigrationRequest] {
        atWork.compactMap { key in
            guard key != left, let job = jobs[key], case .migrate(let move) = job.action else { return nil }
            return move.using(bitsPerSecond: job.bandwidthBitsPerSecond)
        }
    }

    private func check(_ id: String, is states: [Host.State]) throws(DriverError) {
        guard let host = hosts[id] else { throw refused(.hostUnavailable, "there is no host \(id)") }
        guard states.contains(host.state) else {
            throw refused(.hostUnavailable, "host \(id) is \(host.state.rawValue)")
        }
        if atWork.contains(where: { jobs[$0]?.action.host == id }) {
            throw refused(.busy, "host \(id) is being switched")
        }
    }

    private func checkEmpty(_ id: String) throws(DriverError) {
        let held = vms.values.filter { $0.host == id && $0.state != .stopped }.map(\.id).sorted()
        if let first = held.first {
            throw refused(.hostNotEmpty, "host \(id) holds \(held.count) VMs, \(first) among them")
        }
        if let move = movesAtWork.first(where: { $0.from == id || $0.to == id }) {
            throw refused(.hostNotEmpty, "VM \(move.vm) is on its way from or to host \(id)")
        }
    }

    private func check(_ move: MigrationRequest) throws(DriverError) {
        guard let vm = vms[move.vm] else { throw refused(.machineUnavailable, "there is no VM \(move.vm)") }
        guard vm.host == move.from else {
            throw refused(.wrongSource, "VM \(move.vm) is on \(vm.host ?? "no host"), not on \(move.from)")
        }
        guard vm.state != .stopped else { throw refused(.machineUnavailable, "VM \(move.vm) is stopped") }
        guard move.from != move.to else { throw refused(.wrongSource, "source and destination are the same") }
        if movesAtWork.contains(where: { $0.vm == move.vm }) {
            throw refused(.busy, "VM \(move.vm) is already on the move")
        }
        try check(move.from, is: [.on, .maintenance])
        try check(move.to, is: [.on])
        guard move.bandwidthBitsPerSecond > 0, move.bandwidthBitsPerSecond.isFinite else {
            throw DriverError(code: .invalid, message: "a bandwidth of \(move.bandwidthBitsPerSecond) bit/s")
        }
        try checkRoom(for: vm, on: move.to)
        try checkTransfers(with: move)
    }

    // MARK: - Room

    /// What VMs on a host and on their way from or to it hold; a VM counts in full at both ends.
    package func held(on host: String) -> (cores: Double, bytes: Double) {
        let moving = Set(movesAtWork.filter { $0.from == host || $0.to == host }.map(\.vm))
        let here = vms.values.filter { $0.host == host || moving.contains($0.id) }.sorted { $0.id < $1.id }
        return here.reduce((0, 0)) { ($0.0 + cores(of: $1), $0.1 + bytes(of: $1)) }
    }

    private func cores(of vm: VirtualMachine) -> Double { vm.state == .running ? vm.demand.cpuCores : 0 }

    private func bytes(of vm: VirtualMachine) -> Double {
        guard vm.state != .stopped else { return 0 }
        return options.memory == .configured ? Double(vm.memoryBytes) : vm.demand.memoryBytes
    }

    private func checkRoom(for vm: VirtualMachine, on id: String) throws(DriverError) {
        guard let host = hosts[id] else { return }
        let held = held(on: id)
        // Sums of decimal fractions may exceed by a hair what they meet exactly.
        if bytes(of: vm) > 0, held.bytes + bytes(of: vm) > Double(host.capacityMemoryBytes) * (1 + 1e-9) {
            throw refused(.noRoom, "host \(id) lacks memory for VM \(vm.id)")
        }
        if cores(of: vm) > 0, held.cores + cores(of: vm) > host.capacityCores * (1 + 1e-9) {
            throw refused(.noRoom, "host \(id) lacks CPU for VM \(vm.id)")
        }
        if let room = host.localDiskBytes, vm.localDiskBytes > 0 {
            let moving = Set(movesAtWork.filter { $0.from == id || $0.to == id }.map(\.vm))
            let used = vms.values.filter { $0.host == id || moving.contains($0.id) }
                .reduce(0.0) { $0 + Double($1.localDiskBytes) }
            if used + Double(vm.localDiskBytes) > Double(room) {
                throw refused(.noRoom, "host \(id) lacks local disk for VM \(vm.id)")
            }
        }
    }

    // MARK: - Transfers

    func checkTransfers(with move: MigrationRequest, instead key: StepKey? = nil) throws(DriverError) {
        let moves = movesAtWork(but: key) + [move]
        let outgoing = moves.filter { $0.from == move.from }
        let incoming = moves.filter { $0.to == move.to }
        if outgoing.count > hosts[move.from]?.maxMigrationsOut ?? options.defaults.maxMigrationsOut {
            throw refused(.busy, "too many moves out of host \(move.from)")
        }
        if incoming.count > hosts[move.to]?.maxMigrationsIn ?? options.defaults.maxMigrationsIn {
            throw refused(.busy, "too many moves into host \(move.to)")
        }
        try checkRate(outgoing, hosts[move.from]?.migrationBitsPerSecond, "out of host \(move.from)")
        try checkRate(incoming, hosts[move.to]?.migrationBitsPerSecond, "into host \(move.to)")
        for link in links {
            guard let forward = crosses(move, link) else { continue }
            let crossing = moves.filter { crosses($0, link) == forward }
            try checkRate(crossing, link.bitsPerSecond, "over link \(link.first.text)-\(link.second.text)")
        }
    }

    private func checkRate(_ moves: [MigrationRequest], _ limit: Double?, _ what: String) throws(DriverError) {
        let rate = moves.reduce(0) { $0 + $1.bandwidthBitsPerSecond }
        guard rate <= (limit ?? options.defaults.migrationBitsPerSecond) * (1 + 1e-9) else {
            throw refused(.busy, "moves \(what) exceed its rate")
        }
    }

    private func crosses(_ move: MigrationRequest, _ link: Link) -> Bool? {
        guard let from = hosts[move.from], let to = hosts[move.to] else { return nil }
        if link.first.holds(from), link.second.holds(to) { return true }
        if link.second.holds(from), link.first.holds(to) { return false }
        return nil
    }
}

extension MigrationRequest {
    /// The same with another bandwidth.
    func using(bitsPerSecond: Double) -> MigrationRequest {
        MigrationRequest(
            vm: vm, from: from, to: to, mode: mode, bandwidthBitsPerSecond: bitsPerSecond,
            maxDowntimeMilliseconds: maxDowntimeMilliseconds, guestRestarts: guestRestarts, adjustments: adjustments,
            autoConverge: autoConverge)
    }
}
