public import ClusterModel
internal import Glibc

/// What a cluster's own migrations say of the model: by how much it is off there, for each mode, and how far single
/// migrations stray from that.
public struct MigrationCorrection: Sendable, Hashable {
    /// What the model's figures are multiplied by.
    public struct Factors: Sendable, Hashable {
        public var duration: Double
        public var downtime: Double

        public init(duration: Double, downtime: Double) {
            self.duration = duration
            self.downtime = downtime
        }

        public static let none = Factors(duration: 1, downtime: 1)
    }

    /// What holds for one mode.
    public struct Mode: Sendable, Hashable {
        /// Migrations that it rests on.
        public var migrations: Int
        public var factors: Factors
        public var spread: Spread

        public init(migrations: Int, factors: Factors, spread: Spread) {
            self.migrations = migrations
            self.factors = factors
            self.spread = spread
        }
    }

    /// Modes that were measured. Any other is corrected by nothing.
    public var modes: [MigrationMode: Mode]

    public init(modes: [MigrationMode: Mode] = [:]) {
        self.modes = modes
    }

    /// Nothing was measured.
    public static let none = MigrationCorrection()

    public subscript(mode: MigrationMode) -> Mode {
        modes[mode] ?? Mode(migrations: 0, factors: .none, spread: .unmeasured)
    }
}

// MARK: - Learning

extension MigrationCorrection {
    /// So many migrations weigh as much as the assumption that the model is right (and, for the spread, that it strays
    /// as it does where nothing was measured). One odd migration moves little, some dozens decide.
    static let assumedMigrations = 5.0
    /// No factor is beyond this, either way: what is farther off is no error of the model but another cause.
    static let largestFactor = 8.0

    /// The correction of a mode is the median of the logarithms of measured over predicted, drawn towards the median
    /// over all modes, and that towards 0, the fewer migrations there are. Up to half of them may be anything: the
    /// median does not care.
    public init(learnedFrom experiences: [MigrationExperience]) {
        self.init()
        let all = experiences.compactMap(Ratios.init)
        let pooled = Ratios.centre(all, weightOf: .none)
        for mode in MigrationMode.allCases {
            let own = all.filter { $0.mode == mode }
            guard !own.isEmpty else { continue }
            let centre = Ratios.centre(own, weightOf: pooled)
            modes[mode] = Mode(
                migrations: own.count, factors: centre.factors,
                spread: Spread(logDeviation: Self.rounded(Ratios.deviation(own))))
        }
    }

    /// Four decimals, so that documents stay short and alike.
    static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }

    /// Logarithms of measured over predicted of one migration.
    private struct Ratios {
        let mode: MigrationMode
        let duration: Double
        let downtime: Double?

        init?(_ experience: MigrationExperience) {
            guard let duration = experience.durationRatio else { return nil }
            mode = experience.mode
            self.duration = log(duration)
            downtime = experience.downtimeRatio.map { log($0) }
        }

        static func centre(_ ratios: [Ratios], weightOf prior: Centre) -> Centre {
            Centre(
                duration: drawn(ratios.map(\.duration), towards: prior.duration),
                downtime: drawn(ratios.compactMap(\.downtime), towards: prior.downtime))
        }

        private static func drawn(_ values: [Double], towards prior: Double) -> Double {
            guard let median = Median.of(values) else { return prior }
            let count = Double(values.count)
            return (count * median + assumedMigrations * prior) / (count + assumedMigrations)
        }

        /// The median absolute deviation, scaled to the standard deviation of a normal variable, drawn towards the
        /// spread of a cluster that measured nothing.
        static func deviation(_ ratios: [Ratios]) -> Double {
            let durations = ratios.map(\.duration)
            let prior = Spread.unmeasured.logDeviation
            guard let median = Median.of(durations), let spread = Median.of(durations.map { abs($0 - median) })
            else { return prior }
            let own = spread * 1.4826
            let count = Double(ratios.count)
            return ((count * own * own + assumedMigrations * prior * prior) / (count + assumedMigrations)).squareRoot()
        }
    }

    /// In logarithms.
    private struct Centre {
        let duration: Double
        let downtime: Double

        static let none = Centre(duration: 0, downtime: 0)

        var factors: Factors { Factors(duration: Self.factor(duration), downtime: Self.factor(downtime)) }

        private static func factor(_ logarithm: Double) -> Double {
            rounded(min(largestFactor, max(1 / largestFactor, exp(logarithm))))
        }
    }
}

/// The middle of some values.
enum Median {
    /// The mean of the two in the middle when there are two; `nil` without values.
    static func of(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
