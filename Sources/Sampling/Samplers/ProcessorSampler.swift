import AgentWire

/// CPU time of the host from /proc/stat: busy, guests, waiting for I/O, stolen; and how busy each CPU was.
///
/// Shares are taken of each CPU's own total rather than of the elapsed time, so that they add up to one whatever the
/// kernel's tick does. A CPU that came since the last round counts from the next round on.
struct ProcessorSampler: Sampler {
    private static let path = "/proc/stat"

    private var previous: [Int: ProcessorTimes] = [:]

    mutating func sample(into round: inout SamplingRound) {
        guard let contents = round.readExpected(Self.path),
            let statistics = round.expectParsed(ProcessorStatistics(parsing: contents), of: Self.path)
        else {
            previous = [:]
            return
        }
        round.host[.cpuCores] = Double(statistics.processors.count)
        var shares: [ProcessorShares] = []
        var wasReset = false
        for (number, times) in statistics.processors {
            guard let before = previous[number] else { continue }
            switch ProcessorShares.between(before, times) {
            case .shares(let share): shares.append(share)
            case .reset: wasReset = true
            case .noTime: break
            }
        }
        previous = Dictionary(statistics.processors.map { ($0.number, $0.times) }, uniquingKeysWith: { $1 })
        if wasReset {
            round.warnOfReset("CPU time in \(Self.path)")
        } else if !shares.isEmpty {
            round.host[.cpuBusyCores] = shares.reduce(0) { $0 + $1.busy }
            round.host[.cpuGuestCores] = shares.reduce(0) { $0 + $1.guest }
            round.host[.cpuIOWaitCores] = shares.reduce(0) { $0 + $1.ioWait }
            round.host[.cpuStealCores] = shares.reduce(0) { $0 + $1.steal }
            // A list with holes could not be matched to CPUs.
            round.cpuBusyFractions = shares.count == statistics.processors.count ? shares.map(\.busy) : []
        }
    }
}

/// What one CPU spent its time on between two readings, as shares of one.
package struct ProcessorShares: Sendable, Hashable {
    package let busy: Double
    package let guest: Double
    package let ioWait: Double
    package let steal: Double

    package enum Outcome: Sendable, Hashable {
        case shares(ProcessorShares)
        case reset
        /// No tick passed.
        case noTime
    }

    package static func between(_ before: ProcessorTimes, _ after: ProcessorTimes) -> Outcome {
        let growing: [KeyPath<ProcessorTimes, UInt64>] = [
            \.user, \.nice, \.system, \.interrupt, \.softInterrupt, \.steal,
        ]
        guard growing.allSatisfy({ after[keyPath: $0] >= before[keyPath: $0] }) else { return .reset }
        func growth(_ path: KeyPath<ProcessorTimes, UInt64>) -> Double {
            // Idle and I/O wait are estimates that may fall a little (proc(5)): a fall of these counts as standing
            // still.
            let (from, to) = (before[keyPath: path], after[keyPath: path])
            return Double(to - min(from, to))
        }
        let busy = growing.dropLast().reduce(0) { $0 + growth($1) }
        let total = busy + growth(\.steal) + growth(\.idle) + growth(\.ioWait)
        guard total > 0 else { return .noTime }
        return .shares(
            ProcessorShares(
                busy: busy / total, guest: min(busy, growth(\.guest) + growth(\.guestNice)) / total,
                ioWait: growth(\.ioWait) / total, steal: growth(\.steal) / total))
    }
}
