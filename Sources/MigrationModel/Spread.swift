internal import Glibc

/// How far measured times stray from predicted ones: their ratio is log-normal around 1.
public struct Spread: Sendable, Hashable {
    /// Standard deviation of the natural logarithm of measured over predicted.
    public var logDeviation: Double

    public init(logDeviation: Double) {
        self.logDeviation = logDeviation
    }

    /// For a cluster that has measured nothing: 95 of 100 within 1.32 times the prediction. That is twice what 24
    /// migrations strayed when each was predicted from the others (0.087): they were made in one laboratory, with
    /// guests whose dirtying was known.
    public static let unmeasured = Spread(logDeviation: log(MigrationModel.spreadFactor) / Normal.quantile(0.95))

    /// What the prediction is multiplied by so that this share of migrations is over by then: 0.5 gives 1, 0.95 gives
    /// the 95th percentile. Shares outside 0.0001 to 0.9999 count as those.
    public func factor(confidence: Double) -> Double {
        factor(deviations: Normal.quantile(confidence))
    }

    /// So many standard deviations above the prediction.
    public func factor(deviations: Double) -> Double { exp(deviations * logDeviation) }
}

/// The standard normal distribution.
enum Normal {
    /// The value below which a share of a standard normal variable lies: Abramowitz and Stegun, "Handbook of
    /// Mathematical Functions", 26.2.23; the error is below 0.00045.
    static func quantile(_ share: Double) -> Double {
        let bounded = min(0.9999, max(0.0001, share))
        guard bounded != 0.5 else { return 0 }
        let t = (-2 * log(min(bounded, 1 - bounded))).squareRoot()
        let value =
            t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
        return bounded < 0.5 ? -value : value
    }
}
