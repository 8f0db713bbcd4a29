/// What was seen of a migration's transfer, look by look: enough to tell one that comes to its end from one that does
/// not. It lives as long as the process; after a crash it is begun anew.
package struct TransferTrack: Sendable, Hashable {
    /// The most that was seen to be left in a pass: near its start.
    private struct Pass: Sendable, Hashable {
        let number: Int
        var mostBytes: Double
    }

    /// Passes that fell less than this in sum have not fallen: looks fall at any moment of a pass.
    private static let leastFall = 0.05
    private static let keptPasses = 128

    let attempt: Int
    private(set) var newest: TransferProgress
    private var passes: [Pass] = []

    package init(attempt: Int, first: TransferProgress) {
        self.attempt = attempt
        newest = first
        note(first)
    }

    package mutating func note(_ progress: TransferProgress) {
        newest = progress
        if let last = passes.last, last.number == progress.round {
            passes[passes.count - 1].mostBytes = max(last.mostBytes, progress.remainingBytes)
        } else {
            passes.append(Pass(number: progress.round, mostBytes: progress.remainingBytes))
        }
        if passes.count > Self.keptPasses { passes.removeFirst(passes.count - Self.keptPasses) }
    }

    /// Whether as much is left over the last `count` passes as over the passes seen before them; the first pass counts
    /// for nothing, as it sends what was never dirtied.
    package func hasStalled(passes count: Int) -> Bool {
        let start = newest.round - count
        let late = passes.filter { $0.number > start }.map(\.mostBytes).max()
        guard let before = passes.last(where: { $0.number <= start && $0.number > 1 })?.number, let late else {
            return false
        }
        let early = passes.filter { $0.number > max(1, before - count) && $0.number <= before }.map(\.mostBytes).max()
        return early.map { late >= $0 * (1 - Self.leastFall) } ?? false
    }
}
