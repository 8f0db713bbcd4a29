public import ClusterModel

/// Groups and nights of a rolling maintenance, as they stand under `rolling` in the extensions of a plan.
public struct RollingFigures: Sendable, Hashable {
    /// The key in a plan's extensions.
    public static let key = "rolling"

    /// Hosts that are maintained together.
    public struct Group: Sendable, Hashable {
        public var hosts: [String]
        /// From 1 on.
        public var night: Int
        /// On the plan's clock.
        public var startSeconds: Double
        public var endSeconds: Double
        public var moves: Int
    }

    public struct Night: Sendable, Hashable {
        public var window: TimeWindow
        /// Seconds after its beginning at which it is over, at the policy's confidence.
        public var finishSeconds: Double
    }

    public var groups: [Group]
    public var nights: [Night] = []
    /// How it was asked for (`RollingRequest`), so that what remains can be planned anew.
    public var rebootSeconds = 0.0
    public var parallel = 1
    public var respectsRacks = false
    public var windows: [TimeWindow] = []
    /// No maintenance of these hosts does with fewer moves.
    public var leastMoves = 0
    /// The nights on the operator's clock: zone, and a line for each night.
    public var zone: String?
    public var localNights: [String] = []

    public init(groups: [Group]) { self.groups = groups }

    /// The same figures with its nights on a clock of that name as well.
    public func shown(in zone: String, by local: (Timestamp) -> String) -> RollingFigures {
        var figures = self
        figures.zone = zone
        figures.localNights = nights.map { "\(local($0.window.from)) to \(local($0.window.by))" }
        return figures
    }
}

// MARK: - In the document

extension RollingFigures {
    public var json: JSONValue {
        var fields: [String: JSONValue] = [
            "leastMoves": .integer(value: Int64(leastMoves)), "rebootSeconds": .exact(rebootSeconds),
            "parallel": .integer(value: Int64(parallel)), "respectsRacks": .bool(value: respectsRacks),
            "groups": .array(
                values: groups.map { group in
                    .object(fields: [
                        "hosts": .array(values: group.hosts.map { .string(value: $0) }),
                        "night": .integer(value: Int64(group.night)), "startSeconds": .exact(group.startSeconds),
                        "endSeconds": .exact(group.endSeconds), "moves": .integer(value: Int64(group.moves)),
                    ])
                }),
        ]
        if !nights.isEmpty {
            fields["nights"] = .array(
                values: nights.map { night in
                    .object(fields: [
                        "from": .string(value: night.window.from.description),
                        "by": .string(value: night.window.by.description), "finishSeconds": .exact(night.finishSeconds),
                    ])
                })
        }
        if !windows.isEmpty {
            fields["windows"] = .array(
                values: windows.map {
                    .object(fields: [
                        "from": .string(value: $0.from.description), "by": .string(value: $0.by.description),
                    ])
                })
        }
        if let zone {
            fields["zone"] = .string(value: zone)
            fields["localNights"] = .array(values: localNights.map { .string(value: $0) })
        }
        return .object(fields: fields)
    }

    /// The figures in a plan; `nil` when it has none that this version can read.
    public init?(of plan: Plan) {
        guard let fields = plan.extensions[Self.key].map(ExtensionReader.init) else { return nil }
        groups = fields.objects("groups").compactMap { entry in
            guard let start = entry.number("startSeconds"), let end = entry.number("endSeconds"),
                let night = entry.number("night"), let moves = entry.number("moves"), abs(night) < 1e6, abs(moves) < 1e9
            else { return nil }
            return Group(
                hosts: entry.texts("hosts"), night: Int(night), startSeconds: start, endSeconds: end, moves: Int(moves))
        }
        nights = fields.objects("nights").compactMap { entry in
            guard let from = entry.time("from"), let by = entry.time("by"), from < by,
                let finish = entry.number("finishSeconds")
            else { return nil }
            return Night(window: TimeWindow(from: from, by: by), finishSeconds: finish)
        }
        rebootSeconds = fields.number("rebootSeconds") ?? 0
        parallel = fields.number("parallel").flatMap { Int(exactly: $0) } ?? 1
        respectsRacks = fields.flag("respectsRacks") ?? false
        windows = fields.objects("windows").compactMap { entry in
            guard let from = entry.time("from"), let by = entry.time("by"), from < by else { return nil }
            return TimeWindow(from: from, by: by)
        }
        leastMoves = fields.number("leastMoves").flatMap { Int(exactly: $0) } ?? 0
        zone = fields.text("zone")
        localNights = fields.texts("localNights")
    }
}
