internal import ClusterModel
internal import Execution
internal import MigrationModel

/// A step at work on the simulated platform. Its whole course is known from the start; time only reveals it.
struct SimulatedJob: Sendable {
    let key: StepKey
    let action: StepAction
    let startedAt: Timestamp
    let course: Course
    /// Set when it ended.
    var end: StepStatus?

    /// When it ends by itself; `nil`: it hangs.
    var endsAt: Timestamp? { course.endSeconds.map { startedAt.adding(seconds: $0) } }

    /// The state at a moment before the end.
    func phase(at now: Timestamp) -> StepPhase {
        let elapsed = now.seconds(since: startedAt)
        guard case .migrate = action else {
            return .working(remainingSeconds: max(0, (course.endSeconds ?? course.totalSeconds) - elapsed))
        }
        if elapsed < course.prepareSeconds { return .preparing }
        if elapsed < course.prepareSeconds + course.reserveSeconds { return .reserving }
        let transferred = elapsed - course.prepareSeconds - course.reserveSeconds
        guard course.endSeconds == nil || transferred < course.transferSeconds else { return .handingOver }
        let fraction = course.transferSeconds > 0 ? min(0.999, transferred / course.transferSeconds) : 0
        let rate = course.transferSeconds > 0 ? course.transferBytes / course.transferSeconds : 0
        return .transferring(
            remainingBytes: course.transferBytes * (1 - fraction), bytesPerSecond: rate,
            round: 1 + Int(fraction * Double(course.rounds)))
    }

    /// What happens when it ends by itself.
    func result(at now: Timestamp) -> StepStatus {
        if let failure = course.failure { return .failed(failure: failure) }
        return .succeeded(
            measurement: Measurement(
                startedAt: startedAt, endedAt: now, downtimeMilliseconds: course.pauseSeconds * 1000,
                transferBytes: course.transferBytes, rounds: course.rounds))
    }
}

/// How a job goes. Seconds count from its start.
struct Course: Sendable {
    var prepareSeconds = 0.0
    var reserveSeconds = 0.0
    var transferSeconds = 0.0
    var handOverSeconds = 0.0
    var pauseSeconds = 0.0
    var transferBytes = 0.0
    var rounds = 0
    /// `nil`: it hangs until it is cancelled.
    var endSeconds: Double?
    /// How it ends when not well.
    var failure: StepFailure?

    var totalSeconds: Double { prepareSeconds + reserveSeconds + transferSeconds + handOverSeconds }

    /// A power or maintenance step.
    init(seconds: Double, options: SimulationOptions, draws: inout NamedDraws) {
        handOverSeconds = max(0.001, seconds * draws.factor(0.8, 1.2, variation: options.variation))
        endSeconds = totalSeconds
        applyFaults(options.faults, draws: &draws)
    }

    /// A migration: QEMU's loop, with a link, a guest and checks that stray from what the planner knew.
    init(
        _ request: MigrationRequest, of vm: VirtualMachine, options: SimulationOptions, draws: inout NamedDraws
    ) {
        let policy = options.migration
        let rate =
            request.bandwidthBitsPerSecond / 8 * policy.linkEfficiency
            * draws.factor(0.92, 1.02, variation: options.variation)
        prepareSeconds = policy.setupSeconds * draws.factor(0.4, 2, variation: options.variation)
        reserveSeconds = policy.setupSeconds / 2
        handOverSeconds =
            policy.handOverMilliseconds / 1000 * draws.factor(0.6, 1.6, variation: options.variation)
        let copy = Self.copy(request, of: vm, rate: rate, policy: policy, options: options, draws: &draws)
        let diskSeconds = rate > 0 ? Double(vm.localDiskBytes) / rate : .infinity
        transferBytes = copy.transferBytes + Double(vm.localDiskBytes)
        rounds = copy.rounds
        pauseSeconds = copy.pauseSeconds + handOverSeconds + (request.mode == .cold ? diskSeconds : 0)
        transferSeconds = max(0, copy.durationSeconds - policy.setupSeconds) + diskSeconds
        if request.mode != .cold {
            handOverSeconds += copy.pauseSeconds
            transferSeconds = max(0, transferSeconds - copy.pauseSeconds)
        }
        guard totalSeconds.isFinite, totalSeconds < 1e9 else {
            self = Course(refusing: "the link carries nothing")
            return
        }
        endSeconds = totalSeconds
        if !copy.ends {
            failure = StepFailure(code: .notConverging, message: "the guest writes faster than the link carries")
        }
        applyFaults(options.faults, draws: &draws)
    }

    private init(refusing message: String) {
        endSeconds = 1
        failure = StepFailure(code: .notConverging, message: message)
    }

    private static func copy(
        _ request: MigrationRequest, of vm: VirtualMachine, rate: Double, policy: MigrationPolicy,
        options: SimulationOptions, draws: inout NamedDraws
    ) -> CopyOutcome {
        let runs = vm.state == .running
        let memory = Double(vm.memoryBytes)
        let dirt = draws.factor(0.6, 1.1, variation: options.variation)
        let parameters = CopyParameters(
            contentBytes: memory,
            hotBytes: runs ? min(memory, vm.dirty?.hotBytes ?? memory * policy.assumedHotFraction) : 0,
            dirtyBytesPerSecond: runs
                ? (vm.dirty?.bytesPerSecond ?? policy.assumedDirtyBytesPerSecond) * dirt : 0,
            guestRuns: runs, bytesPerSecond: rate, limitSeconds: request.maxDowntimeMilliseconds / 1000,
            setupSeconds: policy.setupSeconds, maxRounds: policy.maxRounds)
        switch request.mode {
        case .live: return MigrationLoop.preCopy(parameters)
        case .staged: return MigrationLoop.staged(parameters)
        case .postCopy: return MigrationLoop.postCopy(parameters)
        case .cold: return MigrationLoop.cold(parameters)
        }
    }

    private mutating func applyFaults(_ faults: FaultOptions, draws: inout NamedDraws) {
        // All dice are thrown every time, so that one fault's probability does not move another's.
        let (slow, fails, hangs) = (
            draws.happens(faults.slow), draws.happens(faults.failing), draws.happens(faults.hanging)
        )
        if slow {
            transferSeconds *= faults.slowFactor
            handOverSeconds *= transferSeconds > 0 ? 1 : faults.slowFactor
            endSeconds = endSeconds.map { _ in totalSeconds }
        }
        if fails {
            endSeconds = totalSeconds / 2
            failure = StepFailure(code: .connectionLost, message: "the link between the hosts broke")
        }
        if hangs { endSeconds = nil }
    }
}
