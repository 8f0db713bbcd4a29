internal import ClusterModel

/// The copy of a guest's memory, pass by pass, as a hypervisor's loop makes it. Seconds count from the job's start.
///
/// Written anew: it shares no code with the model whose predictions it is held against. As in QEMU a round of pre-copy
/// ends when what is left fits the pause; then the dirty bitmap is read again, and the guest is stopped when what is
/// left and what is new fit together. It never gives up by itself.
struct SimulatedCopy: Sendable {
    /// What is copied, and what becomes of it meanwhile.
    struct Guest: Sendable {
        var memoryBytes: Double
        var hotBytes: Double
        var dirtyBytesPerSecond: Double
        var runs: Bool
    }

    /// One pass over what is to be sent.
    private struct Round: Sendable {
        var startSeconds: Double
        var seconds: Double
        var toSendBytes: Double
        var sentBytes: Double
        var bytesPerSecond: Double
        var throttleFraction: Double
        /// As the bitmap told at the pass's start.
        var dirtyBytesPerSecond: Double?
    }

    /// When the guest stops, runs at the destination, and has all its memory.
    struct End: Sendable {
        var stopSeconds: Double
        var switchSeconds: Double
        var endSeconds: Double
        /// What was still to be sent at the stop.
        var restBytes: Double
    }

    /// A kernel rewrites about 2 MiB of its own, at about 2 MiB/s; a few late pages do not keep the guest from being
    /// stopped. Measured on QEMU 7.2.
    private static let kernelBytes = 2_097_152.0
    private static let latePageBytes = 524_288.0
    /// Passes after which a copy that has not settled is taken never to end.
    private static let mostRounds = 500
    /// As QEMU's auto-converge: a fifth of the guest's time first, a tenth more after each pass in which the guest
    /// rewrote more than half of what was sent, at most 99 %.
    private static let (firstThrottle, moreThrottle, mostThrottle) = (0.2, 0.1, 0.99)

    let guest: Guest
    let mode: MigrationMode
    let handOverSeconds: Double
    private(set) var bytesPerSecond: Double
    private(set) var limitSeconds: Double
    private(set) var isThrottled = false
    private(set) var isSwitchedEarly = false
    private var rounds: [Round] = []
    /// `nil`: it goes on for ever.
    private(set) var end: End?

    init(
        of guest: Guest, mode: MigrationMode, startSeconds: Double, bytesPerSecond: Double, limitSeconds: Double,
        handOverSeconds: Double, autoConverges: Bool = false
    ) {
        self.guest = guest
        self.mode = mode
        self.handOverSeconds = handOverSeconds
        self.bytesPerSecond = bytesPerSecond
        self.limitSeconds = max(0, limitSeconds)
        isThrottled = autoConverges
        run(from: startSeconds, toSend: guest.memoryBytes, throttle: 0, dirty: nil)
    }

    var startSeconds: Double { rounds.first?.startSeconds ?? 0 }
    var firstPassSeconds: Double { rounds.first?.seconds ?? 0 }
    var roundCount: Int { rounds.count }

    /// Memory that has crossed the link at the end.
    var transferBytes: Double { rounds.reduce(end?.restBytes ?? 0) { $0 + $1.sentBytes } }

    /// How long the guest stands still.
    var pauseSeconds: Double {
        guard let end else { return 0 }
        return end.switchSeconds - (mode == .cold ? startSeconds : end.stopSeconds)
    }

    // MARK: - The loop

    private var guestRuns: Bool { guest.runs && mode != .cold }

    private func rewrittenBytes(seconds: Double, throttle: Double) -> Double {
        guard guestRuns else { return 0 }
        let own = Self.kernelBytes * min(1, seconds)
        return min(guest.hotBytes, guest.dirtyBytesPerSecond * (1 - throttle) * seconds) + own
    }

    /// Pages left over and pages rewritten overlap once only the hot set is sent.
    private func union(left: Double, new: Double, isFirst: Bool) -> Double {
        let hot = guest.hotBytes + (guestRuns ? Self.kernelBytes : 0)
        guard !isFirst, hot > 0 else { return min(left + new, guest.memoryBytes) }
        return min(hot, left + new * (1 - min(1, left / hot / 2)))
    }

    private mutating func run(from start: Double, toSend first: Double, throttle firstThrottle: Double, dirty: Double?)
    {
        var (seconds, toSend, throttle, dirty) = (start, first, firstThrottle, dirty)
        let fits = limitSeconds * bytesPerSecond
        end = nil
        for _ in 0..<Self.mostRounds {
            let left = mode == .live ? min(toSend, fits) : 0
            let sent = toSend - left
            let pass = sent / bytesPerSecond
            let new = rewrittenBytes(seconds: pass, throttle: throttle)
            let isFirst = rounds.isEmpty
            rounds.append(
                Round(
                    startSeconds: seconds, seconds: pass, toSendBytes: toSend, sentBytes: sent,
                    bytesPerSecond: bytesPerSecond, throttleFraction: throttle, dirtyBytesPerSecond: dirty))
            seconds += pass
            let (sentBefore, throttleBefore) = (toSend, throttle)
            toSend = union(left: left, new: new, isFirst: isFirst)
            if mode == .cold || mode == .postCopy || toSend <= fits + Self.latePageBytes {
                return finish(at: seconds, rest: mode == .cold ? 0 : toSend, postCopy: mode == .postCopy)
            }
            if isThrottled, new > sent / 2 {
                throttle = throttle == 0 ? Self.firstThrottle : min(Self.mostThrottle, throttle + Self.moreThrottle)
            }
            dirty = pass > 0 ? new / pass : nil
            if abs(toSend - sentBefore) <= 1e-6 * toSend, throttle == throttleBefore, !isFirst { return }
        }
    }

    private mutating func finish(at seconds: Double, rest: Double, postCopy: Bool) {
        let copy = rest / bytesPerSecond
        let switching = seconds + handOverSeconds + (postCopy ? 0 : copy)
        end = End(
            stopSeconds: seconds, switchSeconds: switching, endSeconds: switching + (postCopy ? copy : 0),
            restBytes: rest)
    }

    // MARK: - Looks and changes

    /// Where it stands before the stop.
    private func round(at seconds: Double) -> (number: Int, round: Round, elapsed: Double) {
        let index = max(0, (rounds.firstIndex { $0.startSeconds > seconds } ?? rounds.count) - 1)
        let round = rounds[index]
        let elapsed = max(0, seconds - round.startSeconds)
        // Beyond the last pass that is known, it is made again and again.
        guard index == rounds.count - 1, end == nil, round.seconds > 0 else {
            return (index + 1, round, min(elapsed, round.seconds))
        }
        let repeats = (elapsed / round.seconds).rounded(.down)
        return (index + 1 + Int(min(repeats, 1e9)), round, elapsed - repeats * round.seconds)
    }

    func look(
        at seconds: Double
    ) -> (remainingBytes: Double, bytesPerSecond: Double, dirtyBytesPerSecond: Double?, round: Int, throttle: Double) {
        if let end, seconds >= end.switchSeconds {
            let left = max(0, end.endSeconds - seconds) * bytesPerSecond
            return (left, bytesPerSecond, nil, rounds.count, 0)
        }
        let (number, round, elapsed) = round(at: seconds)
        let sent = min(round.sentBytes, elapsed * round.bytesPerSecond)
        return (
            round.toSendBytes - sent, round.bytesPerSecond, round.dirtyBytesPerSecond, number, round.throttleFraction
        )
    }

    /// Begins at another moment and rate; for a copy that has not begun.
    mutating func begin(at moment: Double, bytesPerSecond rate: Double) {
        bytesPerSecond = rate
        rounds = []
        run(from: moment, toSend: guest.memoryBytes, throttle: isThrottled ? Self.firstThrottle : 0, dirty: nil)
    }

    mutating func setLimit(seconds limit: Double, at moment: Double) {
        limitSeconds = max(0, limit)
        goOn(at: moment)
    }

    mutating func setRate(bytesPerSecond rate: Double, at moment: Double) {
        bytesPerSecond = rate
        goOn(at: moment)
    }

    mutating func throttle(at moment: Double) {
        isThrottled = true
        goOn(at: moment)
    }

    mutating func switchOver(at moment: Double) {
        isSwitchedEarly = true
        let rest = cut(at: moment).toSend
        finish(at: moment, rest: rest, postCopy: true)
    }

    private mutating func goOn(at moment: Double) {
        let (toSend, throttle, dirty) = cut(at: moment)
        run(
            from: moment, toSend: toSend, throttle: isThrottled ? max(throttle, Self.firstThrottle) : throttle,
            dirty: dirty)
    }

    /// Ends the present pass early, as if the bitmap were read now; what is dirty or unsent is still to be sent.
    private mutating func cut(at moment: Double) -> (toSend: Double, throttle: Double, dirty: Double?) {
        let (number, present, elapsed) = round(at: moment)
        var cut = present
        cut.seconds = elapsed
        cut.sentBytes = min(present.sentBytes, elapsed * present.bytesPerSecond)
        // Passes that repeat the last one count too.
        while rounds.count < number, rounds.count < Self.mostRounds * 4 { rounds.append(present) }
        rounds.removeSubrange(min(number, rounds.count)...)
        cut.startSeconds = moment - elapsed
        rounds[rounds.count - 1] = cut
        let new = rewrittenBytes(seconds: elapsed, throttle: present.throttleFraction)
        let toSend = union(left: present.toSendBytes - cut.sentBytes, new: new, isFirst: number == 1)
        return (toSend, present.throttleFraction, present.dirtyBytesPerSecond)
    }
}
