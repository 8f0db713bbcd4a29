public import ClusterModel

/// How a VM will move, and what that is predicted to cost.
public struct MigrationPrediction: Sendable, Hashable {
    public var mode: MigrationMode
    /// As likely too long as too short.
    public var durationSeconds: Double
    /// 95 of 100 such moves are over by then.
    public var durationP95Seconds: Double
    /// From the stop at the source to the first instruction at the destination.
    public var downtimeMilliseconds: Double
    /// Memory and local disk that cross the link.
    public var transferBytes: Double
    /// Passes over the memory before the guest is stopped or switched over.
    public var rounds: Int
    /// Why it moves this way, in words for the operator.
    public var reason: String
    /// What the guest feels beside the pause.
    public var slowdown: GuestSlowdown = .none
    /// A live migration that ends only because the guest is slowed; `nil`: it needs none of that.
    public var autoConverge: AutoConverge? = nil
    public var spread: Spread = .unmeasured
    /// What the model's figures were multiplied by, since this cluster measured other ones.
    public var correction: MigrationCorrection.Factors = .none

    /// What the hypervisor is told to do, and how far it is predicted to go.
    public struct AutoConverge: Sendable, Hashable {
        public var throttle: Throttle
        public var peakPercent: Double

        public init(throttle: Throttle, peakPercent: Double) {
            self.throttle = throttle
            self.peakPercent = peakPercent
        }
    }

    public init(
        mode: MigrationMode, durationSeconds: Double, durationP95Seconds: Double, downtimeMilliseconds: Double,
        transferBytes: Double, rounds: Int, reason: String
    ) {
        self.mode = mode
        self.durationSeconds = durationSeconds
        self.durationP95Seconds = durationP95Seconds
        self.downtimeMilliseconds = downtimeMilliseconds
        self.transferBytes = transferBytes
        self.rounds = rounds
        self.reason = reason
    }

    /// When this share of such moves is over: 0.5 gives `durationSeconds`, 0.95 gives `durationP95Seconds`.
    public func durationSeconds(confidence: Double) -> Double {
        durationSeconds * spread.factor(confidence: confidence)
    }

    /// What the plan's step says beside its own keys; empty for a plain move that nothing was learned of.
    public var extensions: Extensions {
        var result = Extensions.none
        if let autoConverge {
            result = result.setting(
                "autoConverge",
                .object(fields: [
                    "initialPercent": .exact(autoConverge.throttle.initialPercent),
                    "incrementPercent": .exact(autoConverge.throttle.incrementPercent),
                    "peakPercent": .exact(autoConverge.peakPercent),
                ]))
        }
        if slowdown.seconds > 0 {
            result = result.setting(
                "slowdown",
                .object(fields: [
                    "peakFraction": .exact(Self.thousandths(slowdown.peakFraction)),
                    "seconds": .exact(Self.thousandths(slowdown.seconds)),
                    "lostSeconds": .exact(Self.thousandths(slowdown.lostSeconds)),
                ]))
        }
        if correction != .none {
            result = result.setting(
                "correction",
                .object(fields: [
                    "durationFactor": .exact(correction.duration), "downtimeFactor": .exact(correction.downtime),
                ]))
        }
        return result
    }

    private static func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

/// The best allowed way for a VM over a path, or why there is none.
public enum MigrationChoice: Sendable, Hashable {
    case migrate(prediction: MigrationPrediction)
    /// `constraint` is `migratability`, `downtime`, `convergence` or `bandwidth`.
    case refused(constraint: String, detail: String)

    public var prediction: MigrationPrediction? {
        guard case .migrate(let prediction) = self else { return nil }
        return prediction
    }
}
