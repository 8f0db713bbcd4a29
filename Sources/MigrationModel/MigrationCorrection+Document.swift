public import ClusterModel

/// A correction stands in the cluster document that is planned on, so that the same document gives the same plan:
///
///     "extensions": {"migrationCorrection": {"live": {"migrations": 24, "durationFactor": 1.1, "downtimeFactor": 1,
///                                                     "logDeviation": 0.12}}}
extension MigrationCorrection {
    /// The key in a cluster's extensions.
    public static let key = "migrationCorrection"

    public var value: JSONValue {
        var fields: [String: JSONValue] = [:]
        for (mode, correction) in modes {
            fields[mode.rawValue] = .object(fields: [
                "migrations": .integer(value: Int64(correction.migrations)),
                "durationFactor": .exact(correction.factors.duration),
                "downtimeFactor": .exact(correction.factors.downtime),
                "logDeviation": .exact(correction.spread.logDeviation),
            ])
        }
        return .object(fields: fields)
    }

    /// What is not understood is not there.
    public init(_ value: JSONValue?) {
        self.init()
        guard case .object(let fields)? = value else { return }
        for mode in MigrationMode.allCases {
            guard case .object(let own)? = fields[mode.rawValue], let count = own["migrations"]?.numericValue,
                let duration = own["durationFactor"]?.numericValue, let downtime = own["downtimeFactor"]?.numericValue,
                let deviation = own["logDeviation"]?.numericValue, count >= 1, count < 1e15, Self.isFactor(duration),
                Self.isFactor(downtime), (0...3).contains(deviation)
            else { continue }
            modes[mode] = Mode(
                migrations: Int(count), factors: Factors(duration: duration, downtime: downtime),
                spread: Spread(logDeviation: deviation))
        }
    }

    private static func isFactor(_ value: Double) -> Bool {
        value >= 1 / largestFactor && value <= largestFactor
    }

    /// For the operator; `nil` when nothing was measured.
    public var sentence: String? {
        guard !modes.isEmpty else { return nil }
        let parts = MigrationMode.allCases.compactMap { mode in
            modes[mode].map { own in
                "\(mode.rawValue) duration x \(Self.hundredths(own.factors.duration)), pause x "
                    + "\(Self.hundredths(own.factors.downtime)) (\(own.migrations) measured)"
            }
        }
        return "Migrations are predicted with what this cluster measured: \(parts.joined(separator: "; "))."
    }

    static func hundredths(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
