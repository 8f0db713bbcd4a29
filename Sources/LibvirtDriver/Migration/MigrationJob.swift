internal import ClusterModel
internal import Dispatch
internal import Execution
internal import Libvirt
internal import Synchronization

/// One migration at work: a thread on which libvirt's call blocks, and one that watches it, stops or switches the guest
/// when its mode says so, and finds out how it ended.
///
/// An adopted job was begun by a Drover that has died; only the second thread is needed then.
final class MigrationJob: Sendable {
    /// How often the job is looked at, and how often while the guest stands still, in seconds.
    private static let lookSeconds = 0.1
    private static let pauseLookSeconds = 0.01

    let call: MigrationCall
    let folder: StateFolder
    let platform: HostTable
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>

    private struct State {
        var phase = StepPhase.preparing
        var end: StepStatus?
        /// What the call came to; `nil` while it blocks.
        var callResult: Result<Void, LibvirtError>?
    }

    init(
        call: MigrationCall, folder: StateFolder, platform: HostTable, now: @escaping @Sendable () -> Timestamp
    ) {
        self.call = call
        self.folder = folder
        self.platform = platform
        self.now = now
        state = Mutex(State())
    }

    var status: StepStatus {
        state.withLock { $0.end ?? .active(phase: $0.phase) }
    }

    var key: StepKey { call.record.key }

    /// Begins the migration, or only watches one that is at work already.
    func start(isAdopted: Bool) {
        if isAdopted {
            state.withLock { $0.callResult = nil }
        } else {
            DispatchQueue(label: "drover.migration.call").async { [self] in
                let result: Result<Void, LibvirtError>
                do throws(LibvirtError) { result = .success(try call.run()) } catch { result = .failure(error) }
                state.withLock { $0.callResult = result }
            }
        }
        DispatchQueue(label: "drover.migration.watch").async { [self] in
            var watch = MigrationWatch(job: self)
            while isAdopted ? watch.isJobAtWork : callResult == nil {
                watch.look()
                Blocking.sleep(seconds: watch.isGuestStopped ? Self.pauseLookSeconds : Self.lookSeconds)
            }
            watch.endPause()
            end(Settlement(job: self, watch: watch, failure: failure).settle())
        }
    }

    private var callResult: Result<Void, LibvirtError>? { state.withLock { $0.callResult } }

    private var failure: LibvirtError? {
        guard case .failure(let error)? = callResult else { return nil }
        return error
    }

    /// Phases only go on: a look that sees less than an earlier one changes nothing.
    func advance(to phase: StepPhase) {
        state.withLock { if phase.rank >= $0.phase.rank { $0.phase = phase } }
    }

    /// Writes the end down, then tells it: nobody hears of an end that a restart would forget.
    private func end(_ status: StepStatus) {
        var written = status
        while true {
            do throws(DriverError) {
                let record = try folder.update(key) { (record) throws(DriverError) in
                    if record?.end == nil { record?.end = status }
                }
                written = record?.end ?? status
                break
            } catch {
                // The disk is full, or gone: the step stays active until its end can be written down.
                Blocking.sleep(seconds: 1)
            }
        }
        state.withLock { $0.end = written }
    }

    func time() -> Timestamp { now() }
}

extension StepPhase {
    fileprivate var rank: Int {
        switch self {
        case .preparing: 0
        case .reserving: 1
        case .transferring: 2
        case .handingOver: 3
        case .fetching: 4
        case .working: 5
        }
    }
}
