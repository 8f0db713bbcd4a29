import ClusterModel
import Forecasting
import Glibc
import Importing
import Store

/// A month of the Bitbrains traces in a store of its own, removed at the end.
final class TraceStore {
    /// A reference core of the traces' hosts: 64 of them have 166,400 MHz.
    static let megahertzPerCore = 2600.0

    let cluster: ClusterStore
    let vms: [VirtualMachine]
    /// Begin of the first sample's five minutes.
    let start: Timestamp
    private let path: String

    /// - Parameters:
    ///   - traces: a folder of GWA-T-12 files, one a VM, or of the compact form, one line a VM.
    ///   - directory: where the store's file lies meanwhile.
    init(traces: String, directory: String) throws {
        path = "\(directory)/drover-bench-\(getpid()).db"
        cluster = try StoreFile(path: path, creating: true).cluster(named: "traces", creating: true)
        if let file = CompactTrace.file(in: traces) {
            let trace = try CompactTrace(path: file, megahertzPerCore: Self.megahertzPerCore)
            vms = trace.vms
            try trace.write(to: cluster)
        } else {
            var importer = BitbrainsImporter()
            importer.megahertzPerReferenceCore = Self.megahertzPerCore
            importer.hosts = [Host(id: "all", cpuCores: 1e6, memoryBytes: 1 << 60)]
            _ = try importer.run(folder: traces, into: cluster)
            vms = try cluster.currentCluster().vms
        }
        start = try Self.start(of: cluster)
    }

    private static func start(of cluster: ClusterStore) throws -> Timestamp {
        guard let newest = try cluster.newestSampleTime() else { throw BenchError("no samples in the traces") }
        let after = newest.adding(seconds: -40 * 86400)
        let query = HistoryQuery(
            after: after, upTo: newest, metrics: [.cpuCores], percentile: 95,
            series: SeriesRequest(metrics: [.cpuCores]))
        let first = try cluster.history.histories(of: .vm, query).values.compactMap { history in
            history[.cpuCores]?.series.firstIndex { !$0.isNaN }
        }.min()
        let begin = (after.secondsSinceEpoch / 300 + 1) * 300
        return Timestamp(secondsSinceEpoch: begin + Int64(first ?? 0) * 300)
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Cores that each VM used in each five minutes of a stretch of time; 0 where nothing was recorded.
    func usage(from: Timestamp, seconds: Double) throws -> [[Float]] {
        let query = HistoryQuery(
            after: from.adding(seconds: -300), upTo: from.adding(seconds: seconds - 300), metrics: [.cpuCores],
            percentile: 95, series: SeriesRequest(metrics: [.cpuCores]))
        let found = try cluster.history.histories(of: .vm, query)
        let nothing = [Float](repeating: 0, count: query.bucketCount)
        return vms.map { vm in found[vm.id]?[.cpuCores]?.series.map { $0.isNaN ? 0 : $0 } ?? nothing }
    }
}

/// The compact form of the traces: `vm,v0,v1,...`, in MHz, a value every five minutes, empty where there is none.
private struct CompactTrace {
    private static let start = Timestamp(secondsSinceEpoch: 1_375_308_000)

    let vms: [VirtualMachine]
    private let cores: [[Double?]]

    static func file(in folder: String) -> String? {
        let path = "\(folder)/2013-8-cpu_mhz.csv.gz"
        return access(path, R_OK) == 0 ? path : nil
    }

    init(path: String, megahertzPerCore: Double) throws {
        guard let pipe = popen("exec gzip -dc '\(path)'", "r") else { throw BenchError("gzip does not start") }
        var vms: [VirtualMachine] = []
        var cores: [[Double?]] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        while getline(&line, &capacity, pipe) > 0, let line {
            let fields = String(cString: line).split(separator: ",", omittingEmptySubsequences: false)
            vms.append(
                VirtualMachine(
                    id: "vm\(fields[0])", host: nil, vcpus: 1, memoryBytes: 1 << 32,
                    demand: Demand(cpuCores: 1, memoryBytes: 4_294_967_296)))
            let values = fields.dropFirst().map { field in
                Double(field.prefix { $0 != "\n" }).map { $0 / megahertzPerCore }
            }
            cores.append(values)
        }
        free(line)
        guard pclose(pipe) == 0, !vms.isEmpty else { throw BenchError("\(path): not readable by gzip") }
        (self.vms, self.cores) = (vms, cores)
    }

    func write(to cluster: ClusterStore) throws {
        var writer = try HistoryWriter(cluster: cluster)
        for (vm, values) in zip(vms, cores) {
            for (step, value) in values.enumerated() {
                guard let value else { continue }
                try writer.add(.vm, vm.id, at: Self.start.adding(seconds: Double(step) * 300), [.cpuCores: value])
            }
        }
        _ = try writer.finish()
    }
}
