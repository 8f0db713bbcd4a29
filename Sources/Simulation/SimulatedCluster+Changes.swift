internal import ClusterModel
package import Execution

// Changes to steps that are at work.
extension SimulatedCluster {
    package mutating func cancel(_ key: StepKey) -> StepStatus {
        guard let job = jobs[key] else {
            record(.cancel, key: key, status: .unknown)
            return .unknown
        }
        record(.cancel, key: key, action: job.action, status: status(of: key))
        guard job.end == nil, isCancellable(job) else { return status(of: key) }
        finish(key, .cancelled)
        return .cancelled
    }

    /// A migration is, until it hands over; so is anything that hangs, or nothing would ever end it.
    private func isCancellable(_ job: SimulatedJob) -> Bool {
        job.course.hangs || job.phase(at: now).isCancellable
    }

    package mutating func adjust(
        _ key: StepKey, _ adjustment: MigrationAdjustment
    ) throws(DriverError) -> StepStatus {
        guard let job = jobs[key] else { return .unknown }
        if job.course.isInForce(adjustment) { return status(of: key) }
        do throws(DriverError) {
            try check(adjustment, of: job)
        } catch {
            record(.refused, key: key, action: job.action, error: error, adjustment: adjustment)
            throw error
        }
        jobs[key]?.adjust(adjustment, at: now)
        record(.adjusted, key: key, action: job.action, adjustment: adjustment)
        return status(of: key)
    }

    private func check(_ adjustment: MigrationAdjustment, of job: SimulatedJob) throws(DriverError) {
        guard case .migrate(let move) = job.action else {
            throw DriverError(code: .unsupported, message: "step \(job.key) is no migration")
        }
        guard move.adjustments.contains(adjustment.kind) else {
            throw DriverError(
                code: .refused, message: "\(job.key) was begun without leave for \(adjustment.kind.rawValue)",
                failure: .unsupported)
        }
        guard job.end == nil else { throw refused(.tooLate, "step \(job.key) has ended") }
        if let objection = job.objection(to: adjustment, at: now) {
            throw refused(.tooLate, "step \(job.key) cannot be adjusted: \(objection)")
        }
        switch adjustment {
        case .pauseLimit(let milliseconds):
            guard milliseconds > 0, milliseconds.isFinite else {
                throw DriverError(code: .invalid, message: "a pause limit of \(milliseconds) ms")
            }
        case .bandwidth(let bitsPerSecond):
            guard bitsPerSecond > 0, bitsPerSecond.isFinite else {
                throw DriverError(code: .invalid, message: "a bandwidth of \(bitsPerSecond) bit/s")
            }
            try checkTransfers(with: move.using(bitsPerSecond: bitsPerSecond), instead: job.key)
        case .throttle, .postCopy: break
        }
    }
}
