import ClusterModel
import Documents
import Glibc
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

    /// Processor time of this thread, so that the figure means the same on a busy machine.
    static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }

    @Test func aHundredThousandVMs() throws {
        let cluster = Self.cluster
        var bytes: [UInt8] = []
        let writing = Self.processorSeconds { bytes = Array(ClusterDocument.write(cluster).utf8) }
        var tree: DocumentTree?
        let parsing = try Self.processorSeconds { tree = try DocumentTree(bytes: bytes, name: "large.json") }
        var result: Cluster?
        let reading = try Self.processorSeconds { result = try ClusterDocument.read(bytes, name: "large.json").value }
        let digesting = Self.processorSeconds { _ = ClusterDocument.digest(of: cluster) }
        let hashing = Self.processorSeconds { _ = SHA256.hexadecimalDigest(of: bytes) }
        #expect(result == cluster)
        print(
            "large cluster: \(bytes.count) bytes, \(tree?.tokens.count ?? 0) tokens; processor seconds: write \(writing), "
                + "parse \(parsing), read \(reading), digest \(digesting), hash \(hashing)")
        #expect(reading < 15)
        #expect(digesting < 15)
    }
}
