internal import ClusterModel
internal import Execution
internal import Testing

// Changes to a running migration that does not end by itself.
extension ContractRun {
    /// Begins the move that does not converge, and lets it come to its third pass.
    private func beginBusyMove(_ step: String, _ kind: MigrationAdjustment.Kind) async throws -> MigrationRequest {
        let move = try await move(
            subject.busyVM, bitsPerSecond: subject.busyBitsPerSecond,
            adjustments: capabilities.adjustments.contains(kind) ? [kind] : [])
        _ = try await driver.begin(request(step, .migrate(migration: move)))
        try await transferring(key(step), rounds: 3)
        return move
    }

    /// Begins the busy move and adjusts it, twice; it must then end at its destination. What the platform cannot do
    /// must be refused, and the move is cancelled.
    private func ends(
        _ step: String, with adjustment: MigrationAdjustment
    ) async throws -> Measurement? {
        let move = try await beginBusyMove(step, adjustment.kind)
        let key = key(step)
        guard capabilities.adjustments.contains(adjustment.kind) else {
            let error = await failure("an adjustment that the platform cannot make") { () async throws(DriverError) in
                try await driver.adjust(key, adjustment)
            }
            #expect(error?.code == .unsupported)
            _ = try await driver.cancel(key)
            #expect(try await end(of: key) == .cancelled)
            return nil
        }
        _ = try await driver.adjust(key, adjustment)
        // Again, from another client: in force already.
        _ = try await subject.reconnected().adjust(key, adjustment)
        let end = try await end(of: key)
        guard case .succeeded(let measurement) = end else {
            Issue.record("\(step): ended as \(end)")
            _ = try await driver.cancel(key)
            return nil
        }
        #expect(try await host(of: subject.busyVM) == move.to)
        #expect(try await driver.adjust(key, adjustment) == end, "in force when it ended: nothing to refuse")
        return measurement
    }

    func raisedPause() async throws {
        let measurement = try await ends("pause", with: .pauseLimit(milliseconds: subject.raisedMilliseconds))
        if let measurement { #expect(measurement.downtimeMilliseconds > 300) }
    }

    func widened() async throws {
        _ = try await ends("wide", with: .bandwidth(bitsPerSecond: subject.wideBitsPerSecond))
    }

    func throttling() async throws {
        _ = try await ends("throttle", with: .throttle)
    }

    func postCopy() async throws {
        guard let measurement = try await ends("post", with: .postCopy) else { return }
        #expect(measurement.downtimeMilliseconds < measurement.durationSeconds * 1000 / 2)
        guard capabilities.modes.contains(.postCopy) else { return }
        // Handed over, it cannot be called back.
        let move = try await beginBusyMove("no return", .postCopy)
        let key = key("no return")
        let adjusted = try await driver.adjust(key, .postCopy)
        let answer = try await driver.cancel(key)
        #expect(adjusted != .cancelled && answer != .cancelled)
        guard case .succeeded = try await end(of: key) else {
            Issue.record("cancelled after post-copy had begun")
            return
        }
        #expect(try await host(of: subject.busyVM) == move.to)
    }

    func lateAdjustments() async throws {
        #expect(try await driver.adjust(key("unknown"), .pauseLimit(milliseconds: 500)) == .unknown)
        let move = try await move(
            subject.quietVM, bitsPerSecond: subject.slowBitsPerSecond, adjustments: [])
        _ = try await driver.begin(request("late", .migrate(migration: move)))
        try await transferring(key("late"))
        for adjustment in [MigrationAdjustment.throttle, .postCopy] {
            let error = await failure("without leave for \(adjustment)") { () async throws(DriverError) in
                try await driver.adjust(key("late"), adjustment)
            }
            let isPossible = capabilities.adjustments.contains(adjustment.kind)
            #expect(error?.code == (isPossible ? .refused : .unsupported))
        }
        let end = try await end(of: key("late"))
        guard case .succeeded = end else {
            Issue.record("ended as \(end)")
            return
        }
        for adjustment in [MigrationAdjustment.pauseLimit(milliseconds: 5000), .throttle, .postCopy] {
            let error = await failure("after the end: \(adjustment)") { () async throws(DriverError) in
                try await driver.adjust(key("late"), adjustment)
            }
            #expect(error?.code == .refused || error?.code == .unsupported)
        }
        #expect(try await driver.status(of: key("late")) == end)
    }
}
