internal import ClusterModel
internal import Execution
internal import Testing

// Steps: begin, status, cancel.
extension ContractRun {
    func wholeLife() async throws {
        let key = key("life")
        #expect(try await driver.status(of: key) == .unknown)
        #expect(try await driver.cancel(key) == .unknown)
        let move = try await move(subject.quietVM, bitsPerSecond: subject.slowBitsPerSecond)
        let start = try await driver.now()
        #expect(try await !driver.begin(request("life", .migrate(migration: move))).isEnded)
        var phases: [String] = []
        var least = Double.infinity
        let end = try await look(at: key, until: "its end") { status in
            guard case .active(let phase) = status else { return status.isEnded }
            if phases.last != phase.name { phases.append(phase.name) }
            if let progress = phase.progress {
                #expect(progress.remainingBytes >= 0 && progress.bytesPerSecond >= 0 && progress.round >= 1)
                least = min(least, progress.remainingBytes)
            }
            return false
        }
        #expect(phases.contains("transferring") && least.isFinite)
        let order = ["preparing", "reserving", "transferring", "handing over"]
        #expect(phases == order.filter(phases.contains), "phases in another order, or twice: \(phases)")
        guard case .succeeded(let measurement) = end else {
            Issue.record("ended as \(end)")
            return
        }
        #expect(try await host(of: subject.quietVM) == move.to)
        #expect(measurement.startedAt >= start.adding(seconds: -1) && measurement.durationSeconds > 0)
        #expect(try await measurement.endedAt <= driver.now().adding(seconds: 1))
        #expect(measurement.transferBytes > 0 && measurement.downtimeMilliseconds > 0)
        #expect(measurement.downtimeMilliseconds / 1000 < measurement.durationSeconds)
    }

    func repetition() async throws {
        let action = StepAction.migrate(
            migration: try await move(subject.quietVM, bitsPerSecond: subject.slowBitsPerSecond))
        let request = request("again", action)
        _ = try await driver.begin(request)
        try await transferring(request.key)
        // Nothing is begun: the same migration goes on.
        #expect(try await !driver.begin(request).isEnded)
        let other = try await subject.reconnected()
        #expect(try await !other.begin(request).isEnded)
        let conflict = await failure("another action") { () async throws(DriverError) in
            try await other.begin(StepRequest(key: request.key, fence: fence, action: .powerOn(host: subject.first)))
        }
        #expect(conflict?.code == .conflict)
        let end = try await end(of: request.key)
        guard case .succeeded = end else {
            Issue.record("ended as \(end)")
            return
        }
        let place = try await host(of: subject.quietVM)
        #expect(try await driver.begin(request) == end)
        #expect(try await other.status(of: request.key) == end)
        #expect(try await other.cancel(request.key) == end)
        #expect(try await host(of: subject.quietVM) == place)
    }

    func cancelling() async throws {
        let action = StepAction.migrate(
            migration: try await move(subject.busyVM, bitsPerSecond: subject.busyBitsPerSecond))
        let place = try await host(of: subject.busyVM)
        let key = key("stop")
        _ = try await driver.begin(request("stop", action))
        try await transferring(key)
        let answer = try await driver.cancel(key)
        #expect(answer == .cancelled || !answer.isEnded)
        #expect(try await end(of: key) == .cancelled)
        #expect(try await driver.cancel(key) == .cancelled)
        #expect(try await driver.begin(request("stop", action)) == .cancelled, "a key that ended never begins again")
        #expect(try await host(of: subject.busyVM) == place)
        // The VM is free for another attempt.
        let second = self.key("stop", attempt: 2)
        _ = try await driver.begin(StepRequest(key: second, fence: fence, action: action))
        try await transferring(second)
        _ = try await driver.cancel(second)
        #expect(try await end(of: second) == .cancelled)
    }

    func refusals() async throws {
        let good = try await move(subject.quietVM, bitsPerSecond: subject.slowBitsPerSecond)
        func changed(vm: String? = nil, from: String? = nil, to: String? = nil) -> StepAction {
            .migrate(
                migration: MigrationRequest(
                    vm: vm ?? good.vm, from: from ?? good.from, to: to ?? good.to, mode: good.mode,
                    bandwidthBitsPerSecond: good.bandwidthBitsPerSecond,
                    maxDowntimeMilliseconds: good.maxDowntimeMilliseconds, guestRestarts: false))
        }
        let cases: [(String, StepAction, StepFailure.Code)] = [
            ("from elsewhere", changed(from: good.to, to: good.from), .wrongSource),
            ("no such VM", changed(vm: "no-such-machine"), .machineUnavailable),
            ("no such destination", changed(to: "no-such-host"), .hostUnavailable),
        ]
        for (name, action, code) in cases {
            let error = await failure(name) { () async throws(DriverError) in
                try await driver.begin(request(name, action))
            }
            #expect(
                error?.code == .refused && error?.failure == code, "\(name): \(error.map { "\($0.code): \($0)" } ?? "")"
            )
            #expect(try await driver.status(of: key(name)) == .unknown, "\(name): a refused key is known")
        }
        _ = try await driver.begin(request("moving", .migrate(migration: good)))
        try await transferring(key("moving"))
        let second = await failure("a second move of one VM") { () async throws(DriverError) in
            try await driver.begin(request("second", .migrate(migration: good)))
        }
        #expect(second?.code == .refused && second?.failure == .busy)
        _ = try await driver.cancel(key("moving"))
        #expect(try await end(of: key("moving")) == .cancelled)
        for mode in MigrationMode.allCases where !capabilities.modes.contains(mode) {
            let move = try await move(subject.quietVM, bitsPerSecond: subject.slowBitsPerSecond, mode: mode)
            let error = await failure("mode \(mode)") { () async throws(DriverError) in
                try await driver.begin(request("mode \(mode)", .migrate(migration: move)))
            }
            #expect(error?.code == .unsupported)
        }
    }

    func fencing() async throws {
        let move = try await move(subject.quietVM, bitsPerSecond: subject.slowBitsPerSecond)
        _ = try await driver.begin(request("new", .migrate(migration: move), fence: fence + 1))
        _ = try await driver.cancel(key("new"))
        try await end(of: key("new"))
        let other = try await subject.reconnected()
        let stale = await failure("an older fence") { () async throws(DriverError) in
            try await other.begin(request("old", .migrate(migration: move), fence: fence))
        }
        #expect(stale?.code == .staleFence)
    }

    func power() async throws {
        guard let spare = subject.spareHost, capabilities.canSwitchPower else {
            let error = await failure("a power step that the platform cannot do") { () async throws(DriverError) in
                try await driver.begin(request("off", .powerOff(host: subject.first)))
            }
            #expect(error?.code == .unsupported || error?.failure == .hostNotEmpty)
            return
        }
        let occupied = try await host(of: subject.quietVM)
        let error = await failure("a host that holds VMs") { () async throws(DriverError) in
            try await driver.begin(request("occupied", .powerOff(host: occupied)))
        }
        #expect(error?.code == .refused && error?.failure == .hostNotEmpty)
        _ = try await driver.begin(request("off", .powerOff(host: spare)))
        let adjusted = await failure("a power step adjusted") { () async throws(DriverError) in
            try await driver.adjust(key("off"), .throttle)
        }
        #expect(adjusted?.code == .unsupported)
        guard case .succeeded = try await end(of: key("off")) else {
            Issue.record("\(spare) was not switched off")
            return
        }
        #expect(try await state(of: spare) == .off)
        _ = try await driver.begin(request("on", .powerOn(host: spare)))
        guard case .succeeded = try await end(of: key("on")) else {
            Issue.record("\(spare) was not switched on")
            return
        }
        #expect(try await state(of: spare) == .on)
    }

    private func state(of host: String) async throws -> Host.State? {
        try await driver.inventory().hosts.first { $0.id == host }?.state
    }
}
