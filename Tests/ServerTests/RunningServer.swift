import AgentWire
import ClusterModel
import Glibc
import Logging
import Server
import Store
import Synchronization
import TestSupport

/// A server in this process, on a store in a folder of its own.
struct RunningServer {
    let client: LoopbackClient
    let store: StoreFile
    let folder: String

    /// Runs `body` beside a server, and ends both.
    static func with(
        clusters: [String] = ["lab"], tokens: [String: String] = [:], operatorToken: String? = nil,
        _ body: @escaping @Sendable (RunningServer) async throws -> Void
    ) async throws {
        let folder = try scratchFolder()
        defer { removeFolder(folder) }
        let store = try StoreFile(path: "\(folder)/store.sqlite", creating: true)
        for name in clusters { _ = try store.cluster(named: name, creating: true) }
        var options = ServerOptions()
        options.port = 0
        if !tokens.isEmpty {
            options.hostTokens = "\(folder)/tokens"
            let lines = tokens.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
            try write("# one line a host\n" + lines.joined(), to: "\(folder)/tokens")
        }
        if let operatorToken {
            options.operatorTokenFile = "\(folder)/operator"
            try write(operatorToken + "\n", to: "\(folder)/operator")
        }
        let server = DroverServer(
            options: options, store: store, policy: Policy(), logger: Logger(label: "test"),
            wallClock: { .testMoment })
        let (ports, announced) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { announced.yield($0) } }
            group.addTask {
                for await port in ports {
                    try await body(
                        RunningServer(client: LoopbackClient(port: port), store: store, folder: folder))
                    return
                }
            }
            // Whichever ends first ends the other: the test, or a server that failed.
            try await group.next()
            group.cancelAll()
        }
        try store.close()
    }

    static func write(_ text: String, to path: String) throws {
        let file = fopen(path, "w")
        guard let file else { throw LoopbackClient.Failure(description: "\(path) cannot be written") }
        fputs(text, file)
        fclose(file)
        chmod(path, 0o600)
    }

    static func scratchFolder() throws -> String {
        var template = Array("/tmp/drover-server-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw LoopbackClient.Failure(description: "no scratch folder")
        }
        return String(cString: made)
    }

    static func removeFolder(_ path: String) {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}

/// Batches as an agent sends them.
enum Batches {
    static func batch(
        host: String = "h01", sequence: UInt64 = 1, cluster: String? = nil, samples: Int = 3, vm: String = "vm7"
    ) -> SampleBatch {
        let times = (0..<samples).map { Timestamp.testMoment.millisecondsSinceEpoch - Int64($0) * 10_000 }
        return SampleBatch(
            identity: BatchIdentity(agentInstance: String(repeating: "0a", count: 16), sequence: sequence),
            host: host, cluster: cluster,
            hostSamples: times.map {
                HostSample(
                    timestampMilliseconds: $0, intervalMilliseconds: 10_000,
                    readings: [.cpuCores: 8, .cpuBusyCores: 2.5, .memoryUsedBytes: 1e10])
            },
            virtualMachineSamples: times.map {
                VirtualMachineSample(
                    timestampMilliseconds: $0, intervalMilliseconds: 10_000, name: vm,
                    readings: [.cpuCores: 1.5, .residentBytes: 2e9])
            })
    }
}
