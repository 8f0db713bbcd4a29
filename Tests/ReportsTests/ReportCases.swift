import ClusterModel
import Randomness
import TestSupport

/// One cluster with a bit of everything that reports show, and plans on it written by hand.
enum ReportCases {
    private static let watts = PowerModel(idleWatts: 90, peakWatts: 250, offWatts: 5)

    static var cluster: Cluster {
        var hosts: [Host] = [
            .host("h01", rack: "r1", power: watts), .host("h02", rack: "r1", power: watts),
            .host("h03", rack: "r2", power: watts), .host("h04", state: .standby, rack: "r2", power: watts),
            .host("h05", state: .maintenance, rack: "r2", power: watts),
        ]
        for index in hosts.indices { hosts[index].datastores = index == 0 ? ["nfs1", "local-h01"] : ["nfs1"] }
        var local = VirtualMachine.vm("v4", on: "h01", cores: 0.5)
        local.datastores = ["local-h01"]
        var fixed = VirtualMachine.vm("v5", on: "h01", cores: 0.5)
        fixed.migration = .none
        fixed.migrationReason = "passthrough"
        var recent = VirtualMachine.vm("v8", on: "h03", cores: 1, memory: .gib(8))
        recent.lastMigratedAt = Timestamp.testMoment.adding(seconds: -600)
        return .cluster(
            hosts: hosts,
            vms: [
                .vm("v1", on: "h01", cores: 2, memory: .gib(16), labels: ["app": "db"]),
                .vm("v2", on: "h02", cores: 2, memory: .gib(16), labels: ["app": "db"]),
                .vm("v3", on: "h01", cores: 1, memory: .gib(8)), local, fixed,
                .vm("v6", on: "h02", cores: 4, memory: .gib(24)),
                .vm("v7", on: "h02", cores: 0, memory: .gib(4), state: .paused), recent,
                .vm("v9", on: "h05", cores: 1), .vm("v10", on: "h03", state: .stopped),
            ],
            rules: [.apart("r1", ["v1", "v2"])])
    }

    /// An evacuation that two VMs resist.
    static var evacuation: Plan {
        var steps: [PlanStep] = [
            .step("s1", .powerOn(host: "h04"), at: 0, lasting: 180),
            .move("s2", "v3", from: "h01", to: "h03", at: 0, lasting: 41.2, bandwidth: 1e10, pause: 120),
            .move(
                "s3", "v1", from: "h01", to: "h04", at: 180, lasting: 95.5, after: ["s1"], mode: .cold, pause: 95_000),
        ]
        steps[1].reason = "h01 is to be emptied; h03 has the most room"
        steps[2].reason = "h01 is to be emptied; rule r1 keeps it off h02"
        return plan(
            .evacuate(hosts: ["h01"]), steps, status: .partial,
            refusals: [
                Refusal(
                    subject: .vm(id: "v4", from: "h01"),
                    reasons: [
                        Refusal.Reason(
                            constraint: "datastore", hosts: ["h02", "h03", "h04"],
                            detail: "h02 does not reach local-h01"),
                        Refusal.Reason(constraint: "hostState", hosts: ["h05"], detail: "h05 is in state maintenance"),
                    ], unblock: "connect a host to it, or move the data first"),
                Refusal(
                    subject: .vm(id: "v5", from: "h01"),
                    reasons: [
                        Refusal.Reason(constraint: "migratability", hosts: [], detail: "cannot move: passthrough")
                    ]),
            ],
            notes: ["VM v9 has no samples and counts with its configured size"], lowerBoundSeconds: 270)
    }

    /// All of h03 on h02, then h03 off.
    static var consolidation: Plan {
        plan(
            .powerSave,
            [
                .move("s1", "v8", from: "h03", to: "h01", at: 0, lasting: 12),
                .step("s2", .powerOff(host: "h03"), at: 12, lasting: 60, after: ["s1"]),
            ], notes: [])
    }

    /// The evacuation with a window that it misses.
    static var missedWindow: Plan {
        var plan = evacuation
        plan.deadline = plan.startsAt.adding(seconds: 240)
        plan.confidence = 0.95
        plan.extensions = plan.extensions.setting(
            "window",
            .object(fields: [
                "from": .string(value: plan.startsAt.description),
                "by": .string(value: plan.startsAt.adding(seconds: 240).description),
                "answer": .string(value: "no"), "confidence": .number(value: 0.95),
                "expectedSeconds": .number(value: 275.5), "finishSeconds": .number(value: 306.1),
                "marginSeconds": .number(value: -66.1),
                "latestStart": .string(value: plan.startsAt.adding(seconds: -66.1).description),
                "late": .array(values: [
                    .object(fields: [
                        "vm": .string(value: "v1"), "from": .string(value: "h01"),
                        "endsAtSeconds": .number(value: 306.1),
                    ])
                ]),
                "busyLinks": .array(values: [
                    .object(fields: [
                        "name": .string(value: "the migration link out of h01"), "busySeconds": .number(value: 136.7),
                    ])
                ]),
                "clock": .object(fields: [
                    "zone": .string(value: "Europe/Paris"), "from": .string(value: "2026-11-21 01:00"),
                    "by": .string(value: "2026-11-21 01:04"), "finish": .string(value: "2026-11-21 01:05"),
                    "latestStart": .string(value: "2026-11-21 00:58"),
                ]),
                "unblock": .array(values: [
                    .string(value: "make the migration link of h01 1.25 times as fast"),
                    .string(value: "leave VM v1 out: shut it down, or deal with it by hand"),
                ]),
            ]))
        return plan
    }

    /// Hosts h02 and h03 maintained in two nights.
    static var rolling: Plan {
        func night(_ number: Int) -> Timestamp { Timestamp.testMoment.adding(seconds: Double(number) * 86_400) }
        func turn(_ host: String, _ vm: String, _ to: String, at start: Double, after: [String], _ first: Int)
            -> [PlanStep]
        {
            [
                .move("s\(first)", vm, from: host, to: to, at: start, lasting: 20, after: after, bandwidth: 1e10),
                .step("s\(first + 1)", .enterMaintenance(host: host), at: start + 20, lasting: 0, after: ["s\(first)"]),
                .step("s\(first + 2)", .maintain(host: host), at: start + 20, lasting: 600, after: ["s\(first + 1)"]),
                .step(
                    "s\(first + 3)", .exitMaintenance(host: host), at: start + 620, lasting: 0, after: ["s\(first + 2)"]
                ),
            ]
        }
        var steps =
            turn("h03", "v8", "h01", at: 0, after: [], 1) + turn("h02", "v7", "h03", at: 86_400, after: ["s4"], 5)
        for index in steps.indices where index >= 4 { steps[index].notBefore = night(1) }
        var plan = plan(.rolling(hosts: ["h03", "h02"]), steps, notes: [])
        plan.deadline = night(1).adding(seconds: 3600)
        plan.confidence = 0.95
        let groups = [("h03", 1, 0.0), ("h02", 2, 86_400.0)].map { host, night, start in
            JSONValue.object(fields: [
                "hosts": .array(values: [.string(value: host)]), "night": .integer(value: Int64(night)),
                "startSeconds": .exact(start), "endSeconds": .exact(start + 620), "moves": .integer(value: 1),
            ])
        }
        let nights = (0..<2).map { number in
            JSONValue.object(fields: [
                "from": .string(value: night(number).description),
                "by": .string(value: night(number).adding(seconds: 3600).description),
                "finishSeconds": .number(value: 626.4),
            ])
        }
        plan.extensions = plan.extensions.setting(
            "rolling",
            .object(fields: [
                "leastMoves": .integer(value: 2), "groups": .array(values: groups), "nights": .array(values: nights),
                "zone": .string(value: "UTC"),
                "localNights": .array(values: [
                    .string(value: "2026-11-21 00:00 to 2026-11-21 01:00"),
                    .string(value: "2026-11-22 00:00 to 2026-11-22 01:00"),
                ]),
            ]))
        return plan
    }

    private static func plan(
        _ goal: Goal, _ steps: [PlanStep], status: Plan.Status = .complete, refusals: [Refusal] = [], notes: [String],
        lowerBoundSeconds: Double? = nil
    ) -> Plan {
        var plan = Plan.plan(
            for: cluster, goal: goal, policy: .policy(spareHosts: 1), status: status, refusals: refusals, steps)
        if !notes.isEmpty {
            plan.extensions = .object(fields: ["notes": .array(values: notes.map { .string(value: $0) })])
        }
        if let lowerBoundSeconds {
            plan.extensions = plan.extensions.setting("lowerBoundSeconds", .exact(lowerBoundSeconds))
        }
        return plan
    }

    /// `moves` migrations between random hosts of a random size of cluster, as a plan in form only.
    static func random(seed: UInt64, hosts: Int, moves: Int) -> (plan: Plan, cluster: Cluster) {
        var random = SplitMix64(seed: seed)
        let names = (0..<hosts).map { "n\($0)" }
        let vms = (0..<max(moves, 1)).map { index in
            VirtualMachine.vm("v\(index)", on: names[Int.random(in: 0..<hosts, using: &random)])
        }
        let cluster = Cluster.cluster(hosts: names.map { .host($0, cores: 64, memory: .gib(512)) }, vms: vms)
        var start = 0.0
        let steps = vms.prefix(moves).enumerated().map { index, vm -> PlanStep in
            start += Double.random(in: 0...8, using: &random)
            let mode = MigrationMode.allCases[Int.random(in: 0..<4, using: &random)]
            return .move(
                "s\(index)", vm.id, from: vm.host ?? "", to: names[Int.random(in: 0..<hosts, using: &random)],
                at: start, lasting: Double.random(in: 2...90, using: &random), mode: mode)
        }
        return (.plan(for: cluster, steps), cluster)
    }
}
