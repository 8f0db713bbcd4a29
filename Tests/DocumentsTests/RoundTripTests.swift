import ClusterModel
import Documents
import Foundation
import Testing

@Suite struct RoundTripTests {
    @Test func clusterThatUsesEveryKey() throws {
        let cluster = try Fixtures.readCluster(Fixtures.cluster).value
        let text = ClusterDocument.write(cluster)
        #expect(try Fixtures.readCluster(text).value == cluster)
        #expect(try Fixtures.readCluster(ClusterDocument.canonical(cluster)).value == cluster)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("    {\"id\"") } == 8)
    }

    @Test func planThatUsesEveryKey() throws {
        let plan = try Fixtures.readPlan(Fixtures.plan).value
        let text = PlanDocument.write(plan)
        #expect(try Fixtures.readPlan(text).value == plan)
        #expect(try Fixtures.readPlan(PlanDocument.canonical(plan)).value == plan)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("    {\"id\": \"s") } == 3)
    }

    /// The readable form, written out: one host, VM, rule or step a line, absent keys left out.
    @Test func readableForm() {
        let cluster = Cluster(
            name: "lab", takenAt: Timestamp(secondsSinceEpoch: 0),
            hosts: [
                Host(id: "h1", cpuCores: 2, memoryBytes: 1 << 30, power: PowerModel(idleWatts: 50, peakWatts: 100.5))
            ],
            vms: [
                VirtualMachine(
                    id: "v1", host: nil, state: .stopped, vcpus: 1, memoryBytes: 5,
                    demand: Demand(cpuCores: 0.5, memoryBytes: 5))
            ],
            rules: [Rule(id: "r", kind: .affinity(scope: .host), vms: .label(label: ["b": "2", "a": "1"]))])
        #expect(
            ClusterDocument.write(cluster) == """
                {
                  "format": "drover.cluster/1",
                  "name": "lab",
                  "takenAt": "1970-01-01T00:00:00Z",
                  "hosts": [
                    {"id": "h1", "state": "on", "cpuCores": 2, "memoryBytes": 1073741824, "power": {"idleWatts": 50, "peakWatts": 100.5}}
                  ],
                  "vms": [
                    {"id": "v1", "host": null, "state": "stopped", "vcpus": 1, "memoryBytes": 5, "demand": {"cpuCores": 0.5, "memoryBytes": 5}}
                  ],
                  "rules": [
                    {"id": "r", "kind": "affinity", "vms": {"label": {"a": "1", "b": "2"}}, "scope": "host", "required": true}
                  ]
                }

                """)
    }

    /// The canonical form, written out: what digests are taken over must never change unnoticed.
    @Test func canonicalForm() {
        let cluster = Cluster(
            name: "lab", takenAt: Timestamp(secondsSinceEpoch: 0),
            hosts: [Host(id: "h1", cpuCores: 2, memoryBytes: 1 << 30)], vms: [])
        let text = ClusterDocument.canonical(cluster)
        #expect(
            text
                == "{\"format\":\"drover.cluster/1\",\"hosts\":[{\"cpuCores\":2,\"cpuSpeed\":1,\"id\":\"h1\",\"labels\":{},"
                + "\"memoryBytes\":1073741824,\"numaNodes\":[],\"reservedMemoryBytes\":0,\"state\":\"on\"}],\"links\":[],"
                + "\"name\":\"lab\",\"rules\":[],\"takenAt\":\"1970-01-01T00:00:00Z\",\"vms\":[]}")
        #expect(ClusterDocument.digest(of: cluster) == SHA256.hexadecimalDigest(of: Array(text.utf8)))
    }

    @Test(.enabled(if: Fixtures.hasClusters, "the shared cluster files are not here"), arguments: Fixtures.clusters)
    func sharedClusters(file: URL) throws {
        let bytes = try Fixtures.bytes(file)
        let reading = try ClusterDocument.read(bytes, name: file.lastPathComponent)
        #expect(reading.warnings.isEmpty)
        let again = try Fixtures.readCluster(ClusterDocument.write(reading.value)).value
        #expect(again == reading.value)
        #expect(ClusterDocument.digest(of: again) == ClusterDocument.digest(of: reading.value))
        #expect(try Fixtures.readCluster(ClusterDocument.canonical(again)).value == again)
    }

    /// The same document read as YAML, of which JSON is a part, is the same cluster.
    @Test(.enabled(if: Fixtures.hasClusters, "the shared cluster files are not here"))
    func jsonReadAsYAML() throws {
        for file in Fixtures.clusters where file.lastPathComponent.contains("12x80") {
            let bytes = try Fixtures.bytes(file)
            let json = try ClusterDocument.read(bytes, name: "x.json").value
            #expect(try ClusterDocument.read(bytes, name: "x.yaml").value == json)
        }
    }

    /// A plan's identifier depends on what it does, not on when it was made or what it was called.
    @Test func planIdentifier() throws {
        let plan = try Fixtures.readPlan(Fixtures.plan).value
        var renamed = plan
        renamed.id = "other"
        renamed.createdAt = plan.createdAt.adding(seconds: 60)
        #expect(PlanDocument.id(of: renamed) == PlanDocument.id(of: plan))
        #expect(PlanDocument.id(of: plan).count == 16)
        var changed = plan
        changed.steps[0].durationSeconds += 1
        #expect(PlanDocument.id(of: changed) != PlanDocument.id(of: plan))
    }
}
