import ClusterModel
import Forecasting
import Glibc
import Store

/// How long the percentile of many VMs over a window takes, and how many bytes the store needs for it.
struct HistoryBenchmark {
    static let summary = "vms=10000 days=7 repetitions=3 directory=/tmp"

    private let vmCount: Int
    private let days: Int
    private let repetitions: Int
    private let directory: String

    init(_ arguments: BenchArguments) throws {
        vmCount = try arguments.number("vms", absent: 10_000)
        days = try arguments.number("days", absent: 7)
        repetitions = try arguments.number("repetitions", absent: 3)
        directory = arguments.text("directory", absent: "/tmp")
    }

    func run() throws {
        let path = "\(directory)/drover-bench-\(getpid()).db"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
        let cluster = try StoreFile(path: path, creating: true).cluster(named: "bench", creating: true)
        let start = Timestamp(secondsSinceEpoch: 1_795_305_600)
        let writing = try Elapsed.of { try write(to: cluster, from: start) }
        let rows = vmCount * days * 288
        print("\(vmCount) VMs, \(days) days, 4 metrics: \(rows) rows imported in \(writing.cpuSeconds.fixed(1)) s CPU")
        let end = start.adding(seconds: Double(days) * 86400)
        for metrics: [SeriesMetric] in [[.cpuCores], [.cpuCores, .memoryBytes]] {
            let query = HistoryQuery(after: start.adding(seconds: -1), upTo: end, metrics: metrics, percentile: 95)
            var times: [Elapsed] = []
            for _ in 0..<repetitions {
                times.append(
                    try Elapsed.of {
                        let found = try cluster.history.histories(of: .vm, query)
                        guard found.count == vmCount else { throw BenchError("only \(found.count) VMs have a history") }
                    })
            }
            guard let median = times.median else { return }
            print(
                "p95 of \(metrics.count) metric(s): \(median.cpuSeconds.fixed(2)) s CPU, "
                    + "\(median.wallSeconds.fixed(2)) s")
        }
    }

    private func write(to cluster: ClusterStore, from start: Timestamp) throws {
        var writer = try HistoryWriter(cluster: cluster)
        let names = (0..<vmCount).map { "vm-\($0)" }
        for step in 0..<days * 288 {
            let at = start.adding(seconds: Double(step) * 300)
            for (index, name) in names.enumerated() {
                let load = Double((step &* 7919 &+ index &* 104_729) % 1000) / 250
                try writer.add(
                    .vm, name, at: at,
                    [
                        .cpuCores: load, .memoryBytes: 4e9 + load * 1e9, .diskBytesPerSecond: load * 1e6,
                        .networkBitsPerSecond: load * 1e7,
                    ])
            }
        }
        _ = try writer.finish()
    }
}
