public import ClusterModel

/// Whether a plan keeps its window, with what an operator needs beside a yes or a no. It stands under `window` in the
/// extensions of a plan.
public struct WindowAnswer: Sendable, Hashable {
    /// The key in a plan's extensions.
    public static let key = "window"

    /// A VM that would not be away in time.
    public struct Late: Sendable, Hashable {
        public var vm: String
        public var from: String
        /// Seconds after the window's beginning at which it has left, at the confidence.
        public var endsAtSeconds: Double
    }

    /// A link, or the places for moves of a host, that holds up a plan.
    public struct BusyLink: Sendable, Hashable {
        public var name: String
        /// How long the moves keep it busy.
        public var busySeconds: Double
    }

    /// Times as a clock on the wall shows them.
    public struct LocalTimes: Sendable, Hashable {
        public var zone: String
        public var from: String
        public var by: String
        /// When everything is over, at the confidence.
        public var finish: String
        public var latestStart: String?
    }

    public var window: TimeWindow
    public var confidence: Double
    /// Whether everything that the goal asks is done by the end of the window.
    public var isYes: Bool
    /// By when, in seconds after the window's beginning, everything is over: as predicted, and at the confidence. Of
    /// the whole plan, also where the answer is no and the plan holds only what can be done in time.
    public var expectedSeconds: Double
    public var finishSeconds: Double
    /// The latest start that would do, as far as time decides; `nil` when none was found.
    public var latestStart: Timestamp?
    public var late: [Late] = []
    public var busyLinks: [BusyLink] = []
    /// What would make it a yes, each verified by planning with it; what asks least first.
    public var unblock: [String] = []
    /// The same times on the operator's clock.
    public var clock: LocalTimes?

    /// Seconds between the end of the plan, at the confidence, and that of the window; negative when it is late.
    public var marginSeconds: Double { window.seconds - finishSeconds }

    /// When everything is over, at the confidence.
    public var finish: Timestamp { window.from.adding(seconds: finishSeconds) }

    /// The same answer with its times on a clock of that name as well.
    public func shown(in zone: String, by local: (Timestamp) -> String) -> WindowAnswer {
        var answer = self
        answer.clock = LocalTimes(
            zone: zone, from: local(window.from), by: local(window.by), finish: local(finish),
            latestStart: latestStart.map(local))
        return answer
    }
}

// MARK: - In the document

extension WindowAnswer {
    public var json: JSONValue {
        var fields: [String: JSONValue] = [
            "from": .string(value: window.from.description), "by": .string(value: window.by.description),
            "confidence": .exact(confidence), "answer": .string(value: isYes ? "yes" : "no"),
            "expectedSeconds": .exact(expectedSeconds), "finishSeconds": .exact(finishSeconds),
            "marginSeconds": .exact((marginSeconds * 1000).rounded() / 1000),
        ]
        fields["latestStart"] = latestStart.map { .string(value: $0.description) }
        fields["clock"] = clock.map { clock in
            var times: [String: JSONValue] = [
                "zone": .string(value: clock.zone), "from": .string(value: clock.from),
                "by": .string(value: clock.by), "finish": .string(value: clock.finish),
            ]
            times["latestStart"] = clock.latestStart.map { .string(value: $0) }
            return .object(fields: times)
        }
        if !late.isEmpty {
            fields["late"] = .array(
                values: late.map {
                    .object(fields: [
                        "vm": .string(value: $0.vm), "from": .string(value: $0.from),
                        "endsAtSeconds": .exact($0.endsAtSeconds),
                    ])
                })
        }
        if !busyLinks.isEmpty {
            fields["busyLinks"] = .array(
                values: busyLinks.map {
                    .object(fields: ["name": .string(value: $0.name), "busySeconds": .exact($0.busySeconds)])
                })
        }
        if !unblock.isEmpty { fields["unblock"] = .array(values: unblock.map { .string(value: $0) }) }
        return .object(fields: fields)
    }

    /// The answer in a plan; `nil` when the plan has none, or one that this version cannot read.
    public init?(of plan: Plan) {
        guard let fields = plan.extensions[Self.key].map(ExtensionReader.init), let from = fields.time("from"),
            let by = fields.time("by"), from < by, let confidence = fields.number("confidence"),
            let answer = fields.text("answer"), let expected = fields.number("expectedSeconds"),
            let finish = fields.number("finishSeconds")
        else { return nil }
        self.init(
            window: TimeWindow(from: from, by: by), confidence: confidence, isYes: answer == "yes",
            expectedSeconds: expected, finishSeconds: finish, latestStart: fields.time("latestStart"))
        late = fields.objects("late").compactMap { entry in
            guard let vm = entry.text("vm"), let host = entry.text("from"), let end = entry.number("endsAtSeconds")
            else { return nil }
            return Late(vm: vm, from: host, endsAtSeconds: end)
        }
        busyLinks = fields.objects("busyLinks").compactMap { entry in
            guard let name = entry.text("name"), let busy = entry.number("busySeconds") else { return nil }
            return BusyLink(name: name, busySeconds: busy)
        }
        unblock = fields.texts("unblock")
        if let times = fields.object("clock"), let zone = times.text("zone"), let from = times.text("from"),
            let by = times.text("by"), let finish = times.text("finish")
        {
            clock = LocalTimes(zone: zone, from: from, by: by, finish: finish, latestStart: times.text("latestStart"))
        }
    }
}
