import ClusterModel
import Documents
import TestSupport
import Testing

/// Prints how long large documents take; fails only when something became slower by an order of magnitude.
@Suite(.serialized) struct PerformanceTests {
    static let cluster: Cluster = {
        let hosts = (0..<2_000).map { Host(id: "h\($0)", cpuCores: 64, memoryBytes: 1 << 40, site: "paris") }
        let vms = (0..<100_000).map { index in
            VirtualMachine(
                id: "vm\(index)", host: "h\(index % 2_000)", vcpus: 4, memoryBytes: 1 << 34,
                demand: Demand(
                    cpuCores: Double(index % 400) / 100, memoryBytes: Double(index) * 1e5, diskBytesPerSecond: 1.5e6,
                    networkBitsPerSecond: 2e7),
                dirty: DirtyRate(hotBytes: 1e9, bytesPerSecond: 6e7), architecture: "x86_64",
                datastores: ["nfs1"], networks: ["vlan10"], labels: ["app": "db\(index % 50)"])
        }
        return Cluster(name: "large", takenAt: Timestamp(secondsSinceEpoch: 0), hosts: hosts, vms: vms)
    }()

    @Test func aHundredThousandVMs() throws {
        let cluster = Self.cluster
        var bytes: [UInt8] = []
        let writing = ProcessorTime.seconds { bytes = Array(ClusterDocument.write(cluster).utf8) }
        var tree: DocumentTree?
        let parsing = try ProcessorTime.seconds { tree = try DocumentTree(bytes: bytes, name: "large.json") }
        var result: Cluster?
        let reading = try ProcessorTime.seconds { result = try ClusterDocument.read(bytes, name: "large.json").value }
        let digesting = ProcessorTime.seconds { _ = ClusterDocument.digest(of: cluster) }
        let hashing = ProcessorTime.seconds { _ = SHA256.hexadecimalDigest(of: bytes) }
        #expect(result == cluster)
        print(
            "large cluster: \(bytes.count) bytes, \(tree?.tokens.count ?? 0) tokens; processor seconds: write \(writing), "
                + "parse \(parsing), read \(reading), digest \(digesting), hash \(hashing)")
        #expect(reading < 15)
        #expect(digesting < 15)
    }
}
