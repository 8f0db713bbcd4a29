public import ClusterModel
import Execution
public import MigrationModel

extension ClusterStore {
    /// The newest migrations count; more than this teach no more.
    private static var newestMigrations: Int { 5000 }

    /// Migrations that ended in the days before a moment, oldest first.
    public func migrationExperiences(days: Double, upTo moment: Timestamp) throws -> [MigrationExperience] {
        guard days > 0 else { return [] }
        let from = moment.adding(seconds: -days * 86_400)
        return try newestMigrations(from: from, to: moment, limit: Self.newestMigrations).map(MigrationExperience.init)
    }

    /// What they say of the migration model, for plans made at that moment.
    public func migrationCorrection(policy: Policy, at moment: Timestamp) throws -> MigrationCorrection {
        MigrationCorrection(
            learnedFrom: try migrationExperiences(days: policy.migration.learnDays, upTo: moment))
    }
}

extension Cluster {
    /// With the correction in the document, so that the plan can be made again from it.
    public func corrected(by correction: MigrationCorrection) -> Cluster {
        guard !correction.modes.isEmpty else { return self }
        var changed = self
        changed.extensions = extensions.setting(MigrationCorrection.key, correction.value)
        return changed
    }
}

extension MigrationExperience {
    init(_ record: MigrationRecord) {
        self.init(
            vm: record.vm, from: record.from, to: record.to, mode: record.mode, endedAt: record.endedAt,
            predicted: Figures(record.predicted), measured: record.measured.map(Figures.init),
            failure: record.failure?.rawValue,
            correction: record.correction.map {
                MigrationCorrection.Factors(duration: $0.durationFactor, downtime: $0.downtimeFactor)
            } ?? .none)
    }
}

extension MigrationExperience.Figures {
    fileprivate init(_ figures: MigrationRecord.Figures) {
        self.init(
            durationSeconds: figures.durationSeconds, downtimeMilliseconds: figures.downtimeMilliseconds,
            transferBytes: figures.transferBytes)
    }
}
