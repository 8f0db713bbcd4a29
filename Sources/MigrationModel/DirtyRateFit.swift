public import ClusterModel

/// One measurement of a guest's dirtying: how many distinct bytes it rewrote within a period, divided by the period.
///
/// That is what QEMU's `calc-dirty-rate` and libvirt's `virDomainStartDirtyRateCalc` answer, turned into bytes per
/// second: a page that is written twice within the period counts once.
public struct DirtySample: Sendable, Hashable {
    /// Length of the measurement.
    public let periodSeconds: Double
    /// Distinct bytes rewritten in the period, per second of it.
    public let distinctBytesPerSecond: Double

    /// `nil` when the period is not positive, the rate is negative, or either is not finite: such an answer says
    /// nothing.
    public init?(periodSeconds: Double, distinctBytesPerSecond: Double) {
        guard periodSeconds > 0, periodSeconds.isFinite, distinctBytesPerSecond >= 0, distinctBytesPerSecond.isFinite
        else { return nil }
        self.periodSeconds = periodSeconds
        self.distinctBytesPerSecond = distinctBytesPerSecond
    }
}

/// Write rate and hot set of a guest, from measurements over a short and a long period.
///
/// A guest that writes D bytes per second into a hot set of W bytes rewrites A(T) = min(D x T, W) / T distinct bytes
/// per second over a period T: a short period shows D, a long one that is saturated shows W = A x T. This is the model
/// by which ``MigrationLoop`` foretells what a round leaves, so at the measured periods the loop is exact. (A guest
/// that writes at random follows W x (1 - exp(-D x T / W)) / T instead and would be given somewhat more of both.)
///
/// Measurements are samples of pages and noisy: with QEMU's 512 pages per GiB a guest of 128 MiB is answered within
/// about 50 %, one of 16 GiB within about 5 %. Repeat both periods, and let the long one be at least four times the
/// short.
public struct DirtyRateFit: Sendable, Hashable {
    /// Bytes written into the hot set per second.
    public let bytesPerSecond: Double
    /// Size of the hot set.
    public let hotBytes: Double
    /// Whether even the shortest period rewrote the whole hot set, or one period alone was measured: the guest writes
    /// at least this fast. With a shortest period no longer than the allowed pause that changes no verdict, because a
    /// hot set that the link does not keep up with fits the pause then.
    public let isRateAtLeast: Bool
    /// Whether even the longest period went on finding new pages: the hot set is at least this large.
    public let isHotSetAtLeast: Bool

    /// Two periods whose rates are as near as this do not differ: what page sampling leaves uncertain.
    static let sameRatio = 0.75

    /// - Parameter samples: in any order; several of one period are averaged without the outermost fifth at each end.
    /// - Returns: `nil` without samples.
    public init?(_ samples: [DirtySample]) {
        let periods = Self.periods(samples)
        guard let shortest = periods.first, let longest = periods.last else { return nil }
        let model = periods.indices.map { Split(periods, saturatedFrom: $0) }.min { $0.misfit < $1.misfit }
        let unsaturated = Split(periods, saturatedFrom: periods.count)
        let best = model.map { $0.misfit < unsaturated.misfit ? $0 : unsaturated } ?? unsaturated
        let rate = best.bytesPerSecond ?? best.hotBytes.map { $0 / shortest.seconds } ?? 0
        let longestRate = (best.hotBytes ?? .infinity) / longest.seconds
        isHotSetAtLeast = rate > 0 && (periods.count == 1 || longestRate >= Self.sameRatio * rate)
        isRateAtLeast =
            rate > 0
            && (periods.count == 1 || (best.hotBytes ?? .infinity) * Self.sameRatio <= shortest.distinctBytes)
        bytesPerSecond = rate
        hotBytes = isHotSetAtLeast ? max(best.hotBytes ?? 0, longest.distinctBytes) : best.hotBytes ?? 0
    }

    /// What the model should count with for a guest of this memory: a hot set whose end was not seen is all memory.
    public func dirtyRate(memoryBytes: Double) -> DirtyRate {
        DirtyRate(
            hotBytes: isHotSetAtLeast ? memoryBytes : min(hotBytes, memoryBytes), bytesPerSecond: bytesPerSecond)
    }

    // MARK: - Periods

    /// All measurements of one length.
    private struct Period {
        let seconds: Double
        let distinctBytes: Double
        let count: Double
    }

    private static func periods(_ samples: [DirtySample]) -> [Period] {
        Dictionary(grouping: samples, by: \.periodSeconds).sorted { $0.key < $1.key }.map { seconds, samples in
            let rates = samples.map(\.distinctBytesPerSecond).sorted()
            let cut = rates.count / 5
            let kept = rates[cut..<(rates.count - cut)]
            let mean = kept.reduce(0, +) / Double(kept.count)
            return Period(seconds: seconds, distinctBytes: mean * seconds, count: Double(kept.count))
        }
    }

    /// The model in which the periods from one on are saturated and those before are not. The count of distinct pages
    /// that sampling finds has a variance that grows with it, so bytes are summed, and errors weigh by the bytes.
    private struct Split {
        let bytesPerSecond: Double?
        let hotBytes: Double?
        let misfit: Double

        init(_ periods: [Period], saturatedFrom place: Int) {
            let growing = periods[..<place]
            let saturated = periods[place...]
            let seconds = growing.reduce(0) { $0 + $1.count * $1.seconds }
            let grown = growing.reduce(0) { $0 + $1.count * $1.distinctBytes }
            let rate = growing.isEmpty ? nil : grown / seconds
            let hot =
                saturated.isEmpty
                ? nil
                : saturated.reduce(0) { $0 + $1.count * $1.distinctBytes } / saturated.reduce(0) { $0 + $1.count }
            bytesPerSecond = rate
            hotBytes = hot
            misfit = periods.reduce(0) { sum, period in
                let expected = min(rate.map { $0 * period.seconds } ?? .infinity, hot ?? .infinity)
                let error = period.distinctBytes - expected
                return sum + period.count * error * error / max(expected, 4096)
            }
        }
    }
}
