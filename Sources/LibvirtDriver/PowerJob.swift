internal import ClusterModel
internal import Execution
internal import Libvirt
internal import Synchronization

/// A host on its way up or down. Up is done when its hypervisor answers and its agent reports, down when its power is
/// off.
final class PowerJob: Sendable {
    private static let lookSeconds = 1.0

    private let record: StepRecord
    private let host: String
    private let target: HostPower
    private let state = Mutex(State())

    private struct State {
        var isStarted = false
        var end: StepStatus?
        var trouble: String?
    }

    init(record: StepRecord, host: String, target: HostPower) {
        self.record = record
        self.host = host
        self.target = target
    }

    /// How long it still takes is not known: the policy's time limits judge it.
    var status: StepStatus { state.withLock { $0.end ?? .active(phase: .working(remainingSeconds: 0)) } }

    func start(
        power: any PowerDriver, link: HostLink?, isReporting: @escaping LibvirtDriver.AgentCheck, folder: StateFolder,
        clock: PlatformClock
    ) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        Task {
            while state.withLock({ $0.end == nil }) {
                await look(power, link, isReporting, folder, clock)
                // Nobody cancels this task; a sleep that ends early only looks sooner.
                do { try await Task.sleep(for: .seconds(Self.lookSeconds)) } catch {}
            }
        }
    }

    private func look(
        _ power: any PowerDriver, _ link: HostLink?, _ isReporting: LibvirtDriver.AgentCheck, _ folder: StateFolder,
        _ clock: PlatformClock
    ) async {
        do throws(DriverError) {
            let now = try await power.state(of: host)
            if now != target {
                if target == .on { try await power.switchOn(host) } else { try await power.switchOff(host) }
                return
            }
            if target == .on {
                guard await link?.isAnswering() ?? true, await isReporting(host, record.startedAt) else { return }
            }
            try folder.setHostState(host, target == .on ? .on : .off)
            try end(
                .succeeded(measurement: Measurement(startedAt: record.startedAt, endedAt: clock.now())), folder)
        } catch {
            guard error.code != .unreachable else { return }
            let failure = StepFailure(code: error.failure ?? .internalError, message: error.message)
            do throws(DriverError) { try end(.failed(failure: failure), folder) } catch {
                // Cannot be written down now: the next look tries again.
            }
        }
    }

    private func end(_ status: StepStatus, _ folder: StateFolder) throws(DriverError) {
        try folder.update(record.key) { (record) throws(DriverError) in
            if record?.end == nil { record?.end = status }
        }
        state.withLock { $0.end = status }
    }
}
