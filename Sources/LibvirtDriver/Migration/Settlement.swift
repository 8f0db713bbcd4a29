internal import Clocks
internal import ClusterModel
internal import Execution
internal import Libvirt

/// Finds out how a migration ended that is no longer at work, by asking both ends, and sees to it that the VM runs
/// where it is. Blocks.
struct Settlement {
    /// A hand-over, or the clearing away after one that failed, takes seconds at most.
    private static let patienceSeconds = 30.0
    /// The source's libvirt is given so long to finish by itself before Drover does it.
    private static let graceSeconds = 5.0
    private static let recoveries = 3

    let job: MigrationJob
    let watch: MigrationWatch
    /// What the call ended with; `nil`: it succeeded, or somebody else made it.
    let failure: LibvirtError?

    private var move: MigrationRequest { job.call.move }

    func settle() -> StepStatus {
        let began = MonotonicClock.seconds()
        var recovered = 0
        while true {
            let places = Whereabouts(
                vm: move.vm, uuid: job.call.record.uuid, source: job.call.source, destination: job.call.destination)
            let waited = MonotonicClock.seconds() - began
            switch places.verdict {
            case .atDestination:
                return arrived()
            case .pausedAtDestination:
                guard job.call.record.ran else { return arrived() }
                if waited >= Self.graceSeconds {
                    act(at: job.call.destination) { (domain) throws(LibvirtError) in try domain.resume() }
                }
            case .fetching:
                // Goes on as long as it takes; when it breaks, the states say so.
                Blocking.sleep(seconds: 0.2)
                continue
            case .atSource:
                return stayed(places)
            case .pausedAtSource:
                if !mustResume { return stayed(places) }
                if waited >= 1 { act(at: job.call.source) { (domain) throws(LibvirtError) in try domain.resume() } }
            case .copyLeftAtSource:
                if waited >= Self.graceSeconds { clearSource() }
            case .split:
                recovered += 1
                if recovered > Self.recoveries { return .failed(failure: split(places)) }
                recover()
            case .lost:
                return .failed(failure: lost(places))
            case .nowhere:
                return nowhere(places)
            case .twice, .undecided:
                break
            }
            if waited >= Self.patienceSeconds { return .failed(failure: undecided(places)) }
            Blocking.sleep(seconds: 0.2)
        }
    }

    /// A guest that ran before, or that Drover stopped, is to run on; one that its owner had paused is not.
    private var mustResume: Bool { job.call.record.ran }

    // MARK: - Ends

    private func arrived() -> StepStatus {
        if job.call.record.isPersistent { forgetAtSource() }
        let done = completedJob()
        let pause = watch.pauseSeconds.map { $0 * 1000 } ?? done?.downtimeMilliseconds.map { Double($0) }
        let bytes = max(done?.processedBytes ?? 0, watch.last?.processedBytes ?? 0)
        let rounds = max(done?.iteration ?? 0, watch.last?.iteration ?? 0, 1)
        return .succeeded(
            measurement: Measurement(
                startedAt: job.call.record.startedAt, endedAt: job.time(), downtimeMilliseconds: pause ?? 0,
                transferBytes: Double(bytes), rounds: Int(clamping: rounds)))
    }

    /// The figures of the migration that the destination keeps; post-copy leaves none.
    private func completedJob() -> DomainJob? {
        do throws(LibvirtError) {
            return try job.call.destination.blocking { (connection) throws(LibvirtError) -> DomainJob? in
                guard let domain = try connection.domain(named: move.vm) else { return nil }
                let found = try domain.job(completed: true)
                return found.kind == .completed && found.isMigrationIn ? found : nil
            }
        } catch {
            return nil
        }
    }

    private func stayed(_ places: Whereabouts) -> StepStatus {
        let record = currentRecord()
        if record?.isCancelRequested == true { return .cancelled }
        let state = places.source.state?.kind == .paused ? "is paused" : "runs on"
        let whereabouts = "VM \(move.vm) \(state) at \(move.from)"
        guard let failure else {
            return failed(.lost, "the migration ended without effect after Drover was interrupted; \(whereabouts)")
        }
        if failure.isAborted { return failed(.internalError, "somebody else stopped the migration; \(whereabouts)") }
        var code = failure.failureCode
        // QEMU's own trouble comes as a general error; when the other end is silent, that is why.
        if code == .internalError, places.destination == .silent { code = .connectionLost }
        return failed(code, "\(failure.message); \(whereabouts)")
    }

    private func nowhere(_ places: Whereabouts) -> StepStatus {
        if let host = job.platform.whereabouts(ofUUID: job.call.record.uuid, named: move.vm) {
            return failed(.wrongSource, "VM \(move.vm) was moved to \(host) by somebody else meanwhile; it runs there")
        }
        return failed(
            .machineUnavailable,
            "VM \(move.vm) was shut down or ended during the move: it is active neither at \(move.from) nor at \(move.to)"
                + (failure.map { " (\($0.message))" } ?? ""))
    }

    private func undecided(_ places: Whereabouts) -> StepFailure {
        if places.verdict == .twice {
            return StepFailure(
                code: .stuck,
                message: "VM \(move.vm) runs at \(move.from) and at \(move.to): pause one of them at once; \(places)")
        }
        let silent = [(places.source, move.from), (places.destination, move.to)].filter { $0.0 == .silent }.map(\.1)
        if !silent.isEmpty {
            return StepFailure(
                code: .hostFailed,
                message: "where VM \(move.vm) is cannot be told: \(silent.joined(separator: " and ")) does not answer; "
                    + "\(places)")
        }
        return StepFailure(code: .stuck, message: "the move of VM \(move.vm) did not come to an end: \(places)")
    }

    private func split(_ places: Whereabouts) -> StepFailure {
        StepFailure(
            code: .machineLost,
            message:
                "post-copy of VM \(move.vm) broke: its memory lies at \(move.from) and at \(move.to), and it stands "
                + "still. Destroy neither; when the link works again, virsh migrate --postcopy --postcopy-resume at "
                + "\(move.from) goes on (\(places))")
    }

    private func lost(_ places: Whereabouts) -> StepFailure {
        StepFailure(
            code: .machineLost,
            message:
                "post-copy of VM \(move.vm) broke and its memory at \(move.to) is gone: it runs nowhere. Destroy the "
                + "rest at \(move.from) and start it anew (\(places))")
    }

    private func failed(_ code: StepFailure.Code, _ message: String) -> StepStatus {
        .failed(failure: StepFailure(code: code, message: message))
    }

    // MARK: - Acting

    private func currentRecord() -> StepRecord? {
        do throws(DriverError) { return try job.folder.step(job.key) } catch { return nil }
    }

    private func act(at link: HostLink, _ body: (LibvirtDomain) throws(LibvirtError) -> Void) {
        do throws(LibvirtError) {
            try link.blocking { (connection) throws(LibvirtError) in
                guard let domain = try connection.domain(named: move.vm), domain.uuid == job.call.record.uuid else {
                    return
                }
                try body(domain)
            }
        } catch {
            // The next look at both ends shows whether it took effect.
        }
    }

    /// The protocol was cut off after the hand-over: the copy that stopped for it at the source is no longer needed.
    private func clearSource() {
        act(at: job.call.source) { (domain) throws(LibvirtError) in
            let state = try domain.state()
            guard state.kind == .paused, state.detail == .migration || state.detail == .postCopy else { return }
            try domain.destroy()
        }
    }

    /// libvirt forgets the definition at the source as its last act; a protocol that was cut off leaves it there. It is
    /// only forgotten when the destination has it.
    private func forgetAtSource() {
        var isKept = false
        act(at: job.call.destination) { (domain) throws(LibvirtError) in isKept = try domain.isPersistent() }
        guard isKept else { return }
        act(at: job.call.source) { (domain) throws(LibvirtError) in
            if try domain.state().kind == .stopped { try domain.undefine() }
        }
    }

    private func recover() {
        Blocking.sleep(seconds: 2)
        do throws(LibvirtError) {
            try job.call.run(recovering: true)
        } catch {
            // The states at both ends say what came of it.
        }
    }
}
