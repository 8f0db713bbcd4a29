/// Passes over a running guest's memory, one after the other.
struct CopyPasses {
    enum Stop {
        /// A pass ends when what is left fits the pause.
        case whenLeftFits
        /// Each pass is sent to its end; the last is the one whose rest fits the pause.
        case afterFullPasses
        /// Each pass is sent to its end; so many of them.
        case afterPasses(count: Int)
    }

    /// Rounds that a throttle may add by rising: a bound on the work, far above what any guest needs.
    private static let roundsWithThrottle = 10_000

    private let parameters: CopyParameters
    private let kernelBytes: Double
    private let hotBytes: Double
    private var throttle: ThrottleState?

    private var toSend: Double
    private var seconds: Double
    private var transferred = 0.0
    private var rounds = 0
    private var ends = false
    private var slowdown = GuestSlowdown.none

    init(_ parameters: CopyParameters) {
        self.parameters = parameters
        kernelBytes = parameters.guestRuns ? parameters.constants.kernelBytes : 0
        hotBytes = parameters.hotBytes + kernelBytes
        throttle = parameters.throttle.map { ThrottleState($0, busyFraction: parameters.busyFraction) }
        toSend = parameters.contentBytes
        seconds = parameters.setupSeconds + parameters.zeroBytes / parameters.constants.zeroBytesPerSecond
    }

    private var canSend: Bool { parameters.bytesPerSecond > 0 }

    mutating func run(stop: Stop) {
        let fits = max(0, parameters.limitSeconds) * parameters.bytesPerSecond
        var roundsLeft = max(1, parameters.maxRounds)
        if case .afterPasses(let count) = stop { roundsLeft = max(roundsLeft, count) }
        while roundsLeft > 0, canSend, !ends, rounds < Self.roundsWithThrottle {
            var left = 0.0
            if case .whenLeftFits = stop { left = min(toSend, fits) }
            pass(leaving: left)
            // While a guest can still be slowed it is too early to give up.
            if throttle?.canRise != true { roundsLeft -= 1 }
            switch stop {
            case .whenLeftFits, .afterFullPasses: ends = toSend <= fits + parameters.constants.overshootBytes
            case .afterPasses(let count): ends = rounds >= max(1, count)
            }
        }
    }

    /// Sends all but `left`, and looks what the guest rewrote meanwhile.
    private mutating func pass(leaving left: Double) {
        // Deltas need a page's last content: what the first pass sent is not kept, the second fills the cache.
        let wire = (toSend - left) * (rounds < 2 ? 1 : parameters.deltaFraction)
        let time = wire / parameters.bytesPerSecond
        let speed = throttle?.guestSpeed ?? 1
        toSend = remaining(left: left, new: rewrittenBytes(seconds: time, speed: speed))
        seconds += time
        transferred += wire
        rounds += 1
        slowdown.add(fraction: 1 - speed, seconds: time)
        throttle?.note(sent: wire, rewritten: toSend - left, seconds: time)
    }

    private func rewrittenBytes(seconds: Double, speed: Double) -> Double {
        guard parameters.guestRuns else { return 0 }
        return min(parameters.hotBytes, parameters.dirtyBytesPerSecond * speed * seconds)
            + min(kernelBytes, parameters.constants.kernelBytesPerSecond * seconds)
    }

    /// What the next pass sends: pages left over and pages rewritten, which overlap once only the hot set is sent.
    private func remaining(left: Double, new: Double) -> Double {
        guard rounds > 0, hotBytes > 0 else { return min(left + new, parameters.contentBytes) }
        return min(hotBytes, left + new * (1 - min(1, left / hotBytes / 2)))
    }

    // MARK: - The end

    /// The guest is stopped and the rest sent.
    func stopped() -> CopyOutcome {
        let pause = parameters.stopBytesPerSecond > 0 ? toSend / parameters.stopBytesPerSecond : .infinity
        return outcome(pauseSeconds: pause, afterSeconds: pause, slowdown: slowdown)
    }

    /// The guest runs on at the destination while the rest is sent.
    func switchedOver() -> CopyOutcome {
        let rest = canSend ? toSend / parameters.bytesPerSecond : .infinity
        let rate = parameters.dirtyBytesPerSecond
        var felt = slowdown
        if toSend > 0, rest.isFinite {
            felt.add(
                fraction: rate > parameters.bytesPerSecond ? 1 - parameters.bytesPerSecond / rate : 0, seconds: rest)
            felt.seconds = slowdown.seconds + rest
        }
        return outcome(pauseSeconds: 0, afterSeconds: rest, slowdown: felt)
    }

    private func outcome(pauseSeconds: Double, afterSeconds: Double, slowdown: GuestSlowdown) -> CopyOutcome {
        CopyOutcome(
            ends: ends, durationSeconds: seconds + afterSeconds, pauseSeconds: pauseSeconds,
            transferBytes: transferred + toSend, rounds: rounds, remainingBytes: toSend, slowdown: slowdown,
            throttlePercent: throttle?.percent ?? 0)
    }
}
