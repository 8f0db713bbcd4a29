import MigrationModel

/// What textbooks say of pre-copy: the first round sends all memory, each later one what was rewritten during the one
/// before, V(i) = D x V(i-1) / B, until that fits the pause; without an end after 30 rounds. A guest that is stopped
/// sends all memory once.
struct TextbookPreCopy {
    private static let maxRounds = 30

    /// `nil`: it never ends.
    let seconds: Double?

    init(_ run: MeasuredRun) {
        let link = run.linkBitsPerSecond > 0 ? run.linkBitsPerSecond / 8 * LaboratoryModel.linkEfficiency : .infinity
        let cap = run.capBytesPerSecond > 0 ? run.capBytesPerSecond : .infinity
        let rate = min(link, cap)
        guard run.method != .cold else {
            seconds = run.memoryBytes / rate
            return
        }
        var volume = run.memoryBytes
        var total = 0.0
        var rounds = 0
        while volume / rate > run.limitSeconds, rounds < Self.maxRounds {
            total += volume / rate
            volume = run.dirtyBytesPerSecond * volume / rate
            rounds += 1
        }
        seconds = volume / rate <= run.limitSeconds ? total + volume / rate : nil
    }
}
