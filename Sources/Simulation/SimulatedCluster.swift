public import ClusterModel
package import Execution

/// A cluster that moves its VMs by itself: a value whose clock goes only when it is told to.
///
/// It is stricter than a real platform: it refuses what lacks room with both ends of every move counted, what exceeds
/// the numbers and rates of moves of a host, and a power-off of a host that is not empty.
public struct SimulatedCluster: Sendable {
    package private(set) var now: Timestamp
    package var hosts: [String: Host] = [:]
    package var vms: [String: VirtualMachine] = [:]
    var jobs: [StepKey: SimulatedJob] = [:]
    /// Keys of jobs that have not ended, in order of acceptance.
    var atWork: [StepKey] = []
    let options: SimulationOptions
    let links: [Link]
    private var deaths: [(at: Timestamp, host: String)] = []
    private var highestFence: Int64 = 0
    private var nextSequence = 1
    private var pendingRecords: [PlatformRecord] = []

    public init(cluster: Cluster, options: SimulationOptions) {
        self.options = options
        links = cluster.links
        now = options.startsAt ?? cluster.takenAt
        for host in cluster.hosts { hosts[host.id] = host }
        for vm in cluster.vms { vms[vm.id] = vm }
        deaths = Self.deaths(among: cluster.hosts, options: options, from: now)
    }

    private static func deaths(
        among hosts: [Host], options: SimulationOptions, from start: Timestamp
    ) -> [(at: Timestamp, host: String)] {
        guard options.faults.hostDeaths > 0 else { return [] }
        var draws = NamedDraws(seed: options.seed, name: "host deaths")
        let victims = hosts.filter { $0.state == .on }.map(\.id).sorted().shuffled(using: &draws)
            .prefix(options.faults.hostDeaths)
        let span = max(0, options.faults.hostDeathWithinSeconds)
        return victims.map { (start.adding(seconds: Double.random(in: 0...span, using: &draws)), $0) }
            .sorted { ($0.at, $0.host) < ($1.at, $1.host) }
    }

    /// What happened since this was last called, oldest first.
    package mutating func takeRecords() -> [PlatformRecord] {
        defer { pendingRecords = [] }
        return pendingRecords
    }

    mutating func record(
        _ kind: PlatformRecord.Kind, key: StepKey? = nil, action: StepAction? = nil, fence: Int64? = nil,
        status: StepStatus? = nil, error: DriverError? = nil, host: String? = nil,
        adjustment: MigrationAdjustment? = nil, outside: OutsideChange? = nil
    ) {
        pendingRecords.append(
            PlatformRecord(
                sequence: nextSequence, at: now, kind: kind, key: key, action: action, fence: fence, status: status,
                error: error, host: host, adjustment: adjustment, outside: outside))
        nextSequence += 1
    }

    // MARK: - Time

    /// Lets everything happen that happens until `moment`, in order of time. Never goes back.
    package mutating func advance(to moment: Timestamp) {
        while let next = nextMoment, next <= moment {
            now = max(now, next)
            if let death = deaths.first, death.at <= now {
                deaths.removeFirst()
                die(death.host)
            }
            for key in atWork {
                guard let job = jobs[key], job.end == nil else { continue }
                if let moment = job.switchesAt, moment <= now { switchOver(key) }
                if let end = job.endsAt, end <= now { finish(key, job.result(at: now)) }
            }
        }
        now = max(now, moment)
    }

    /// When the next thing happens by itself; `nil`: never.
    package var nextMoment: Timestamp? {
        (atWork.flatMap { [jobs[$0]?.endsAt, jobs[$0]?.switchesAt] } + [deaths.first?.at]).compactMap { $0 }.min()
    }

    /// Post-copy: the VM runs at its destination from here on.
    private mutating func switchOver(_ key: StepKey) {
        guard case .migrate(let move) = jobs[key]?.action else { return }
        jobs[key]?.hasSwitched = true
        vms[move.vm]?.host = move.to
        record(.switched, key: key, action: jobs[key]?.action)
    }

    mutating func die(_ host: String) {
        guard let state = hosts[host]?.state, state == .on || state == .maintenance else { return }
        hosts[host]?.state = .failed
        record(.hostDied, host: host)
        for key in atWork {
            guard let job = jobs[key] else { continue }
            if case .migrate(let move) = job.action, move.from == host || move.to == host {
                // Its memory is at both ends, and one of them is gone.
                if job.hasSwitched { vms[move.vm]?.state = .stopped }
            } else if job.action.host != host {
                continue
            }
            finish(key, .failed(failure: StepFailure(code: .hostFailed, message: "host \(host) died")))
        }
        for id in vms.keys where vms[id]?.host == host { vms[id]?.state = .stopped }
    }

    mutating func finish(_ key: StepKey, _ status: StepStatus) {
        guard let job = jobs[key], job.end == nil else { return }
        if case .succeeded = status { takeEffect(job.action) }
        if case .failed(let failure) = status, failure.code == .machineLost, case .migrate(let move) = job.action {
            vms[move.vm]?.state = .paused
        }
        jobs[key]?.end = status
        atWork.removeAll { $0 == key }
        record(.ended, key: key, action: job.action, status: status)
    }

    private mutating func takeEffect(_ action: StepAction) {
        switch action {
        case .migrate(let move):
            vms[move.vm]?.host = move.to
            vms[move.vm]?.lastMigratedAt = now
        case .powerOn(let host), .exitMaintenance(let host): hosts[host]?.state = .on
        case .powerOff(let host): hosts[host]?.state = .off
        case .enterMaintenance(let host): hosts[host]?.state = .maintenance
        case .maintain: break
        }
    }

    // MARK: - Calls

    package var capabilities: DriverCapabilities {
        DriverCapabilities(
            name: "the simulated platform", modes: MigrationMode.allCases,
            adjustments: MigrationAdjustment.Kind.allCases, canSwitchPower: true,
            canSetMaintenance: true, canMaintain: true)
    }

    package var inventory: PlatformInventory {
        PlatformInventory(
            takenAt: now,
            hosts: hosts.values.map { HostObservation(id: $0.id, state: $0.state) }.sorted { $0.id < $1.id },
            vms: vms.values.map {
                MachineObservation(
                    id: $0.id, host: $0.host, state: $0.state, vcpus: $0.vcpus, memoryBytes: $0.memoryBytes,
                    demand: $0.demand)
            }.sorted { $0.id < $1.id })
    }

    package func status(of key: StepKey) -> StepStatus {
        guard let job = jobs[key] else { return .unknown }
        return job.end ?? .active(phase: job.phase(at: now))
    }

    package mutating func begin(_ request: StepRequest) throws(DriverError) -> StepStatus {
        do throws(DriverError) {
            guard request.fence >= highestFence else {
                throw DriverError(
                    code: .staleFence,
                    message: "a newer executor (token \(highestFence)) has spoken; token \(request.fence) is refused")
            }
            highestFence = request.fence
            if let known = jobs[request.key] {
                guard known.action == request.action else {
                    throw DriverError(code: .conflict, message: "step \(request.key) was begun with another action")
                }
                record(
                    .repeated, key: request.key, action: request.action, fence: request.fence,
                    status: status(of: request.key))
                return status(of: request.key)
            }
            try check(request.action)
            var draws = NamedDraws(seed: options.seed, name: request.key.description)
            if draws.happens(options.faults.refusing) {
                throw DriverError(code: .refused, message: "the platform is busy", failure: .busy)
            }
            let job = SimulatedJob(
                key: request.key, action: request.action, startedAt: now, course: course(of: request.action, &draws))
            jobs[request.key] = job
            atWork.append(request.key)
            record(.begin, key: request.key, action: request.action, fence: request.fence)
            return status(of: request.key)
        } catch {
            record(.refused, key: request.key, action: request.action, fence: request.fence, error: error)
            throw error
        }
    }

    private func course(of action: StepAction, _ draws: inout NamedDraws) -> Course {
        switch action {
        case .migrate(let move):
            // `check` has seen the VM.
            guard let vm = vms[move.vm] else { return Course(seconds: 1, options: options, draws: &draws) }
            return Course(move, of: vm, options: options, draws: &draws)
        case .powerOn(let host):
            let seconds = hosts[host]?.bootSeconds ?? options.defaults.bootSeconds
            return Course(seconds: seconds, options: options, draws: &draws)
        case .powerOff(let host):
            let seconds = hosts[host]?.shutdownSeconds ?? options.defaults.shutdownSeconds
            return Course(seconds: seconds, options: options, draws: &draws)
        case .enterMaintenance, .exitMaintenance:
            // A flag in a real platform's database: about a second.
            return Course(seconds: 1, options: options, draws: &draws)
        case .maintain(_, let expectedSeconds):
            return Course(seconds: max(0, min(expectedSeconds, 1e8)), options: options, draws: &draws)
        }
    }
}

extension StepAction {
    /// The host of a power or maintenance step.
    var host: String? {
        switch self {
        case .migrate: nil
        case .powerOn(let host), .powerOff(let host), .enterMaintenance(let host), .exitMaintenance(let host),
            .maintain(let host, _):
            host
        }
    }
}
