internal import ClusterModel
internal import Execution

/// How a job goes. Seconds count from its start.
struct Course: Sendable {
    private var prepareSeconds = 0.0
    private var reserveSeconds = 0.0
    private var diskBytes = 0.0
    /// The rest of the course: a copy, or a power or maintenance step.
    private var copy: SimulatedCopy?
    private var workSeconds = 0.0
    /// What the link carries of each bit that it is given.
    private var efficiency = 0.0
    private var failSeconds: Double?
    private var failure: StepFailure?
    private(set) var hangs = false

    /// A power or maintenance step.
    init(seconds: Double, options: SimulationOptions, draws: inout NamedDraws) {
        workSeconds = max(0.001, seconds * draws.factor(0.8, 1.2, variation: options.variation))
        let faults = Faults(options.faults, draws: &draws)
        if faults.isSlow { workSeconds *= options.faults.slowFactor }
        apply(faults)
    }

    /// A migration: a hypervisor's loop, with a link, a guest and checks that stray from what the planner knew.
    init(_ request: MigrationRequest, of vm: VirtualMachine, options: SimulationOptions, draws: inout NamedDraws) {
        let policy = options.migration
        efficiency = policy.linkEfficiency / 8 * draws.factor(0.92, 1.02, variation: options.variation)
        prepareSeconds = policy.setupSeconds * draws.factor(0.4, 2, variation: options.variation)
        reserveSeconds = policy.setupSeconds / 2
        let handOver = policy.handOverMilliseconds / 1000 * draws.factor(0.6, 1.6, variation: options.variation)
        let dirt = draws.factor(0.6, 1.1, variation: options.variation)
        let faults = Faults(options.faults, draws: &draws)
        if faults.isSlow { efficiency /= max(1, options.faults.slowFactor) }
        diskBytes = Double(vm.localDiskBytes)
        let rate = request.bandwidthBitsPerSecond * efficiency
        let runs = vm.state == .running
        let memory = Double(vm.memoryBytes)
        let guest = SimulatedCopy.Guest(
            memoryBytes: memory,
            hotBytes: runs ? min(memory, vm.dirty?.hotBytes ?? memory * policy.assumedHotFraction) : 0,
            dirtyBytesPerSecond: runs ? (vm.dirty?.bytesPerSecond ?? policy.assumedDirtyBytesPerSecond) * dirt : 0,
            runs: runs)
        guard rate > 0, (memory + diskBytes) / rate < 1e9 else {
            failSeconds = 1
            failure = StepFailure(code: .notConverging, message: "the link carries nothing")
            return
        }
        copy = SimulatedCopy(
            of: guest, mode: request.mode, startSeconds: prepareSeconds + reserveSeconds + diskBytes / rate,
            bytesPerSecond: rate, limitSeconds: request.maxDowntimeMilliseconds / 1000, handOverSeconds: handOver,
            autoConverges: request.autoConverge != nil)
        apply(faults)
    }

    /// Which faults strike. All dice are thrown every time, so that one fault's probability does not move another's.
    private struct Faults {
        let isSlow: Bool
        let fails: Bool
        let hangs: Bool

        init(_ options: FaultOptions, draws: inout NamedDraws) {
            isSlow = draws.happens(options.slow)
            fails = draws.happens(options.failing)
            hangs = draws.happens(options.hanging)
        }
    }

    private mutating func apply(_ faults: Faults) {
        hangs = faults.hangs
        guard faults.fails else { return }
        let whole = copy.map { $0.end?.endSeconds ?? $0.startSeconds + $0.firstPassSeconds } ?? workSeconds
        failSeconds = whole / 2
        failure = StepFailure(code: .connectionLost, message: "the link between the hosts broke")
    }

    // MARK: - What happens when

    /// When it ends by itself; `nil`: not, as things are.
    var endSeconds: Double? {
        if hangs { return nil }
        return fails ? failSeconds : goodEndSeconds
    }

    /// When all that it has to do is done.
    private var goodEndSeconds: Double? { copy.map(\.end?.endSeconds) ?? (workSeconds > 0 ? workSeconds : nil) }

    /// Whether its failure comes before its end; an adjustment may have brought the end forward.
    private var fails: Bool { failSeconds.map { $0 < goodEndSeconds ?? .infinity } ?? false }

    /// When the guest runs at its destination although the migration has not ended.
    var switchSeconds: Double? {
        guard !hangs, let end = copy?.end, end.endSeconds > end.switchSeconds else { return nil }
        return end.switchSeconds
    }

    func phase(at elapsed: Double) -> StepPhase {
        guard let copy else { return .working(remainingSeconds: max(0, (endSeconds ?? workSeconds) - elapsed)) }
        if elapsed < prepareSeconds { return .preparing }
        if elapsed < prepareSeconds + reserveSeconds { return .reserving }
        if elapsed < copy.startSeconds {
            let left = (copy.startSeconds - elapsed) * copy.bytesPerSecond
            return .transferring(
                progress: TransferProgress(
                    remainingBytes: left + copy.guest.memoryBytes, bytesPerSecond: copy.bytesPerSecond, round: 1))
        }
        // What hangs never hands over.
        let seconds = hangs ? min(elapsed, copy.end.map { $0.stopSeconds * 0.999 } ?? elapsed) : elapsed
        let look = copy.look(at: seconds)
        let progress = TransferProgress(
            remainingBytes: look.remainingBytes, bytesPerSecond: hangs ? 0 : look.bytesPerSecond,
            dirtyBytesPerSecond: look.dirtyBytesPerSecond, round: look.round, throttleFraction: look.throttle)
        guard let end = copy.end, seconds >= end.stopSeconds else { return .transferring(progress: progress) }
        return seconds < end.switchSeconds ? .handingOver : .fetching(progress: progress)
    }

    /// How it ends by itself.
    func result(startedAt: Timestamp, now: Timestamp) -> StepStatus {
        if let failure, let failSeconds, fails {
            guard let switchSeconds, failSeconds >= switchSeconds else { return .failed(failure: failure) }
            return .failed(
                failure: StepFailure(
                    code: .machineLost, message: "\(failure.message) while post-copy had the memory at both ends"))
        }
        guard let copy else {
            return .succeeded(measurement: Measurement(startedAt: startedAt, endedAt: now))
        }
        let diskSeconds = copy.mode == .cold ? diskBytes / copy.bytesPerSecond : 0
        return .succeeded(
            measurement: Measurement(
                startedAt: startedAt, endedAt: now, downtimeMilliseconds: (copy.pauseSeconds + diskSeconds) * 1000,
                transferBytes: copy.transferBytes + diskBytes, rounds: copy.roundCount))
    }

    // MARK: - Adjustments

    /// Whether an adjustment is in force already.
    func isInForce(_ adjustment: MigrationAdjustment) -> Bool {
        guard let copy else { return false }
        switch adjustment {
        case .pauseLimit(let milliseconds): return copy.limitSeconds == max(0, milliseconds / 1000)
        case .throttle: return copy.isThrottled
        case .bandwidth(let bitsPerSecond): return copy.bytesPerSecond == bitsPerSecond * efficiency
        case .postCopy: return copy.isSwitchedEarly
        }
    }

    /// Why an adjustment means nothing now; `nil`: it does.
    func objection(to adjustment: MigrationAdjustment, at elapsed: Double) -> String? {
        guard let copy else { return "it is no migration" }
        guard case .transferring = phase(at: elapsed) else { return "it is \(phase(at: elapsed).name)" }
        switch adjustment {
        case .bandwidth: return nil
        case .pauseLimit, .throttle:
            return copy.mode == .live || copy.mode == .staged ? nil : "its mode is \(copy.mode.rawValue)"
        case .postCopy:
            if copy.mode == .cold { return "its mode is cold" }
            return elapsed < copy.startSeconds ? "its local disk is being copied" : nil
        }
    }

    /// Makes an adjustment that nothing speaks against.
    mutating func adjust(_ adjustment: MigrationAdjustment, at elapsed: Double) {
        guard var copy else { return }
        let moment = max(elapsed, copy.startSeconds)
        switch adjustment {
        case .bandwidth(let bitsPerSecond) where elapsed < copy.startSeconds:
            let diskLeft = (copy.startSeconds - elapsed) * copy.bytesPerSecond
            let rate = bitsPerSecond * efficiency
            copy.begin(at: elapsed + diskLeft / rate, bytesPerSecond: rate)
        case .pauseLimit(let milliseconds): copy.setLimit(seconds: milliseconds / 1000, at: moment)
        case .throttle: copy.throttle(at: moment)
        case .bandwidth(let bitsPerSecond): copy.setRate(bytesPerSecond: bitsPerSecond * efficiency, at: moment)
        case .postCopy: copy.switchOver(at: moment)
        }
        self.copy = copy
    }
}
