internal import ClusterModel
public import Execution
internal import Libvirt

// Cancelling and adjusting. What is wanted is written down first: whoever works on the migration sees it there.
extension LibvirtDriver {
    public func cancel(_ key: StepKey) async throws(DriverError) -> StepStatus {
        let record = try folder.update(key) { (record) throws(DriverError) in
            guard let known = record, known.end == nil, known.migration != nil else { return }
            // Handed over to post-copy, or about to be: only going on is safe.
            guard !known.isSwitched, known.adjustment(.postCopy) == nil else { return }
            record?.isCancelRequested = true
        }
        guard let record, record.end == nil, record.isCancelRequested, let move = record.migration,
            let source = hosts.link(move.from)
        else { return try await status(of: key) }
        do throws(LibvirtError) {
            try await source.call { (connection) throws(LibvirtError) in
                guard let domain = try connection.domain(named: move.vm), domain.uuid == record.uuid else { return }
                let job = try domain.job()
                if job.kind == .running, job.isMigrationOut { try domain.abortJob() }
            }
        } catch {
            // Whoever watches the migration tries again; a refusal means that it is too late.
            if error.isConnectionTrouble { throw error.driverError }
        }
        return try await status(of: key)
    }

    public func adjust(
        _ key: StepKey, _ adjustment: MigrationAdjustment
    ) async throws(DriverError) -> StepStatus {
        guard let record = try folder.step(key) else { return .unknown }
        guard let move = record.migration else {
            throw DriverError(code: .unsupported, message: "step \(key) is no migration")
        }
        if record.adjustment(adjustment.kind) == adjustment { return try await status(of: key) }
        guard record.end == nil else { throw Preparation.refused(.tooLate, "step \(key) has ended") }
        try checkLeave(for: adjustment, move)
        try await checkTransfer(of: record, move)
        if adjustment.kind == .postCopy {
            // Written down before it is done: from here on nobody cancels. The watch switches.
            let written = try folder.update(key) { (record) throws(DriverError) in
                if record?.isCancelRequested == false { record?.adjustments.append(adjustment) }
            }
            guard written?.adjustment(.postCopy) != nil else {
                throw Preparation.refused(.tooLate, "step \(key) is being cancelled")
            }
        } else {
            try await apply(adjustment, record, move)
            try folder.update(key) { (record) throws(DriverError) in record?.adjustments.append(adjustment) }
        }
        return try await status(of: key)
    }

    private func checkLeave(for adjustment: MigrationAdjustment, _ move: MigrationRequest) throws(DriverError) {
        switch adjustment {
        case .pauseLimit(let value), .bandwidth(let value):
            guard value > 0, value.isFinite else {
                throw DriverError(code: .invalid, message: "an adjustment to \(value)")
            }
        case .throttle, .postCopy:
            let isPrepared = move.mode == .postCopy && adjustment == .postCopy
            guard isPrepared || move.adjustments.contains(adjustment.kind) else {
                throw Preparation.refused(
                    .unsupported,
                    "the migration of VM \(move.vm) was begun without leave for \(adjustment.kind.rawValue)")
            }
        }
    }

    private func checkTransfer(of record: StepRecord, _ move: MigrationRequest) async throws(DriverError) {
        let isTransferring = try await onSource(record, move) { (domain) throws(LibvirtError) in
            let job = try domain.job()
            return job.kind == .running && job.isMigrationOut && job.iteration >= 1
        }
        guard isTransferring == true else {
            throw Preparation.refused(.tooLate, "the migration of VM \(move.vm) does not transfer memory now")
        }
    }

    private func apply(
        _ adjustment: MigrationAdjustment, _ record: StepRecord, _ move: MigrationRequest
    ) async throws(DriverError) {
        _ = try await onSource(record, move) { (domain) throws(LibvirtError) in
            switch adjustment {
            case .pauseLimit(let milliseconds):
                // A staged move is stopped by the watch, which reads the limit from the record.
                guard move.mode != .staged else { break }
                try domain.setMaxDowntime(milliseconds: MigrationCall.milliseconds(milliseconds))
            case .bandwidth(let bitsPerSecond):
                try domain.setMaxSpeed(mebibytesPerSecond: MigrationCall.mebibytes(bitsPerSecond: bitsPerSecond))
            case .throttle, .postCopy:
                // Throttling is QEMU's own from the start of a migration that may be throttled; post-copy is the
                // watch's.
                break
            }
            return true
        }
    }

    /// `nil`: the domain is not there.
    func onSource<Value: Sendable>(
        _ record: StepRecord, _ move: MigrationRequest,
        _ body: @escaping @Sendable (LibvirtDomain) throws(LibvirtError) -> Value
    ) async throws(DriverError) -> Value? {
        guard let source = hosts.link(move.from) else { return nil }
        do throws(LibvirtError) {
            return try await source.call { (connection) throws(LibvirtError) -> Value? in
                guard let domain = try connection.domain(named: move.vm), domain.uuid == record.uuid else { return nil }
                return try body(domain)
            }
        } catch {
            throw error.driverError
        }
    }
}
