/// The loop with all that a laboratory leaves to be fitted: predicts a ``MeasuredRun`` from what was set up, not from
/// what came of it.
public struct LaboratoryModel: Sendable, Hashable {
    public var loop: LoopConstants
    /// What a freshly booted guest has in its memory beside what its program filled.
    public var bootedBytes: Double
    /// From the end of the copy to the first instruction at the destination.
    public var handOverSeconds: Double

    /// Payload per link bit: 1448 bytes of TCP payload with time stamps in each Ethernet frame of 1514, and 8 bytes of
    /// header before each page of 4096.
    public static let linkEfficiency = 1448.0 / 1514 * 4096 / 4104
    /// What an unshaped virtual link carries after the stop, when the cap no longer holds. Hardly matters: a hundredth
    /// of a second at half or twice as much.
    static let uncappedBytesPerSecond = 2000 * LoopConstants.mebibyte
    /// Measured beside the runs: a guest that rewrites 60 MiB/s keeps 8 % of its vCPU busy.
    static let busyFractionPerByte = 0.08 / (60 * LoopConstants.mebibyte)
    /// A page in which a byte or word has changed is encoded in some dozen bytes (`migration/xbzrle.c`).
    static let deltaFraction = 0.01

    public init(loop: LoopConstants, bootedBytes: Double, handOverSeconds: Double) {
        self.loop = loop
        self.bootedBytes = bootedBytes
        self.handOverSeconds = handOverSeconds
    }

    /// - Parameter throttle: for runs with auto-converge.
    public func outcome(of run: MeasuredRun, throttle: Throttle = Throttle()) -> CopyOutcome {
        let parameters = parameters(of: run, throttle: throttle)
        var outcome =
            switch run.method {
            case .cold: MigrationLoop.cold(parameters)
            case .postCopy: MigrationLoop.postCopy(parameters)
            case .preCopy, .autoConverge, .xbzrle: MigrationLoop.preCopy(parameters)
            }
        outcome.pauseSeconds += handOverSeconds
        return outcome
    }

    private func parameters(of run: MeasuredRun, throttle: Throttle) -> CopyParameters {
        let content = min(run.memoryBytes, run.filledBytes + run.hotBytes + bootedBytes)
        let link = run.linkBitsPerSecond > 0 ? run.linkBitsPerSecond / 8 * Self.linkEfficiency : .infinity
        let cap = run.capBytesPerSecond > 0 ? run.capBytesPerSecond : .infinity
        var parameters = CopyParameters(
            contentBytes: content, zeroBytes: run.memoryBytes - content, hotBytes: run.hotBytes,
            dirtyBytesPerSecond: run.dirtyBytesPerSecond, bytesPerSecond: min(link, cap),
            stopBytesPerSecond: min(link, Self.uncappedBytesPerSecond), limitSeconds: run.limitSeconds)
        parameters.constants = loop
        if run.method == .autoConverge {
            parameters.throttle = throttle
            parameters.busyFraction = run.dirtyBytesPerSecond * Self.busyFractionPerByte
        }
        if run.method == .xbzrle { parameters.deltaFraction = Self.deltaFraction }
        return parameters
    }
}
