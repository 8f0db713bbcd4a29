/// How a copy ends, or that it does not.
public struct CopyOutcome: Sendable, Hashable {
    /// Whether the copy ends within the rounds allowed. When not, the other figures are those at the last round.
    public var ends: Bool
    public var durationSeconds: Double
    /// From the stop of the guest until all that it needs has been sent; without the hand-over.
    public var pauseSeconds: Double
    public var transferBytes: Double
    public var rounds: Int
    /// What was still to be sent at the stop.
    public var remainingBytes: Double
    /// What the guest feels beside its pause.
    public var slowdown = GuestSlowdown.none
    /// The throttle at the end of an auto-converging copy, in per cent; 0: it was not needed.
    public var throttlePercent = 0.0
}

/// How much slower a guest runs while it is copied, and for how long.
public struct GuestSlowdown: Sendable, Hashable {
    /// Share of its speed that the guest loses at worst.
    public var peakFraction: Double
    /// How long it runs slower than usual. After a post-copy switch-over it needs both hosts for so long: when either
    /// or the link between them fails then, the VM is lost.
    public var seconds: Double
    /// Seconds of work that the guest loses: the integral of the lost share.
    public var lostSeconds: Double

    public init(peakFraction: Double, seconds: Double, lostSeconds: Double) {
        self.peakFraction = peakFraction
        self.seconds = seconds
        self.lostSeconds = lostSeconds
    }

    public static let none = GuestSlowdown(peakFraction: 0, seconds: 0, lostSeconds: 0)

    mutating func add(fraction: Double, seconds: Double) {
        guard fraction > 0 else { return }
        peakFraction = max(peakFraction, fraction)
        self.seconds += seconds
        lostSeconds += fraction * seconds
    }
}
