public import ClusterModel
public import Execution
public import Libvirt
internal import Synchronization

/// The driver `libvirt`: moves the VMs of QEMU/KVM hosts.
///
/// Every call to libvirt blocks a thread of its host's own, never one of Swift's pool.
public final class LibvirtDriver: PlatformDriver {
    /// Whether a host's agent has reported since a moment, or none is expected to.
    public typealias AgentCheck = @Sendable (_ host: String, _ since: Timestamp) async -> Bool

    let hosts: HostTable
    let sharedPools: [String]
    let folder: StateFolder
    let power: any PowerDriver
    let isReporting: AgentCheck
    let clock: PlatformClock
    /// How long a host may be silent before it counts as failed, in seconds.
    let silenceSeconds: Double
    private let identity = ProcessIdentity.current().text
    /// Migrations that this object works on.
    private let jobs = Mutex<[StepKey: MigrationJob]>([:])
    let powerJobs = Mutex<[StepKey: PowerJob]>([:])

    /// - Parameters:
    ///   - stateFolder: the driver's durable memory; lies beside the store and is made when it is not there.
    ///   - isReporting: asked before a host that was switched on counts as ready.
    ///   - wallClock: the local time, which is the platform's.
    public init(
        hosts: HypervisorHosts, library: LibvirtLibrary, stateFolder: String, power: any PowerDriver = NoPowerControl(),
        isReporting: @escaping AgentCheck = { _, _ in true }, silenceSeconds: Double = 30,
        wallClock: @escaping @Sendable () -> Timestamp
    ) throws(DriverError) {
        self.hosts = try HostTable(hosts.hosts, library: library)
        sharedPools = hosts.sharedPools
        folder = try StateFolder(path: stateFolder)
        self.power = power
        self.isReporting = isReporting
        self.silenceSeconds = silenceSeconds
        clock = PlatformClock(wallClock)
        try folder.tidy(now: clock.now())
    }

    public func capabilities() async throws(DriverError) -> DriverCapabilities {
        DriverCapabilities(
            name: "libvirt", modes: MigrationMode.allCases, adjustments: MigrationAdjustment.Kind.allCases,
            canSwitchPower: power.canSwitch, canSetMaintenance: true, canMaintain: false)
    }

    public func now() async throws(DriverError) -> Timestamp { clock.now() }

    public func wait(seconds: Double) async {
        // A cancelled sleep returns early, as the contract asks.
        do { try await Task.sleep(for: .seconds(min(max(0.001, seconds), 3600))) } catch {}
    }

    // MARK: - Steps

    public func begin(_ request: StepRequest) async throws(DriverError) -> StepStatus {
        if let known = try folder.step(request.key) { return try await answer(for: known, to: request) }
        try folder.admit(fence: request.fence)
        switch request.action {
        case .migrate(let move): return try await begin(request, move)
        case .powerOn, .powerOff, .enterMaintenance, .exitMaintenance, .maintain:
            return try await beginHostStep(request)
        }
    }

    private func answer(for known: StepRecord, to request: StepRequest) async throws(DriverError) -> StepStatus {
        guard known.action == request.action else {
            throw DriverError(code: .conflict, message: "step \(request.key) was begun with another action")
        }
        return try await status(of: request.key)
    }

    private func begin(_ request: StepRequest, _ move: MigrationRequest) async throws(DriverError) -> StepStatus {
        if let busy = try openMigration(of: move.vm) {
            throw Preparation.refused(.busy, "VM \(move.vm) is already on the move (\(busy.key))")
        }
        if let state = try folder.hostState(move.to), state != .on {
            throw Preparation.refused(.hostUnavailable, "host \(move.to) is in state \(state.rawValue)")
        }
        let subject = try await Preparation(move: move, hosts: hosts, sharedPools: sharedPools).check()
        var record = StepRecord(
            key: request.key, fence: request.fence, action: request.action, startedAt: clock.now(), owner: identity)
        record.uuid = subject.description.uuid
        record.ran = subject.ran
        record.isPersistent = subject.isPersistent
        record.copiesDisks = subject.copiesDisks
        guard let kept = try accept(record), kept == record else { return try await begin(request) }
        do throws(DriverError) {
            try await mark(record, move)
        } catch {
            // Nothing was done: the key stays free.
            try folder.remove(request.key)
            throw error
        }
        return try work(on: record, isAdopted: false)
    }

    private func openMigration(of vm: String) throws(DriverError) -> StepRecord? {
        try folder.openSteps().first { $0.migration?.vm == vm }
    }

    /// Writes a new step down; answers what is written, which is another's when that came first.
    func accept(_ record: StepRecord) throws(DriverError) -> StepRecord? {
        try folder.update(record.key) { (known) throws(DriverError) in
            if known == nil { known = record }
        }
    }

    private func mark(_ record: StepRecord, _ move: MigrationRequest) async throws(DriverError) {
        guard let source = hosts.link(move.from) else { return }
        let mark = MoveMark(
            key: record.key, fence: record.fence, from: move.from, to: move.to, at: record.startedAt, ran: record.ran)
        do throws(LibvirtError) {
            try await source.call { (connection) throws(LibvirtError) in
                try connection.domain(named: move.vm).map { (domain) throws(LibvirtError) in try mark.put(on: domain) }
            }
        } catch {
            throw error.driverError
        }
    }

    /// Works on a migration from now on: begins it, or watches one that a Drover began that has died.
    func work(on record: StepRecord, isAdopted: Bool) throws(DriverError) -> StepStatus {
        guard let move = record.migration, let source = hosts.link(move.from), let destination = hosts.link(move.to)
        else {
            throw DriverError(code: .invalid, message: "step \(record.key) names hosts that the hosts file lacks")
        }
        let call = MigrationCall(record: record, move: move, source: source, destination: destination)
        let job = MigrationJob(call: call, folder: folder, platform: hosts) { [clock] in clock.now() }
        let isFirst = jobs.withLock { jobs in
            guard jobs[record.key] == nil else { return false }
            jobs[record.key] = job
            return true
        }
        if isFirst { job.start(isAdopted: isAdopted) }
        return job.status
    }

    public func status(of key: StepKey) async throws(DriverError) -> StepStatus {
        guard let record = try folder.step(key) else { return try await statusByMark(of: key) }
        if let end = record.end {
            jobs.withLock { $0[key] = nil }
            powerJobs.withLock { $0[key] = nil }
            return end
        }
        guard record.migration != nil else { return try await hostStepStatus(record) }
        if let job = jobs.withLock({ $0[key] }) { return job.status }
        if let owner = ProcessIdentity(text: record.owner), !owner.isKnownDead {
            return try await foreignStatus(record)
        }
        return try adopt(record)
    }

    /// Takes a step over whose process has died; of several that try, one does.
    private func adopt(_ record: StepRecord) throws(DriverError) -> StepStatus {
        let taken = try folder.update(record.key) { (known) throws(DriverError) in
            if known?.owner == record.owner { known?.owner = identity }
        }
        guard let taken, taken.owner == identity, taken.end == nil else {
            return taken?.end ?? .active(phase: .preparing)
        }
        return try work(on: taken, isAdopted: true)
    }
}
