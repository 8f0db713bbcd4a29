/// The hypervisor's loop, step by step as QEMU 7.2 runs it (`migration/migration.c`, `migration_iteration_run`).
///
/// A round ends when what is left fits the pause; then the dirty bitmap is read again, and the guest is stopped if what
/// is left and what is new fit together. What a model that leaves this out says of 29 measured migrations stands in the
/// documentation, beside what this one says.
public enum MigrationLoop {
    /// Live migration with pre-copy, until what is left fits the pause.
    public static func preCopy(_ parameters: CopyParameters) -> CopyOutcome {
        var passes = CopyPasses(parameters)
        passes.run(stop: .whenLeftFits)
        return passes.stopped()
    }

    /// Full passes over what is dirty; the guest is stopped after the first pass whose rest fits the pause.
    ///
    /// Unlike pre-copy, which ends a round while a pause's worth is still unsent, each pass is sent to its end: that
    /// leaves only what the pass itself let the guest rewrite.
    public static func staged(_ parameters: CopyParameters) -> CopyOutcome {
        var passes = CopyPasses(parameters)
        passes.run(stop: .afterFullPasses)
        return passes.stopped()
    }

    /// Some passes of pre-copy (one unless told otherwise), then the guest runs at the destination and fetches what it
    /// rewrote meanwhile. Until all has arrived it cannot touch missing pages faster than they come.
    public static func postCopy(_ parameters: CopyParameters) -> CopyOutcome {
        var passes = CopyPasses(parameters)
        passes.run(stop: .afterPasses(count: parameters.postCopyAfterPasses))
        return passes.switchedOver()
    }

    /// The guest is stopped for the whole copy.
    public static func cold(_ parameters: CopyParameters) -> CopyOutcome {
        let scan = parameters.zeroBytes / parameters.constants.zeroBytesPerSecond
        let canSend = parameters.bytesPerSecond > 0
        let pause = scan + (canSend ? parameters.contentBytes / parameters.bytesPerSecond : .infinity)
        return CopyOutcome(
            ends: canSend, durationSeconds: parameters.setupSeconds + pause, pauseSeconds: pause,
            transferBytes: parameters.contentBytes, rounds: 1, remainingBytes: parameters.contentBytes)
    }
}
