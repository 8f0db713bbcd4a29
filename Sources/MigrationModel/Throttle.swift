/// Auto-converge as QEMU runs it (`migration/ram.c`, `migration_trigger_throttle` and `mig_throttle_guest_down` of
/// 7.2).
///
/// At a look at the dirty bitmap that comes more than a second after the last one that counted, the bytes that became
/// dirty since then are held against half of those that were sent. The second time that they are more, the guest is
/// throttled by `initialPercent`, and then by `incrementPercent` more each second time, up to `maximumPercent`.
public struct Throttle: Sendable, Hashable {
    /// QEMU's `cpu-throttle-initial`.
    public var initialPercent: Double
    /// QEMU's `cpu-throttle-increment`.
    public var incrementPercent: Double
    /// QEMU's `max-cpu-throttle`.
    public var maximumPercent: Double

    public init(initialPercent: Double = 20, incrementPercent: Double = 10, maximumPercent: Double = 99) {
        self.initialPercent = initialPercent
        self.incrementPercent = incrementPercent
        self.maximumPercent = maximumPercent
    }
}

/// The throttle while a copy runs.
struct ThrottleState {
    /// QEMU counts a period when more than a second has passed.
    private static let periodSeconds = 1.0
    /// QEMU's `throttle-trigger-threshold`: 50 %.
    private static let triggerFraction = 0.5
    private static let triggerCount = 2

    private let settings: Throttle
    private let busyFraction: Double
    private(set) var percent = 0.0
    private var seconds = 0.0
    private var newBytes = 0.0
    private var sentBytes = 0.0
    private var highCount = 0

    init(_ settings: Throttle, busyFraction: Double) {
        self.settings = settings
        self.busyFraction = min(1, max(0.001, busyFraction))
    }

    /// Share of its usual speed at which the guest runs: it is let run for the rest of the time, of which it needs the
    /// busy share only.
    var guestSpeed: Double { min(1, (1 - percent / 100) / busyFraction) }

    var canRise: Bool { percent < settings.maximumPercent }

    /// What one round sent and what became dirty meanwhile.
    mutating func note(sent: Double, rewritten: Double, seconds passed: Double) {
        seconds += passed
        newBytes += rewritten
        sentBytes += sent
        guard seconds > Self.periodSeconds else { return }
        defer { (seconds, newBytes, sentBytes) = (0, 0, 0) }
        guard newBytes > Self.triggerFraction * sentBytes else { return }
        highCount += 1
        guard highCount >= Self.triggerCount, canRise else { return }
        highCount = 0
        let next = percent == 0 ? settings.initialPercent : percent + max(1, settings.incrementPercent)
        percent = min(settings.maximumPercent, next)
    }
}
