public import ClusterModel

/// A finished migration: what was predicted of it and what was measured.
public struct MigrationExperience: Sendable, Hashable {
    public struct Figures: Sendable, Hashable {
        public var durationSeconds: Double
        public var downtimeMilliseconds: Double
        public var transferBytes: Double

        public init(durationSeconds: Double, downtimeMilliseconds: Double, transferBytes: Double) {
            self.durationSeconds = durationSeconds
            self.downtimeMilliseconds = downtimeMilliseconds
            self.transferBytes = transferBytes
        }
    }

    public var vm: String
    public var from: String
    public var to: String
    public var mode: MigrationMode
    public var endedAt: Timestamp
    /// As the plan said, with the correction that held then.
    public var predicted: Figures
    /// `nil` when it failed.
    public var measured: Figures?
    /// Why it failed, as a code; `nil` when it succeeded.
    public var failure: String?
    /// What the plan had multiplied the model's own figures by. Taken out again before anything is learned: a
    /// correction that learned from itself would swing.
    public var correction: MigrationCorrection.Factors

    public init(
        vm: String, from: String, to: String, mode: MigrationMode, endedAt: Timestamp, predicted: Figures,
        measured: Figures?, failure: String? = nil, correction: MigrationCorrection.Factors = .none
    ) {
        self.vm = vm
        self.from = from
        self.to = to
        self.mode = mode
        self.endedAt = endedAt
        self.predicted = predicted
        self.measured = measured
        self.failure = failure
        self.correction = correction
    }

    /// Measured over predicted duration, the correction taken out; `nil` when it failed or one of them is nothing.
    public var durationRatio: Double? {
        Self.ratio(measured?.durationSeconds, predicted.durationSeconds / correction.duration)
    }

    /// The same of the pause.
    public var downtimeRatio: Double? {
        Self.ratio(measured?.downtimeMilliseconds, predicted.downtimeMilliseconds / correction.downtime)
    }

    private static func ratio(_ measured: Double?, _ predicted: Double) -> Double? {
        guard let measured, measured > 0, predicted > 0 else { return nil }
        let ratio = measured / predicted
        return ratio.isFinite && ratio > 0 ? ratio : nil
    }
}
