import ClusterModel
import Documents
import Testing

@Suite struct ClusterReaderTests {
    @Test func everyKeyIsRead() throws {
        let reading = try Fixtures.readCluster(Fixtures.cluster)
        let cluster = reading.value
        #expect(reading.warnings.isEmpty)
        #expect(cluster.name == "lab")
        #expect(cluster.takenAt.description == "2026-11-22T20:00:00Z")
        #expect(cluster.extensions["source"] == .string(value: "test"))
        let host = cluster.hosts[0]
        #expect(
            host
                == Host(
                    id: "h01", state: .on, cpuCores: 32, cpuSpeed: 1.2, memoryBytes: 274_877_906_944,
                    reservedMemoryBytes: 4_294_967_296, diskBytesPerSecond: 2e9, networkBitsPerSecond: 2.5e10,
                    migrationBitsPerSecond: 1e10, maxMigrationsOut: 2, maxMigrationsIn: 3, architecture: "x86_64",
                    cpuModel: "Cascadelake-Server", cpuFeatures: ["avx512f"],
                    numaNodes: [NUMANode(cpuCores: 16, memoryBytes: 137_438_953_472)], site: "paris", rack: "r1",
                    labels: ["tier": "gold"], datastores: ["nfs1"], networks: ["vlan10"],
                    localDiskBytes: 4_000_000_000_000, power: PowerModel(idleWatts: 86, peakWatts: 117.5, offWatts: 5),
                    bootSeconds: 180, shutdownSeconds: 60,
                    powerControl: PowerControl(kind: .redfish, url: "https://h01.example", credential: "lab"),
                    extensions: .object(fields: ["x": .array(values: [.integer(value: 1), .number(value: 2.5)])])))
        #expect(cluster.hosts[1].cpuSpeed == 1)
        #expect(cluster.hosts[1].datastores == nil)
        #expect(cluster.hosts[1].power?.curveWatts.count == 11)
        let vm = cluster.vms[0]
        #expect(vm.demand.memoryBytes == 9.1e9)
        #expect(vm.profile?.memoryBytes == [3, 4])
        #expect(vm.dirty == DirtyRate(hotBytes: 1.2e9, bytesPerSecond: 6e7))
        #expect(vm.migration == .cold && vm.migrationReason == "local disk" && !vm.restartOnFailure)
        #expect(vm.cpuFeatures == [] && vm.priority == 3 && vm.localDiskBytes == 10)
        #expect(vm.lastMigratedAt?.description == "2026-11-22T03:10:00Z")
        #expect(cluster.vms[1].host == nil && cluster.vms[1].restartOnFailure && cluster.vms[1].migration == .live)
        #expect(
            cluster.rules.map(\.kind) == [
                .antiAffinity(scope: .rack, maxPerDomain: 2), .affinity(scope: .host),
                .hostAffinity(hosts: .label(label: ["tier": "gold"])), .hostAntiAffinity(hosts: .ids(ids: ["h02"])),
            ])
        #expect(cluster.rules.map(\.required) == [true, false, true, true])
        #expect(
            cluster.links == [Link(first: .site(name: "paris"), second: .site(name: "lyon"), bitsPerSecond: 1e10)])
    }

    static let mistakes: [Mistake] = [
        // Keys.
        Mistake(
            "\"cpuModel\": \"Cascadelake-Server\", \"cpuFeatures\": [\"avx512f\"]", "\"cpuModle\": \"x\"",
            "c.json:6:2: hosts[0].cpuModle: unknown key 'cpuModle', did you mean 'cpuModel'"),
        Mistake(
            "\"bitsPerSecond\": 1.0e10", "\"bitsPerSecond\": 1, \"colour\": 1",
            "c.json:27:72: links[0].colour: unknown key 'colour', allowed: between, bitsPerSecond"),
        Mistake("\"vcpus\": 4, ", "", "c.json:14:1: vms[0].vcpus: is missing, allowed: a whole number, 0 or more"),
        Mistake(
            "\"name\": \"lab\", ", "",
            "c.json:1:1: name: is missing, allowed: a text that is not empty, without control characters"),
        Mistake(
            "drover.cluster/1", "drover.cluster/2",
            "c.json:1:12: format: found \"drover.cluster/2\", allowed: \"drover.cluster/1\""),
        Mistake(
            "\"state\": \"standby\",", "\"state\": \"standby\", \"state\": \"on\",",
            "c.json:11:35: hosts[1].state: duplicate key 'state', allowed: each key once"),
        // Numbers.
        Mistake(
            "\"reservedMemoryBytes\": 4294967296", "\"reservedMemoryBytes\": -5",
            "c.json:4:25: hosts[0].reservedMemoryBytes: found -5, allowed: a whole number of bytes, 0 or more"),
        Mistake(
            "\"reservedMemoryBytes\": 4294967296", "\"reservedMemoryBytes\": 274877906944",
            "c.json:4:25: hosts[0].reservedMemoryBytes: found 274877906944, allowed: less than memoryBytes"),
        Mistake(
            "\"memoryBytes\": 17179869184", "\"memoryBytes\": 1.5",
            "c.json:14:77: vms[0].memoryBytes: found 1.5, allowed: a whole number of bytes, 0 or more"),
        Mistake(
            "\"memoryBytes\": 17179869184", "\"memoryBytes\": 1e300",
            "c.json:14:77: vms[0].memoryBytes: found 1e300, allowed: a whole number of bytes, at most "
                + "9007199254740992"),
        Mistake(
            "\"cpuSpeed\": 1.2", "\"cpuSpeed\": 0",
            "c.json:3:58: hosts[0].cpuSpeed: found 0, allowed: a number of reference cores, more than 0"),
        Mistake(
            "\"hotBytes\": 1.2e9", "\"hotBytes\": \"1.2e9\"",
            "c.json:17:24: vms[0].dirty.hotBytes: found \"1.2e9\", allowed: a number of bytes, 0 or more"),
        Mistake(
            "\"maxMigrationsOut\": 2", "\"maxMigrationsOut\": true",
            "c.json:5:56: hosts[0].maxMigrationsOut: found true, allowed: a whole number, 0 or more"),
        Mistake(
            "\"cpuCores\": [1, 2]", "\"cpuCores\": [1, -2]",
            "c.json:16:84: vms[0].profile.cpuCores[1]: found -2, allowed: a number of reference cores, 0 or more"),
        // Other types.
        Mistake(
            "\"id\": \"h01\"", "\"id\": \"\"",
            "c.json:3:8: hosts[0].id: found \"\", allowed: a text that is not empty, without control characters",
            "c.json:14:23: vms[0].host: found \"h01\", allowed: the id of a host of this document; did you mean "
                + "\"h02\""),
        Mistake(
            "\"name\": \"lab\"", "\"name\": \"a\\u001bb\"",
            "c.json:1:40: name: found \"a\u{FFFD}b\", allowed: a text that is not empty, without control "
                + "characters"),
        Mistake(
            "\"state\": \"on\"", "\"state\": \"up\"",
            "c.json:3:24: hosts[0].state: found \"up\", allowed: on | maintenance | standby | off | failed"),
        Mistake(
            "\"2026-11-22T03:10:00Z\"", "\"2026-11-31T03:10:00Z\"",
            "c.json:20:67: vms[0].lastMigratedAt: found \"2026-11-31T03:10:00Z\", allowed: an RFC 3339 time such "
                + "as 2026-11-22T20:00:00Z"),
        Mistake(
            "\"labels\": {\"tier\": \"gold\"}", "\"labels\": {\"tier\": 1}",
            "c.json:8:21: hosts[0].labels.tier: found 1, allowed: a text (in quotes)"),
        Mistake(
            "\"numaNodes\": [{\"cpuCores\": 16, \"memoryBytes\": 137438953472}]", "\"numaNodes\": {}",
            "c.json:7:15: hosts[0].numaNodes: found an object, allowed: a list of objects"),
        Mistake(
            "\"restartOnFailure\": false", "\"restartOnFailure\": null",
            "c.json:18:69: vms[0].restartOnFailure: found null, allowed: true or false"),
        Mistake(
            "[1,2,3,4,5,6,7,8,9,10,11]", "[1,2,3]",
            "c.json:12:26: hosts[1].power.curveWatts: found a list of 3, allowed: no value, or 11 numbers of "
                + "watts"),
        Mistake(
            "{\"curveWatts\": [1,2,3,4,5,6,7,8,9,10,11]}", "{\"idleWatts\": 1}",
            "c.json:12:11: hosts[1].power.peakWatts: is missing, allowed: a number of watts, or 11 curveWatts"),
        // Identifiers and references.
        Mistake(
            "\"id\": \"h02\"", "\"id\": \"h01\"",
            "c.json:11:8: hosts[1].id: found \"h01\" again, allowed: an id that no other has",
            "c.json:26:85: rules[3].hosts.ids[0]: found \"h02\", allowed: the id of a host of this document; did "
                + "you mean \"h01\""),
        Mistake(
            "\"host\": \"h01\"", "\"host\": \"h1\"",
            "c.json:14:23: vms[0].host: found \"h1\", allowed: the id of a host of this document; did you mean "
                + "\"h01\""),
        Mistake(
            "\"host\": \"h01\"", "\"host\": null",
            "c.json:14:23: vms[0].host: found null, allowed: a host's id, since the VM is running"),
        Mistake(
            "\"host\": \"h01\", ", "",
            "c.json:14:1: vms[0].host: is missing, allowed: a host's id, since the VM is running"),
        Mistake(
            "\"ids\": [\"vm7\", \"vm8\"]", "\"ids\": [\"vm7\", \"vm7\"]",
            "c.json:24:57: rules[1].vms.ids[1]: found \"vm7\" again, allowed: each name once"),
        Mistake(
            "\"site:lyon\"", "\"site:rome\"",
            "c.json:27:38: links[0].between[1]: found \"site:rome\", allowed: a site that a host has: site:lyon, "
                + "site:paris"),
        Mistake(
            "\"site:lyon\"", "\"site:paris\"",
            "c.json:27:23: links[0].between: found a list of 2, allowed: two different ends, each \"site:NAME\" "
                + "or \"rack:NAME\""),
        Mistake(
            "\"site:lyon\"", "\"lyon\"",
            "c.json:27:38: links[0].between[1]: found \"lyon\", allowed: \"site:NAME\" or \"rack:NAME\""),
        // Conditions between keys.
        Mistake(
            "\"scope\": \"host\", ", "",
            "c.json:24:1: rules[1].scope: is missing, allowed: a value, since kind is affinity"),
        Mistake(
            "\"hosts\": {\"ids\": [\"h02\"]}", "\"hosts\": {\"ids\": [\"h02\"]}, \"maxPerDomain\": 1",
            "c.json:26:110: rules[3].maxPerDomain: found a value, allowed: none, since kind is hostAntiAffinity"),
        Mistake(
            "{\"ids\": [\"vm8\"]}", "{\"ids\": [\"vm8\"], \"label\": {\"a\": \"b\"}}",
            "c.json:26:49: rules[3].vms: found ids and label, allowed: exactly one of ids, label"),
        Mistake(
            "{\"ids\": [\"vm8\"]}", "{}",
            "c.json:26:49: rules[3].vms: found none, allowed: exactly one of ids, label"),
        Mistake(
            "\"memoryBytes\": [3, 4]", "\"memoryBytes\": [3]",
            "c.json:16:103: vms[0].profile.memoryBytes: found a list of 1, allowed: as many values as cpuCores "
                + "has, or none"),
        Mistake(
            "\"extensions\": {\"source\": \"test\"}", "\"extensions\": []",
            "c.json:28:15: extensions: found an empty list, allowed: an object"),
    ]

    @Test(arguments: mistakes) func namesPlaceFoundAndAllowed(mistake: Mistake) {
        #expect(Fixtures.cluster.contains(mistake.old))
        let text = Fixtures.cluster.replacing(mistake.old, with: mistake.new, maxReplacements: 1)
        #expect(Fixtures.errors { _ = try Fixtures.readCluster(text) } == mistake.expected)
    }

    @Test func allErrorsAreReportedTogether() {
        let text = Fixtures.cluster
            .replacing("\"cpuCores\": 32, \"cpuSpeed\": 1.2", with: "\"cpuCores\": -1, \"cpuSpeed\": \"fast\"")
            .replacing("\"host\": \"h01\"", with: "\"host\": \"h9\"")
            .replacing("\"scope\": \"rack\"", with: "\"scope\": \"room\"")
            .replacing("\"takenAt\": \"2026-11-22T20:00:00Z\"", with: "\"takenAt\": 5")
        let paths = Fixtures.errors { _ = try Fixtures.readCluster(text) }.map { $0.split(separator: " ")[1] }
        #expect(paths == ["takenAt:", "hosts[0].cpuCores:", "hosts[0].cpuSpeed:", "vms[0].host:", "rules[0].scope:"])
    }

    @Test func profilesShareTheirSlots() {
        func vm(_ id: String, _ profile: String) -> String {
            "{\"id\":\"\(id)\",\"state\":\"stopped\",\"vcpus\":1,\"memoryBytes\":1,"
                + "\"demand\":{\"cpuCores\":0,\"memoryBytes\":0},\"profile\":{\(profile)}}"
        }
        let hour = "\"slotSeconds\":3600,\"start\":\"2026-11-22T00:00:00Z\",\"cpuCores\":[1,2]"
        let vms = [
            vm("a", hour), vm("b", hour.replacing("3600", with: "60")), vm("c", hour.replacing("22T", with: "23T")),
            vm("d", hour.replacing("[1,2]", with: "[1]")), vm("e", hour.replacing("[1,2]", with: "[]")), vm("f", hour),
        ]
        let text =
            "{\"format\":\"drover.cluster/1\",\"name\":\"x\",\"takenAt\":\"2026-11-22T00:00:00Z\",\"hosts\":[],\"vms\":["
            + vms.joined(separator: ",") + "]}"
        let errors = Fixtures.errors { _ = try Fixtures.readCluster(text) }
        #expect(
            errors.map { $0.split(separator: " ")[1] } == ["vms[1].profile:", "vms[2].profile:", "vms[3].profile:"])
        #expect(errors.allSatisfy { $0.hasSuffix("2 slots of 3600.0 seconds from 2026-11-22T00:00:00Z") })
    }

    @Test func sumsThatWouldOverflowAreRefused() {
        let vm =
            "{\"id\":\"ID\",\"state\":\"stopped\",\"vcpus\":1,\"memoryBytes\":9007199254740992,\"demand\":{\"cpuCores\":0,\"memoryBytes\":0}}"
        let vms = (0..<257).map { vm.replacing("ID", with: "v\($0)") }.joined(separator: ",")
        let text =
            "{\"format\":\"drover.cluster/1\",\"name\":\"x\",\"takenAt\":\"2026-11-22T00:00:00Z\",\"hosts\":[],\"vms\":[\(vms)]}"
        #expect(
            Fixtures.errors { _ = try Fixtures.readCluster(text) }
                == ["c.json:1:91: vms: found a sum of memoryBytes beyond 2^61, allowed: at most 2^61 bytes in all"])
    }

    @Test func doubtfulPartsAreWarnings() throws {
        let text = Fixtures.cluster
            .replacing("{\"label\": {\"app\": \"db\"}}", with: "{\"label\": {\"app\": \"web\"}}")
            .replacing("{\"label\": {\"tier\": \"gold\"}}", with: "{\"label\": {\"tier\": \"tin\"}}")
            .replacing("\"state\": \"on\"", with: "\"state\": \"off\"")
            .replacing("{\"ids\": [\"vm8\"]}", with: "{\"ids\": []}")
        let reading = try Fixtures.readCluster(text)
        #expect(
            reading.warnings.map(\.description) == [
                "c.json:14:23: vms[0].host: the VM is running, but its host \"h01\" is off",
                "c.json:23:55: rules[0].vms.label: selects no VM now",
                "c.json:25:82: rules[2].hosts.label: selects no host now",
                "c.json:26:57: rules[3].vms.ids: names no VM",
            ])
    }

    @Test func notAnObject() {
        #expect(
            Fixtures.errors { _ = try Fixtures.readCluster("[1]") } == [
                "c.json:1:1: found a list of 1, allowed: an object with the keys format, name, takenAt, hosts, vms, "
                    + "rules, links, extensions"
            ])
    }
}
