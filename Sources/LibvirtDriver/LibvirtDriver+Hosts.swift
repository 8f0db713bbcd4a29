internal import ClusterModel
public import Execution
internal import Libvirt
internal import Synchronization

// Steps that are no migrations. libvirt knows neither maintenance nor power: the first is written down in the state
// folder, the second is the power driver's.
extension LibvirtDriver {
    func beginHostStep(_ request: StepRequest) async throws(DriverError) -> StepStatus {
        guard let id = request.action.host, hosts.link(id) != nil else {
            throw Preparation.refused(.hostUnavailable, "the hosts file has no host \(request.action.host ?? "")")
        }
        let state = try await hostState(id)
        switch request.action {
        case .enterMaintenance: return try turn(request, id, from: [.on], state, to: .maintenance)
        case .exitMaintenance: return try turn(request, id, from: [.maintenance], state, to: .on)
        case .powerOn:
            try checkPower()
            try check(id, state, is: [.off, .standby, .failed])
            return try switchPower(request, id, to: .on)
        case .powerOff:
            try checkPower()
            try check(id, state, is: [.on, .maintenance])
            // From here on it takes no VMs; looked at after that, empty stays empty.
            try folder.setHostState(id, .maintenance)
            do throws(DriverError) {
                try await checkEmpty(id)
            } catch {
                try folder.setHostState(id, state)
                throw error
            }
            return try switchPower(request, id, to: .off)
        case .maintain, .migrate:
            throw DriverError(code: .unsupported, message: "the libvirt driver cannot have a host maintained")
        }
    }

    private func checkPower() throws(DriverError) {
        guard power.canSwitch else {
            throw DriverError(code: .unsupported, message: "no power control: the hosts file names none")
        }
    }

    private func check(_ id: String, _ state: Host.State, is states: [Host.State]) throws(DriverError) {
        guard states.contains(state) else {
            throw Preparation.refused(.hostUnavailable, "host \(id) is in state \(state.rawValue)")
        }
        if let other = try folder.openSteps().first(where: { $0.action.host == id }) {
            throw Preparation.refused(.busy, "host \(id) is being switched (\(other.key))")
        }
    }

    /// The hypervisor is asked itself: nothing that is active on it is overlooked.
    private func checkEmpty(_ id: String) async throws(DriverError) {
        if let move = try folder.openSteps().first(where: { $0.migration?.from == id || $0.migration?.to == id }) {
            throw Preparation.refused(
                .hostNotEmpty, "VM \(move.migration?.vm ?? "") is on its way from or to host \(id)")
        }
        guard let link = hosts.link(id) else { return }
        let names: [String]
        do throws(LibvirtError) {
            names = try await link.call { (connection) throws(LibvirtError) in
                try connection.domains(active: true).map(\.name).sorted()
            }
        } catch {
            throw error.driverError
        }
        if let first = names.first {
            throw Preparation.refused(.hostNotEmpty, "host \(id) holds \(names.count) VMs, \(first) among them")
        }
    }

    private func record(_ request: StepRequest) -> StepRecord {
        StepRecord(
            key: request.key, fence: request.fence, action: request.action, startedAt: clock.now(),
            owner: ProcessIdentity.current().text)
    }

    /// Into maintenance and back: a note in the folder, done at once.
    private func turn(
        _ request: StepRequest, _ id: String, from states: [Host.State], _ state: Host.State, to target: Host.State
    ) throws(DriverError) -> StepStatus {
        try check(id, state, is: states)
        var record = record(request)
        let end = StepStatus.succeeded(measurement: Measurement(startedAt: record.startedAt, endedAt: clock.now()))
        // The state first: done twice after a crash, it is the same.
        try folder.setHostState(id, target)
        record.end = end
        return try accept(record)?.end ?? end
    }

    private func switchPower(_ request: StepRequest, _ id: String, to target: HostPower) throws(DriverError)
        -> StepStatus
    {
        let record = record(request)
        guard try accept(record) == record else { return .active(phase: .preparing) }
        return watchPower(record, id, target)
    }

    private func watchPower(_ record: StepRecord, _ id: String, _ target: HostPower) -> StepStatus {
        let job = powerJobs.withLock { jobs in
            if let job = jobs[record.key] { return job }
            let job = PowerJob(record: record, host: id, target: target)
            jobs[record.key] = job
            return job
        }
        job.start(power: power, link: hosts.link(id), isReporting: isReporting, folder: folder, clock: clock)
        return job.status
    }

    /// A power step goes on whoever asks: what it wants can be asked for again.
    func hostStepStatus(_ record: StepRecord) async throws(DriverError) -> StepStatus {
        switch record.action {
        case .powerOn(let host): watchPower(record, host, .on)
        case .powerOff(let host): watchPower(record, host, .off)
        case .migrate, .enterMaintenance, .exitMaintenance, .maintain: .unknown
        }
    }

    /// Writes down that a host is on and takes VMs: one that did not come back from a run, and of which somebody has
    /// seen since that it does.
    public func readmit(_ host: String) throws(DriverError) { try folder.setHostState(host, .on) }

    /// What was written down of a host, and whether it answers.
    func hostState(_ id: String) async throws(DriverError) -> Host.State {
        let written = try folder.hostState(id) ?? .on
        guard written == .on || written == .maintenance, let link = hosts.link(id) else { return written }
        do throws(LibvirtError) {
            _ = try await link.call { (connection) throws(LibvirtError) in try connection.nodeSize() }
            return written
        } catch {
            return .failed
        }
    }
}

extension StepAction {
    /// The host of a step that is no migration.
    fileprivate var host: String? {
        switch self {
        case .powerOn(let host), .powerOff(let host), .enterMaintenance(let host), .exitMaintenance(let host),
            .maintain(let host, _):
            host
        case .migrate: nil
        }
    }
}
