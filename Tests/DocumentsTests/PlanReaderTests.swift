import ClusterModel
import Documents
import Testing

@Suite struct PlanReaderTests {
    @Test func everyKeyIsRead() throws {
        let plan = try Fixtures.readPlan(Fixtures.plan).value
        #expect(plan.goal == .evacuate(hosts: ["h03"]))
        #expect(plan.policy.limits == ResourceLimits(cpu: 0.85, memory: 0.95, disk: 1, network: 1))
        #expect(plan.policy.defaults == HostDefaults(bootSeconds: 200))
        #expect(plan.policy.maxDowntimeMilliseconds == 1000 && !plan.policy.repair)
        #expect(plan.policy.horizonSeconds == nil)
        #expect(
            plan.steps[0].migration
                == MigrationStep(
                    vm: "vm7", from: "h03", to: "h05", mode: .live, bandwidthBitsPerSecond: 1e10,
                    downtimeMilliseconds: 120, transferBytes: 2.1e10, rounds: 4))
        #expect(plan.steps[1].action == .powerOff(host: "h03") && plan.steps[1].after == ["s1"])
        #expect(plan.steps[2].action == .wait && plan.steps[2].durationP95Seconds == 2)
        #expect(plan.steps[2].notBefore?.description == "2026-11-22T20:30:00Z")
        #expect(plan.summary.hostsOn == .init(before: 20, after: 14, lowerBound: 13))
        #expect(plan.refusals.map(\.subject) == [.vm(id: "vm9", from: "h03"), .rule(id: "r1"), .host(id: "h03")])
        #expect(plan.refusals[0].unblock == "x")
        #expect(plan.confidence == 0.95 && plan.deadline?.description == "2026-11-23T00:00:00Z")
    }

    static let goals: [(String, Goal)] = [
        ("{\"kind\": \"balance\"}", .balance), ("{\"kind\": \"powerSave\"}", .powerSave),
        ("{\"kind\": \"rolling\", \"hosts\": [\"a\", \"b\"]}", .rolling(hosts: ["a", "b"])),
        ("{\"kind\": \"place\", \"target\": {\"v\": \"h\"}}", .place(target: ["v": "h"])),
        (
            "{\"kind\": \"relocate\", \"from\": \"site:paris\", \"to\": \"site:lyon\"}",
            .relocate(from: "paris", to: "lyon")
        ),
    ]

    @Test(arguments: goals) func goalsOfEveryKind(text: String, goal: Goal) throws {
        let document = Fixtures.plan.replacing("{\"kind\": \"evacuate\", \"hosts\": [\"h03\"]}", with: text)
        let plan = try Fixtures.readPlan(document).value
        #expect(plan.goal == goal)
        #expect(try Fixtures.readPlan(PlanDocument.write(plan)).value == plan)
    }

    @Test(arguments: ["powerOn", "enterMaintenance", "exitMaintenance", "maintain"])
    func stepsOfHosts(action: String) throws {
        let plan = try Fixtures.readPlan(Fixtures.plan.replacing("\"powerOff\"", with: "\"\(action)\"")).value
        #expect(plan.steps[1].action.name == action)
        #expect(try Fixtures.readPlan(PlanDocument.write(plan)).value == plan)
    }

    /// Keys that only Drover's own plans have appear when they say something.
    @Test func policyKeysBeyondTheFirst() throws {
        var plan = try Fixtures.readPlan(Fixtures.plan).value
        for key in ["horizonSeconds", "repair", "maxDowntimeMilliseconds", "disk"] {
            #expect(!PlanDocument.write(plan).contains("\"\(key)\""))
        }
        plan.policy.horizonSeconds = 7200
        plan.policy.repair = true
        plan.policy.maxDowntimeMilliseconds = 300
        plan.policy.limits.disk = 0.5
        let text = PlanDocument.write(plan)
        for key in [
            "\"horizonSeconds\": 7200", "\"repair\": true", "\"maxDowntimeMilliseconds\": 300", "\"disk\": 0.5",
        ] {
            #expect(text.contains(key))
        }
        #expect(try Fixtures.readPlan(text).value == plan)
    }

    static let mistakes: [Mistake] = [
        Mistake(
            "\"id\": \"s2\"", "\"id\": \"s1\"",
            "p.json:11:8: steps[1].id: found \"s1\" again, allowed: an id that no other step has",
            "p.json:11:106: steps[1].after[0]: found \"s1\", allowed: the id of another step of this plan"),
        Mistake(
            "\"after\": [\"s1\"]", "\"after\": [\"s9\"]",
            "p.json:11:106: steps[1].after[0]: found \"s9\", allowed: the id of another step of this plan"),
        Mistake(
            "\"mode\": \"live\",", "\"mode\": \"hot\",",
            "p.json:8:84: steps[0].mode: found \"hot\", allowed: live | postCopy | staged | cold"),
        Mistake(
            "\"vm\": \"vm7\", ", "",
            "p.json:8:1: steps[0].vm: is missing, allowed: a value, since action is migrate"),
        Mistake(
            "\"action\": \"wait\",", "\"action\": \"wait\", \"host\": \"h03\",",
            "p.json:12:40: steps[2].host: found a value, allowed: none, since action is wait"),
        Mistake(
            "\"action\": \"wait\",", "\"action\": \"sleep\",",
            "p.json:12:24: steps[2].action: found \"sleep\", allowed: migrate | powerOff | powerOn | "
                + "enterMaintenance | exitMaintenance | maintain | wait"),
        Mistake(
            "{\"kind\": \"evacuate\", \"hosts\": [\"h03\"]}", "{\"kind\": \"evacuate\"}",
            "p.json:3:75: goal.hosts: is missing, allowed: a value, since kind is evacuate"),
        Mistake(
            "{\"kind\": \"evacuate\", \"hosts\": [\"h03\"]}",
            "{\"kind\": \"relocate\", \"from\": \"paris\", \"to\": \"site:lyon\"}",
            "p.json:3:104: goal.from: found \"paris\", allowed: \"site:NAME\""),
        Mistake(
            "\"cpu\": 0.85", "\"cpu\": 1.5",
            "p.json:5:20: policy.limits.cpu: found 1.5, allowed: a fraction, from 0 to 1"),
        Mistake(
            "\"durationSeconds\": 60", "\"durationSeconds\": 1e11",
            "p.json:11:92: steps[1].durationSeconds: found 1e11, allowed: a number of seconds, at most 1e10"),
        Mistake(
            "{\"rule\": \"r1\", ", "{\"rule\": \"r1\", \"host\": \"h03\", ",
            "p.json:19:1: refusals[1]: found rule and host, allowed: exactly one of vm, rule, host"),
        Mistake(
            "{\"rule\": \"r1\", ", "{\"rule\": \"r1\", \"from\": \"h03\", ",
            "p.json:19:24: refusals[1].from: found a value, allowed: none without vm"),
        Mistake(
            "\"status\": \"partial\"", "\"status\": \"partly\"",
            "p.json:6:11: status: found \"partly\", allowed: complete | partial | nothingToDo | infeasible"),
        Mistake(
            "\"spareHosts\": 1, ", "\"spareHosts\": 1, \"spare\": 2, ",
            "p.json:4:66: policy.spare: unknown key 'spare', allowed: name, digest, spareHosts, memory, limits, "
                + "defaults, horizonSeconds, repair, maxDowntimeMilliseconds"),
    ]

    @Test(arguments: mistakes) func namesPlaceFoundAndAllowed(mistake: Mistake) {
        #expect(Fixtures.plan.contains(mistake.old))
        let text = Fixtures.plan.replacing(mistake.old, with: mistake.new, maxReplacements: 1)
        #expect(Fixtures.errors { _ = try Fixtures.readPlan(text) } == mistake.expected)
    }
}
