public import ClusterModel
public import MigrationModel

/// Finished migrations: predicted beside measured, by mode, what the cluster has learned from them, and which are odd.
public struct MigrationReport: Sendable {
    /// Further from the others than this many of their own deviations, and than a factor of 1.5, is odd.
    private static let oddDeviations = 4.0
    private static let oddFactor = 1.5
    /// So many odd migrations are listed.
    private static let listedOdd = 20

    let cluster: String
    let upTo: Timestamp
    let days: Double
    let experiences: [MigrationExperience]
    let correction: MigrationCorrection

    /// - Parameters:
    ///   - experiences: those that ended in the days before `upTo`.
    ///   - days: how far back they go.
    public init(cluster: String, upTo: Timestamp, days: Double, experiences: [MigrationExperience]) {
        self.cluster = cluster
        self.upTo = upTo
        self.days = days
        self.experiences = experiences
        correction = MigrationCorrection(learnedFrom: experiences)
    }

    // MARK: - Figures

    /// What came of the migrations of one mode.
    struct ModeFigures {
        let mode: MigrationMode
        let succeeded: Int
        /// By reason.
        let failed: [String: Int]
        /// Measured over predicted duration, ascending, as predicted in the plan.
        let ratios: [Double]
        /// Measured less predicted pause in milliseconds, ascending by size.
        let pauseErrors: [Double]
        /// Migrations that took longer than predicted.
        var late: Int { ratios.count { $0 > 1 } }

        init(_ mode: MigrationMode, _ all: [MigrationExperience]) {
            self.mode = mode
            let own = all.filter { $0.mode == mode }
            succeeded = own.count { $0.measured != nil }
            failed = own.reduce(into: [:]) { counts, one in
                if let failure = one.failure { counts[failure, default: 0] += 1 }
            }
            ratios = own.compactMap { one in one.durationRatio.map { $0 / one.correction.duration } }.sorted()
            pauseErrors = own.compactMap { one in
                one.measured.map { abs($0.downtimeMilliseconds - one.predicted.downtimeMilliseconds) }
            }.sorted()
        }

        var failures: Int { failed.values.reduce(0, +) }

        /// By nearest rank; `nil` without values.
        static func quantile(_ sorted: [Double], _ share: Double) -> Double? {
            guard !sorted.isEmpty else { return nil }
            let rank = Int((share * Double(sorted.count)).rounded(.up))
            return sorted[min(sorted.count, max(1, rank)) - 1]
        }
    }

    var modes: [ModeFigures] {
        MigrationMode.allCases.map { ModeFigures($0, experiences) }.filter { $0.succeeded + $0.failures > 0 }
    }

    /// Those that are far from what their mode's correction says, the farthest first.
    var odd: [(experience: MigrationExperience, ratio: Double)] {
        experiences.compactMap { one -> (experience: MigrationExperience, ratio: Double)? in
            let own = correction[one.mode]
            guard let ratio = one.durationRatio.map({ $0 / own.factors.duration }) else { return nil }
            let bound = max(Self.oddFactor, own.spread.factor(deviations: Self.oddDeviations))
            return ratio > bound || ratio < 1 / bound ? (one, ratio) : nil
        }.sorted { left, right in
            let (near, far) = (max(right.ratio, 1 / right.ratio), max(left.ratio, 1 / left.ratio))
            return far != near
                ? far > near
                : (left.experience.endedAt, left.experience.vm)
                    < (right.experience.endedAt, right.experience.vm)
        }
    }

    // MARK: - Text

    public func text() -> String {
        var lines = [
            "Migrations of cluster \(cluster) in the \(Figures.short(days)) days before \(upTo): \(experiences.count)",
            "",
        ]
        guard !experiences.isEmpty else {
            return (lines + ["None has ended, so nothing is corrected."]).joined(separator: "\n")
        }
        var table = TextTable([
            .left("mode"), .right("ended"), .right("failed"), .right("measured / predicted: p5"), .right("median"),
            .right("p90"), .right("p95"), .right("late"), .right("pause off: median"), .right("p95"),
        ])
        for mode in modes {
            let ratio = { (share: Double) in
                ModeFigures.quantile(mode.ratios, share).map { Figures.fixed($0, 2) } ?? ""
            }
            let pause = { (share: Double) in
                ModeFigures.quantile(mode.pauseErrors, share).map { Figures.milliseconds($0) } ?? ""
            }
            table.add([
                mode.mode.rawValue, "\(mode.succeeded)", "\(mode.failures)", ratio(0.05), ratio(0.5), ratio(0.9),
                ratio(0.95), "\(mode.late)", pause(0.5), pause(0.95),
            ])
        }
        lines += table.lines()
        lines += correctionLines + failureLines + oddLines
        return lines.joined(separator: "\n")
    }

    private var correctionLines: [String] {
        guard !correction.modes.isEmpty else { return [] }
        var table = TextTable([
            .left("mode"), .right("rests on"), .right("duration x"), .right("pause x"), .right("95 of 100 within x"),
        ])
        for mode in MigrationMode.allCases {
            guard let own = correction.modes[mode] else { continue }
            table.add([
                mode.rawValue, "\(own.migrations)", Figures.fixed(own.factors.duration, 3),
                Figures.fixed(own.factors.downtime, 3), Figures.fixed(own.spread.factor(confidence: 0.95), 2),
            ])
        }
        return ["", "Learned: the model's figures are multiplied by this in the next plan."] + table.lines()
    }

    private var failureLines: [String] {
        let failed = modes.flatMap { mode in
            mode.failed.sorted { $0.key < $1.key }.map { "\(mode.mode.rawValue): \($0.value) x \($0.key)" }
        }
        return failed.isEmpty ? [] : ["", "Failed: \(failed.joined(separator: "; "))"]
    }

    private var oddLines: [String] {
        let odd = odd
        guard !odd.isEmpty else { return [] }
        var table = TextTable([
            .left("ended"), .left("VM"), .left("from"), .left("to"), .left("mode"), .right("predicted"),
            .right("measured"), .right("x"),
        ])
        for one in odd.prefix(Self.listedOdd) {
            table.add([
                one.experience.endedAt.description, one.experience.vm, one.experience.from, one.experience.to,
                one.experience.mode.rawValue, Figures.duration(one.experience.predicted.durationSeconds),
                one.experience.measured.map { Figures.duration($0.durationSeconds) } ?? "", Figures.fixed(one.ratio, 2),
            ])
        }
        let more = odd.count > Self.listedOdd ? [" and \(odd.count - Self.listedOdd) more"] : []
        return ["", "Odd ones, far from the rest of their mode (they count, but move the correction little):"]
            + table.lines() + more
    }

    // MARK: - JSON

    public func json() -> String {
        let modes = modes.map { mode -> JSONValue in
            let own = correction.modes[mode.mode]
            return .object(fields: [
                "mode": .string(value: mode.mode.rawValue), "ended": .count(mode.succeeded),
                "failed": .object(fields: mode.failed.mapValues { .count($0) }), "late": .count(mode.late),
                "measuredOverPredicted": Self.quantiles(mode.ratios, decimals: 4),
                "downtimeErrorMilliseconds": Self.quantiles(mode.pauseErrors, decimals: 1),
                "correction": .optional(own) { own in
                    .object(fields: [
                        "migrations": .count(own.migrations),
                        "durationFactor": .figure(own.factors.duration, decimals: 4),
                        "downtimeFactor": .figure(own.factors.downtime, decimals: 4),
                        "logDeviation": .figure(own.spread.logDeviation, decimals: 4),
                        "p95Factor": .figure(own.spread.factor(confidence: 0.95), decimals: 4),
                    ])
                },
            ])
        }
        let odd = odd.map { one -> JSONValue in
            .object(fields: [
                "endedAt": .string(value: one.experience.endedAt.description), "vm": .string(value: one.experience.vm),
                "from": .string(value: one.experience.from), "to": .string(value: one.experience.to),
                "mode": .string(value: one.experience.mode.rawValue),
                "predictedSeconds": .figure(one.experience.predicted.durationSeconds),
                "measuredSeconds": .optional(one.experience.measured) { .figure($0.durationSeconds) },
                "ratioToCorrected": .figure(one.ratio, decimals: 4),
            ])
        }
        return ReportJSON.text(
            .object(fields: [
                "cluster": .string(value: cluster), "upTo": .string(value: upTo.description),
                "days": .exact(days), "migrations": .count(experiences.count), "modes": .array(values: modes),
                "odd": .array(values: odd),
            ]))
    }

    private static func quantiles(_ sorted: [Double], decimals: Int) -> JSONValue {
        guard !sorted.isEmpty else { return .null }
        let shares = [("p5", 0.05), ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("max", 1)]
        return .object(
            fields: Dictionary(
                uniqueKeysWithValues: shares.map { name, share in
                    (name, JSONValue.optional(ModeFigures.quantile(sorted, share)) { .figure($0, decimals: decimals) })
                }))
    }
}
