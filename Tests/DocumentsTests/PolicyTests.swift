import ClusterModel
import Documents
import Foundation
import Testing

@Suite struct PolicyTests {
    static func read(_ text: String) throws -> Policy {
        try PolicyDocument.read(Array(text.utf8), name: "p.yaml").value
    }

    @Test func defaultFileSaysWhatTheStructSays() throws {
        let file = try #require(Fixtures.policies.first { $0.lastPathComponent == "default.yaml" })
        #expect(try PolicyDocument.read(try Fixtures.bytes(file), name: "default.yaml").value == Policy())
    }

    /// Every property of the struct has its key in default.yaml, where people look for it.
    @Test func defaultFileNamesEveryKey() throws {
        let file = try #require(Fixtures.policies.first { $0.lastPathComponent == "default.yaml" })
        let text = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
        func check(_ value: Any, indent: String) {
            for child in Mirror(reflecting: value).children {
                guard let name = child.label else { continue }
                #expect(text.contains("\n\(indent)\(name):"), "\(name) is missing in default.yaml")
                if Mirror(reflecting: child.value).displayStyle == .struct { check(child.value, indent: indent + "  ") }
            }
        }
        check(Policy(), indent: "")
    }

    @Test(arguments: Fixtures.policies) func everyPolicyFileIsValid(file: URL) throws {
        let reading = try PolicyDocument.read(try Fixtures.bytes(file), name: file.lastPathComponent)
        #expect(reading.warnings.isEmpty)
        #expect(reading.value.name + ".yaml" == file.lastPathComponent)
        #expect(try Self.read(PolicyDocument.write(reading.value)) == reading.value)
        #expect(try Self.read(PolicyDocument.canonical(reading.value)) == reading.value)
    }

    @Test func theFilesAreThere() {
        #expect(
            Fixtures.policies.map(\.lastPathComponent) == [
                "balance-daytime.yaml", "capacity-report.yaml", "default.yaml", "maintenance-evacuation.yaml",
                "nightly-consolidation.yaml", "relocation.yaml", "rolling-maintenance.yaml", "wake-morning.yaml",
            ])
    }

    @Test func absentKeysMeanTheDefaults() throws {
        #expect(try Self.read("{}") == Policy())
        let policy = try Self.read("limits:\n  cpu: 0.5\nmodes: [live]\nmaxMoves: 7\n")
        #expect(policy.limits == ResourceLimits(cpu: 0.5))
        #expect(policy.modes == [.live] && policy.maxMoves == 7)
    }

    static let mistakes: [(String, [String])] = [
        ("nett: 1", ["p.yaml:1:1: nett: unknown key 'nett', allowed: "]),
        ("limit:\n  cpu: 1", ["p.yaml:1:1: limit: unknown key 'limit', did you mean 'limits'"]),
        ("limits:\n  # full\n  cpuu: 1", ["p.yaml:3:3: limits.cpuu: unknown key 'cpuu', did you mean 'cpu'"]),
        (
            "limits: {cpu: 1.5, memory: -1}\nspareHosts: -1\nmemory: all\nmodes: []",
            [
                "p.yaml:1:15: limits.cpu: found 1.5, allowed: a fraction, from 0 to 1",
                "p.yaml:1:28: limits.memory: found -1, allowed: a fraction, from 0 to 1",
                "p.yaml:2:13: spareHosts: found -1, allowed: a whole number, 0 or more",
                "p.yaml:3:9: memory: found \"all\", allowed: configured | demand",
                "p.yaml:4:8: modes: found an empty list, allowed: a list, each live | postCopy | staged | cold, at least 1",
            ]
        ),
        (
            "modes: [live, live]",
            ["p.yaml:1:8: modes: found a list of 2, allowed: a list of different modes: live, postCopy, staged, cold"]
        ),
        ("repair: yes", ["p.yaml:1:9: repair: found \"yes\", allowed: true or false"]),
        ("spareHosts: 1.5", ["p.yaml:1:13: spareHosts: found 1.5, allowed: a whole number, 0 or more"]),
        ("spareHosts: \"1\"", ["p.yaml:1:13: spareHosts: found \"1\", allowed: a whole number, 0 or more"]),
        ("horizonSeconds: .inf", ["p.yaml:1:17: horizonSeconds: found .inf, allowed: a finite number"]),
        (
            "horizonSeconds: 60\ndemand: {profile: history}",
            [
                "p.yaml:1:17: horizonSeconds: found 60, allowed: null, as demand.profile is history: its slots are no times "
                    + "of the clock"
            ]
        ),
        (
            "demand: {profile: month, historyExcessFraction: 2}",
            [
                "p.yaml:1:19: demand.profile: found \"month\", allowed: none | day | week | history",
                "p.yaml:1:49: demand.historyExcessFraction: found 2, allowed: a fraction, from 0 to 1",
            ]
        ),
        ("limits: 5", ["p.yaml:1:9: limits: found 5, allowed: an object with the keys cpu, memory, disk, network"]),
        ("format: drover.policy/2", ["p.yaml:1:9: format: found \"drover.policy/2\", allowed: \"drover.policy/1\""]),
        ("name: a\nname: b", ["p.yaml:1:1: duplicate key 'name', allowed: each key once"]),
        (
            "name: a\n---\nname: b",
            ["p.yaml:2:1: is not YAML: but found another document (expected a single document in the stream)"]
        ),
        ("limits: [", ["p.yaml:2:1: is not YAML: did not find expected node content (while parsing a flow node)"]),
        ("", ["p.yaml: found an empty document, allowed: an object"]),
        ("name: !!int 5", ["p.yaml:1:7: found the tag tag:yaml.org,2002:int, allowed: values without tags"]),
        ("? [a]\n: 1", ["p.yaml:1:3: found a key that is a list or an object, allowed: a text"]),
        ("a: &x [1]\nb: [*x,*x,*x,*x,*x,*x,*x,*x,*x]", ["p.yaml: found 9 aliases (*name), allowed: at most 8"]),
    ]

    @Test(arguments: mistakes) func allMistakesAreNamed(text: String, expected: [String]) {
        let errors = Fixtures.errors { _ = try Self.read(text) }
        #expect(errors.count == expected.count)
        for (error, wanted) in zip(errors, expected) { #expect(error.hasPrefix(wanted)) }
    }

    static let scalars: [(String, JSONValue)] = [
        ("on", .string(value: "on")), ("yes", .string(value: "yes")), ("true", .bool(value: true)),
        ("0x10", .integer(value: 16)), ("0o17", .integer(value: 15)), ("+5", .integer(value: 5)),
        ("007", .integer(value: 7)), (".5", .number(value: 0.5)), ("5.", .integer(value: 5)),
        ("1e3", .integer(value: 1000)), ("1_000", .string(value: "1_000")), ("~", .null),
        ("\"~\"", .string(value: "~")),
        ("'5'", .string(value: "5")), ("!!str 5", .string(value: "5")), ("2026-11-22", .string(value: "2026-11-22")),
        ("12:30", .string(value: "12:30")), ("|\n  a\n  b\n", .string(value: "a\nb\n")), ("0x", .string(value: "0x")),
        ("1e", .string(value: "1e")), (".", .string(value: ".")), ("-", .string(value: "-")),
    ]

    @Test(arguments: scalars) func scalarsFollowYAML12(text: String, value: JSONValue) throws {
        let bytes = Array("x: \(text)".utf8)
        if text == "-" {
            // A dash alone begins a list.
            return
        }
        let tree = try DocumentTree(bytes: bytes, name: "x.yaml")
        #expect(tree.value(0) == .object(fields: ["x": value]))
    }

    @Test func aliasesUnfoldWithinBounds() throws {
        let tree = try DocumentTree(bytes: Array("a: &x [1, 2]\nb: [*x, *x]".utf8), name: "x.yaml")
        #expect(tree.path(to: tree.tokens.count - 1) == "b[1][1]")
        let bomb = "a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: &e [*d,*d]\n? *e\n: 1"
        #expect(!Fixtures.errors { _ = try Self.read(bomb) }.isEmpty)
    }
}

@Suite struct PolicySettingTests {
    @Test func settingsChangeOneKeyEach() throws {
        var base = Policy()
        base.limits.memory = 0.7
        let policy = try PolicyDocument.applying(
            settings: [
                "limits.cpu=0.5", "spareHosts=0", "memory=demand", "maxMoves=44", "modes=[live, cold]",
                "balance.weights.disk=2", "name=night", "horizonSeconds=3600", "powerSave.wake=false", "spareHosts=2",
            ], to: base)
        var expected = base
        expected.limits.cpu = 0.5
        expected.spareHosts = 2
        expected.memory = .demand
        expected.maxMoves = 44
        expected.modes = [.live, .cold]
        expected.balance.weights.disk = 2
        expected.name = "night"
        expected.horizonSeconds = 3600
        expected.powerSave.wake = false
        #expect(policy == expected)
        #expect(try PolicyDocument.applying(settings: ["maxMoves=null"], to: policy).maxMoves == nil)
        #expect(try PolicyDocument.applying(settings: ["limits={disk: 0.5}"], to: base).limits.memory == 0.7)
    }

    /// A horizon and a history contradict each other, in whichever order they are set.
    @Test func aHistoryHasNoHorizon() throws {
        var night = Policy()
        (night.horizonSeconds, night.demand.profile) = (43200, .day)
        let errors = Fixtures.errors {
            _ = try PolicyDocument.applying(settings: ["demand.profile=history"], to: night)
        }
        #expect(
            errors == [
                "--set: horizonSeconds: found 43200.0, allowed: null, as demand.profile is history: its slots are no times "
                    + "of the clock"
            ])
        for settings in [
            ["demand.profile=history", "horizonSeconds=null"], ["horizonSeconds=null", "demand.profile=history"],
        ] {
            let policy = try PolicyDocument.applying(settings: settings, to: night)
            #expect(policy.demand.profile == .history)
            #expect(policy.horizonSeconds == nil)
        }
    }

    @Test func settingsAreInTheDigest() throws {
        let changed = try PolicyDocument.applying(settings: ["limits.cpu=0.5"], to: Policy())
        #expect(PolicyDocument.digest(of: changed) != PolicyDocument.digest(of: Policy()))
        let same = try PolicyDocument.applying(settings: ["limits.cpu=0.85"], to: Policy())
        #expect(PolicyDocument.digest(of: same) == PolicyDocument.digest(of: Policy()))
    }

    @Test func allMistakesTogether() {
        let errors = Fixtures.errors {
            _ = try PolicyDocument.applying(
                settings: [
                    "limits.cpuu=0.5", "spareHosts=-1", "spareHosts", "=1", "limits..cpu=1", "limits.cpu=",
                    "limits.cpu.x=1", "maxMoves=[", "name=a: b: c",
                ],
                to: Policy())
        }
        #expect(
            errors.prefix(7) == [
                "--set limits.cpuu=0.5: limits.cpuu: unknown key 'cpuu', did you mean 'cpu'",
                "--set spareHosts=-1: spareHosts: found -1, allowed: a whole number, 0 or more",
                "--set spareHosts: found \"spareHosts\", allowed: KEY=VALUE, for example limits.cpu=0.9",
                "--set =1: found \"=1\", allowed: KEY=VALUE, for example limits.cpu=0.9",
                "--set limits..cpu=1: found \"limits..cpu=1\", allowed: KEY=VALUE, for example limits.cpu=0.9",
                "--set limits.cpu=: found \"limits.cpu=\", allowed: KEY=VALUE, for example limits.cpu=0.9",
                "--set limits.cpu.x=1: limits.cpu: found an object, allowed: a fraction, from 0 to 1",
            ])
        #expect(errors.count == 9)
    }
}
