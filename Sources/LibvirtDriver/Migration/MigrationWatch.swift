internal import Clocks
internal import ClusterModel
internal import Execution
internal import Libvirt

/// Looks at a migration at work and does what its mode asks for at the right moment. Lives on one thread.
struct MigrationWatch {
    /// What a stop costs beside the sending: measured 60 to 130 ms from the stop to the first instruction elsewhere.
    private static let handOverMilliseconds = 100.0

    private let job: MigrationJob
    private var sourceDomain: LibvirtDomain?
    private var destinationDomain: LibvirtDomain?
    /// Looks in a row that found no job; the first may come before libvirt shows one.
    private var emptyLooks = 0
    private var sawJob = false
    private(set) var last: DomainJob?
    private var lastIteration: UInt64 = 0
    private var processed: (bytes: UInt64, at: Double)?
    private var ownRate = 0.0
    /// Whether the guest was stopped by Drover; then it must be Drover that lets it run on.
    private(set) var isStoppedByDrover = false
    private var pauseBegan: Double?
    private(set) var pauseSeconds: Double?

    init(job: MigrationJob) { self.job = job }

    /// Whether a job that somebody else began is still at work.
    var isJobAtWork: Bool { emptyLooks < 2 }

    /// Whether the guest stands still and its arrival is waited for.
    var isGuestStopped: Bool { pauseBegan != nil && pauseSeconds == nil }

    mutating func look() {
        do throws(LibvirtError) {
            let domain = try source()
            let found = try domain.job()
            guard found.kind == .running, found.isMigrationOut else {
                emptyLooks += 1
                if sawJob { job.advance(to: .handingOver) }
                return
            }
            emptyLooks = 0
            try take(found, of: domain)
        } catch {
            sourceDomain = nil
            emptyLooks += error.isDomainGone ? 2 : 1
        }
    }

    private mutating func take(_ found: DomainJob, of domain: LibvirtDomain) throws(LibvirtError) {
        let record = currentRecord()
        if !sawJob {
            sawJob = true
            // The limit may have been reset when the job began.
            try domain.setMaxDowntime(milliseconds: job.call.firstPauseMilliseconds)
        }
        measureRate(found)
        last = found
        if record.isCancelRequested, !record.isSwitched {
            try domain.abortJob()
            return
        }
        if isGuestStopped { lookForArrival() }
        try switchIfDue(found, domain, record)
        try stopIfDue(found, domain, record)
        lastIteration = found.iteration
        let progress = progress(of: found)
        if isGuestStopped {
            job.advance(to: .handingOver)
        } else if pauseSeconds != nil, record.isSwitched {
            job.advance(to: .fetching(progress: progress))
        } else if found.iteration >= 1 {
            job.advance(to: .transferring(progress: progress))
        } else {
            job.advance(to: .reserving)
        }
    }

    // MARK: - Acting

    /// Post-copy begins after the first pass, or when it was asked for. From then on nothing is cancelled.
    private mutating func switchIfDue(
        _ found: DomainJob, _ domain: LibvirtDomain, _ record: StepRecord
    ) throws(LibvirtError) {
        let isDue = job.call.move.mode == .postCopy && found.iteration >= 2 || record.adjustment(.postCopy) != nil
        guard isDue, !record.isSwitched, setSwitched(true) else { return }
        pauseBegan = MonotonicClock.seconds()
        do throws(LibvirtError) {
            try domain.startPostCopy()
        } catch {
            // It has handed over already, or cannot yet; the next look decides again.
            pauseBegan = nil
            _ = setSwitched(false)
            throw error
        }
    }

    /// Whether the record now says so; not when somebody asked for a cancel in the same moment.
    private func setSwitched(_ isSwitched: Bool) -> Bool {
        do throws(DriverError) {
            let record = try job.folder.update(job.key) { (record) throws(DriverError) in
                if record?.isCancelRequested == false { record?.isSwitched = isSwitched }
            }
            return record?.isSwitched == isSwitched
        } catch {
            // Not written down, not done.
            return false
        }
    }

    /// A staged move is stopped at the end of the first pass whose rest fits the pause.
    private mutating func stopIfDue(
        _ found: DomainJob, _ domain: LibvirtDomain, _ record: StepRecord
    ) throws(LibvirtError) {
        guard job.call.move.mode == .staged, record.ran, !isStoppedByDrover, !record.isSwitched,
            found.iteration >= 2, found.iteration > lastIteration
        else { return }
        var limit = job.call.move.maxDowntimeMilliseconds
        if case .pauseLimit(let milliseconds)? = record.adjustment(.pauseLimit) { limit = milliseconds }
        let seconds = max(limit - Self.handOverMilliseconds, limit / 4) / 1000
        let fits = Double(found.remainingBytes) <= max(ownRate, Double(found.bytesPerSecond)) * seconds
        guard fits else { return }
        pauseBegan = MonotonicClock.seconds()
        try domain.suspend()
        isStoppedByDrover = true
        // Nothing is rewritten any more: the rest goes in one pass, however long.
        try domain.setMaxDowntime(milliseconds: 60_000)
    }

    private mutating func lookForArrival() {
        do throws(LibvirtError) {
            let domain: LibvirtDomain
            if let known = destinationDomain {
                domain = known
            } else {
                let connection = try job.call.destination.newConnection()
                guard let found = try connection.domain(named: job.call.move.vm) else { return }
                domain = found
                destinationDomain = found
            }
            if try domain.state().kind == .running { endPause() }
        } catch {
            destinationDomain = nil
        }
    }

    /// The guest runs again, or at the latest now.
    mutating func endPause() {
        if let began = pauseBegan, pauseSeconds == nil { pauseSeconds = MonotonicClock.seconds() - began }
    }

    // MARK: - Looking

    private mutating func source() throws(LibvirtError) -> LibvirtDomain {
        if let sourceDomain { return sourceDomain }
        let connection = try job.call.source.newConnection()
        guard let domain = try connection.domain(named: job.call.move.vm), domain.uuid == job.call.record.uuid else {
            throw LibvirtError(code: LibvirtError.noDomain, message: "VM \(job.call.move.vm) has left its host")
        }
        sourceDomain = domain
        return domain
    }

    /// What is written down now: others may have asked for a cancel or an adjustment.
    private func currentRecord() -> StepRecord {
        do throws(DriverError) {
            return try job.folder.step(job.key) ?? job.call.record
        } catch {
            return job.call.record
        }
    }

    private mutating func measureRate(_ found: DomainJob) {
        let now = MonotonicClock.seconds()
        if let processed, found.processedBytes >= processed.bytes, now > processed.at {
            let rate = Double(found.processedBytes - processed.bytes) / (now - processed.at)
            ownRate = ownRate == 0 ? rate : 0.7 * ownRate + 0.3 * rate
        }
        processed = (found.processedBytes, now)
    }

    private func progress(of found: DomainJob) -> TransferProgress {
        TransferProgress(
            remainingBytes: Double(found.remainingBytes),
            bytesPerSecond: found.bytesPerSecond > 0 ? Double(found.bytesPerSecond) : ownRate,
            dirtyBytesPerSecond: found.dirtyBytesPerSecond.map { Double($0) },
            round: Int(clamping: max(1, found.iteration)),
            throttleFraction: Double(found.throttlePercent) / 100)
    }
}
