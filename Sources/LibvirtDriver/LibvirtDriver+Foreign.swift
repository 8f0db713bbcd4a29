internal import ClusterModel
internal import Execution
internal import Libvirt

// Migrations that somebody else works on, and those of which only the mark on the VM is left.
extension LibvirtDriver {
    /// What another process works on, by what libvirt says of it.
    func foreignStatus(_ record: StepRecord) async throws(DriverError) -> StepStatus {
        guard let move = record.migration else { return .unknown }
        let job = try await onSource(record, move) { (domain) throws(LibvirtError) in try domain.job() }
        // It may have ended between the two questions.
        if let end = try folder.step(record.key)?.end { return end }
        guard let job else { return .active(phase: .handingOver) }
        return .active(phase: Self.phase(of: job))
    }

    private static func phase(of job: DomainJob) -> StepPhase {
        guard job.kind == .running, job.isMigrationOut else { return .preparing }
        guard job.iteration >= 1 else { return .reserving }
        return .transferring(
            progress: TransferProgress(
                remainingBytes: Double(job.remainingBytes), bytesPerSecond: Double(job.bytesPerSecond),
                dirtyBytesPerSecond: job.dirtyBytesPerSecond.map { Double($0) }, round: Int(clamping: job.iteration),
                throttleFraction: Double(job.throttlePercent) / 100))
    }

    /// A key that the folder does not know: a VM may carry it, when the folder was lost or another Drover began it.
    func statusByMark(of key: StepKey) async throws(DriverError) -> StepStatus {
        struct Found: Sendable {
            let mark: MoveMark
            let state: DomainState
            let job: DomainJob
            let done: DomainJob?
        }
        let answers = await hosts.ask { (_, connection) throws(LibvirtError) -> Found? in
            for domain in try connection.domains(active: true) {
                guard let mark = try MoveMark.of(domain), mark.key == key else { continue }
                let job = try domain.job()
                let done = job.kind == .running ? nil : try Self.completedJob(domain)
                return Found(mark: mark, state: try domain.state(), job: job, done: done)
            }
            return nil
        }
        var found: [String: Found] = [:]
        for (link, answer) in answers {
            if case .success(let value?) = answer { found[link.host.id] = value }
        }
        guard let mark = found.values.first?.mark else {
            // A host that does not answer may hold the VM that carries it.
            if case .failure(let error)? = answers.first(where: { $0.link.silence != nil })?.answer {
                throw DriverError(code: .unreachable, message: error.message)
            }
            return .unknown
        }
        if let source = found[mark.from], source.job.kind == .running {
            return .active(phase: Self.phase(of: source.job))
        }
        if let destination = found[mark.to], destination.state.kind == .running {
            return .succeeded(
                measurement: Measurement(
                    startedAt: mark.at, endedAt: clock.now(),
                    downtimeMilliseconds: destination.done?.downtimeMilliseconds.map { Double($0) } ?? 0,
                    transferBytes: Double(destination.done?.processedBytes ?? 0),
                    rounds: Int(clamping: destination.done?.iteration ?? 1)))
        }
        let place = found.keys.sorted().joined(separator: " and ")
        return .failed(
            failure: StepFailure(code: .lost, message: "the migration took no effect; the VM is at \(place)"))
    }

    private static func completedJob(_ domain: LibvirtDomain) throws(LibvirtError) -> DomainJob? {
        let job = try domain.job(completed: true)
        return job.kind == .completed && job.isMigrationIn ? job : nil
    }
}
