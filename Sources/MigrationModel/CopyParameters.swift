/// What decides how long a copy of a running guest takes and whether it ends. Bytes, seconds, bytes per second.
public struct CopyParameters: Sendable, Hashable {
    /// Memory whose content is sent; all of it unless some is known to be zero.
    public var contentBytes: Double
    /// Memory that is known to be zero: read, but sent as a few bytes a page.
    public var zeroBytes: Double
    /// The guest's working set that is rewritten, and the rate of writes into it. Both 0: it is paused or idle.
    public var hotBytes: Double
    public var dirtyBytesPerSecond: Double
    /// Whether the guest's kernel runs and rewrites its own few pages.
    public var guestRuns: Bool
    /// Payload rate while the guest runs.
    public var bytesPerSecond: Double
    /// Payload rate after the stop; higher than `bytesPerSecond` when the hypervisor caps the live phase only.
    public var stopBytesPerSecond: Double
    /// The pause that the hypervisor is told, in seconds.
    public var limitSeconds: Double
    public var setupSeconds: Double
    public var maxRounds: Int
    /// Auto-converge: the guest is slowed step by step while the copy makes no headway. `nil`: it never is.
    public var throttle: Throttle? = nil
    /// Share of its vCPUs' time that the guest uses. Throttling takes idle time first, so an idle guest that writes at
    /// the beat of a clock is slowed late.
    public var busyFraction: Double = 1
    /// Bytes sent for each rewritten byte that was sent before (xbzrle); 1: rewritten pages are sent in full.
    public var deltaFraction: Double = 1
    /// Passes over the memory before post-copy switches over.
    public var postCopyAfterPasses: Int = 1
    public var constants = LoopConstants.qemu

    public init(
        contentBytes: Double, zeroBytes: Double = 0, hotBytes: Double, dirtyBytesPerSecond: Double,
        guestRuns: Bool = true, bytesPerSecond: Double, stopBytesPerSecond: Double? = nil, limitSeconds: Double,
        setupSeconds: Double = 0.1, maxRounds: Int = 60
    ) {
        self.contentBytes = contentBytes
        self.zeroBytes = zeroBytes
        self.hotBytes = hotBytes
        self.dirtyBytesPerSecond = dirtyBytesPerSecond
        self.guestRuns = guestRuns
        self.bytesPerSecond = bytesPerSecond
        self.stopBytesPerSecond = stopBytesPerSecond ?? bytesPerSecond
        self.limitSeconds = limitSeconds
        self.setupSeconds = setupSeconds
        self.maxRounds = maxRounds
    }
}
