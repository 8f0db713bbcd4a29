import ClusterModel
import Documents
import Foundation
import Testing

/// Files that the tests read, and short ways to read documents.
enum Fixtures {
    static let repository: URL = {
        var url = URL(filePath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url
    }()

    /// The shared cluster files; empty when the folder is absent, and tests that need it say that they skip.
    static let clusters: [URL] = {
        let named = ProcessInfo.processInfo.environment["DROVER_SHARED"].map { URL(filePath: $0) }
        let shared = named ?? repository.deletingLastPathComponent().appending(path: "shared")
        return files(in: shared.appending(path: "clusters"), ending: ".cluster.json")
    }()

    static var hasClusters: Bool { !clusters.isEmpty }

    static let policies = files(in: repository.appending(path: "policies"), ending: ".yaml")

    static func files(in folder: URL, ending suffix: String) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { folder.appending(path: $0) }
    }

    static func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }

    /// A cluster that uses every key of the format, and is valid.
    static let cluster = """
        {"format": "drover.cluster/1", "name": "lab", "takenAt": "2026-11-22T20:00:00Z",
        "hosts": [
        {"id": "h01", "state": "on", "cpuCores": 32, "cpuSpeed": 1.2, "memoryBytes": 274877906944,
         "reservedMemoryBytes": 4294967296, "diskBytesPerSecond": 2.0e9, "networkBitsPerSecond": 2.5e10,
         "migrationBitsPerSecond": 1.0e10, "maxMigrationsOut": 2, "maxMigrationsIn": 3, "architecture": "x86_64",
         "cpuModel": "Cascadelake-Server", "cpuFeatures": ["avx512f"],
         "numaNodes": [{"cpuCores": 16, "memoryBytes": 137438953472}], "site": "paris", "rack": "r1",
         "labels": {"tier": "gold"}, "datastores": ["nfs1"], "networks": ["vlan10"], "localDiskBytes": 4.0e12,
         "power": {"idleWatts": 86.0, "peakWatts": 117.5, "offWatts": 5.0}, "bootSeconds": 180, "shutdownSeconds": 60,
         "powerControl": {"kind": "redfish", "url": "https://h01.example", "credential": "lab"}, "extensions": {"x": [1, 2.5]}},
        {"id": "h02", "state": "standby", "cpuCores": 32, "memoryBytes": 274877906944, "site": "lyon", "rack": "r2",
         "power": {"curveWatts": [1,2,3,4,5,6,7,8,9,10,11]}}],
        "vms": [
        {"id": "vm7", "host": "h01", "state": "running", "vcpus": 4, "memoryBytes": 17179869184,
         "demand": {"cpuCores": 1.7, "memoryBytes": 9.1e9, "diskBytesPerSecond": 1e6, "networkBitsPerSecond": 2e7},
         "profile": {"slotSeconds": 3600, "start": "2026-11-22T00:00:00Z", "cpuCores": [1, 2], "memoryBytes": [3, 4]},
         "dirty": {"hotBytes": 1.2e9, "bytesPerSecond": 6.0e7}, "migration": "cold", "migrationReason": "local disk",
         "maxDowntimeMilliseconds": 500, "priority": 3, "restartOnFailure": false, "architecture": "x86_64",
         "cpuModel": "Cascadelake-Server", "cpuFeatures": [], "datastores": ["nfs1"], "networks": ["vlan10"],
         "localDiskBytes": 10, "labels": {"app": "db"}, "lastMigratedAt": "2026-11-22T03:10:00Z"},
        {"id": "vm8", "host": null, "state": "stopped", "vcpus": 1, "memoryBytes": 1, "demand": {"cpuCores": 0, "memoryBytes": 0}}],
        "rules": [
        {"id": "r1", "kind": "antiAffinity", "vms": {"label": {"app": "db"}}, "scope": "rack", "maxPerDomain": 2, "required": true},
        {"id": "r2", "kind": "affinity", "vms": {"ids": ["vm7", "vm8"]}, "scope": "host", "required": false},
        {"id": "r3", "kind": "hostAffinity", "vms": {"ids": ["vm7"]}, "hosts": {"label": {"tier": "gold"}}},
        {"id": "r4", "kind": "hostAntiAffinity", "vms": {"ids": ["vm8"]}, "hosts": {"ids": ["h02"]}, "extensions": {}}],
        "links": [{"between": ["site:paris", "site:lyon"], "bitsPerSecond": 1.0e10}],
        "extensions": {"source": "test"}}
        """

    /// A plan that uses every kind of step and most keys, and is valid.
    static let plan = """
        {"format": "drover.plan/1", "id": "p1", "cluster": "lab", "createdAt": "2026-11-22T20:00:00Z",
        "startsAt": "2026-11-22T20:00:00Z", "expiresAt": "2026-11-22T21:00:00Z",
        "basis": {"snapshot": "00ff", "takenAt": "2026-11-22T20:00:00Z"}, "goal": {"kind": "evacuate", "hosts": ["h03"]},
        "policy": {"name": "default", "digest": "00ff", "spareHosts": 1, "memory": "configured",
         "limits": {"cpu": 0.85, "memory": 0.95}, "defaults": {"bootSeconds": 200}},
        "status": "partial",
        "steps": [
        {"id": "s1", "action": "migrate", "vm": "vm7", "from": "h03", "to": "h05", "mode": "live",
         "bandwidthBitsPerSecond": 1.0e10, "startSeconds": 0, "durationSeconds": 41.2, "downtimeMilliseconds": 120,
         "transferBytes": 2.1e10, "rounds": 4, "after": [], "reason": "empties h03"},
        {"id": "s2", "action": "powerOff", "host": "h03", "startSeconds": 41.2, "durationSeconds": 60, "after": ["s1"], "reason": ""},
        {"id": "s3", "action": "wait", "startSeconds": 0, "durationSeconds": 1, "durationP95Seconds": 2, "after": [],
         "notBefore": "2026-11-22T20:30:00Z", "reason": "", "extensions": {"a": null}}],
        "summary": {"makespanSeconds": 101.2, "migrations": 1, "transferBytes": 2.1e10,
         "hostsOn": {"before": 20, "after": 14, "lowerBound": 13}, "watts": {"before": 2100, "after": 1500},
         "imbalance": {"before": 0.31, "after": 0.04}},
        "refusals": [
        {"vm": "vm9", "from": "h03", "reasons": [{"constraint": "datastore", "hosts": ["h05"], "detail": "nfs1"}], "unblock": "x"},
        {"rule": "r1", "reasons": []}, {"host": "h03", "reasons": []}],
        "deadline": "2026-11-23T00:00:00Z", "confidence": 0.95}
        """

    static func readCluster(_ text: String, name: String = "c.json") throws -> Reading<Cluster> {
        try ClusterDocument.read(Array(text.utf8), name: name)
    }

    static func readPlan(_ text: String) throws -> Reading<Plan> {
        try PlanDocument.read(Array(text.utf8), name: "p.json")
    }

    /// The lines of the errors; empty when the document is valid.
    static func errors(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch let errors as DocumentErrors {
            return errors.issues.map(\.description)
        } catch {
            return ["another error: \(error)"]
        }
    }
}

/// A document with one piece replaced, and the errors that it must then have.
struct Mistake: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let expected: [String]

    init(_ old: String, _ new: String, _ expected: String...) {
        self.old = old
        self.new = new
        self.expected = expected
    }

    var testDescription: String { "\(old) -> \(new)" }
}
