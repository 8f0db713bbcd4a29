import CBenchIngest
import ClusterModel
import Forecasting
import Glibc
import Store

/// Rows a second of the store's ingest path, beside a plain C program that does the same inserts with libsqlite3.
///
/// Both write into a fresh store with the same schema, in turn, so that neither has the quieter machine.
struct IngestBenchmark {
    static let summary = "rows=1000000 entities=10000 batch=10000 repetitions=5 directory=/tmp"

    private let rowCount: Int
    private let entityCount: Int
    private let batchRows: Int
    private let repetitions: Int
    private let directory: String

    init(_ arguments: BenchArguments) throws {
        rowCount = try arguments.number("rows", absent: 1_000_000)
        entityCount = try arguments.number("entities", absent: 10_000)
        batchRows = try arguments.number("batch", absent: 10_000)
        repetitions = try arguments.number("repetitions", absent: 5)
        directory = arguments.text("directory", absent: "/tmp")
    }

    func run() throws {
        let plain = makeRows()
        let batches = makeBatches(plain)
        var figures: (plainC: [Elapsed], store: [Elapsed]) = ([], [])
        print("\(rowCount) rows of \(entityCount) VMs, 4 metrics, \(batchRows) a transaction, \(repetitions) times")
        for _ in 0..<repetitions {
            figures.plainC.append(try fresh { path in try runPlainC(path, plain) })
            figures.store.append(try fresh { path in try runStore(path, batches) })
        }
        guard let plainC = figures.plainC.median, let store = figures.store.median else { return }
        show("plain C", plainC)
        show("store", store)
        let cpu = plainC.cpuSeconds / store.cpuSeconds
        let wall = plainC.wallSeconds / store.wallSeconds
        print("store's rate / plain C's: \(cpu.fixed(2)) by CPU, \(wall.fixed(2)) by the clock")
    }

    private func show(_ name: String, _ elapsed: Elapsed) {
        let perCPU = Int(Double(rowCount) / elapsed.cpuSeconds)
        let perWall = Int(Double(rowCount) / elapsed.wallSeconds)
        let padded = name + String(repeating: " ", count: 8 - name.count)
        print(
            "\(padded) \(perCPU) rows a CPU second, \(perWall) a second; median of \(repetitions): "
                + "\(elapsed.cpuSeconds.fixed(2)) s CPU, \(elapsed.wallSeconds.fixed(2)) s")
    }

    /// Every tick all VMs, as agents' samples come in.
    private func makeRows() -> [drover_bench_row] {
        (0..<rowCount).map { index in
            let (tick, entity) = (index / entityCount, index % entityCount)
            let load = Double((index &* 7919) % 1000) / 250
            return drover_bench_row(
                at_milliseconds: 1_795_305_600_000 + Int64(tick) * 20_000, entity: Int64(entity + 1),
                values: (load, 4e9 + load * 1e9, load * 1e6, load * 1e7))
        }
    }

    private func makeBatches(_ rows: [drover_bench_row]) -> [[SampleRow]] {
        stride(from: 0, to: rows.count, by: batchRows).map { start in
            rows[start..<min(start + batchRows, rows.count)].map { row in
                SampleRow(
                    kind: .vm, name: "vm-\(row.entity)", at: Timestamp(millisecondsSinceEpoch: row.at_milliseconds),
                    values: [
                        .cpuCores: row.values.0, .memoryBytes: row.values.1, .diskBytesPerSecond: row.values.2,
                        .networkBitsPerSecond: row.values.3,
                    ])
            }
        }
    }

    /// A store that is there already, and gone afterwards; making it is not measured, closing it is.
    private func fresh(_ body: (String) throws -> Elapsed) throws -> Elapsed {
        let path = "\(directory)/drover-bench-\(getpid()).db"
        defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
        let file = try StoreFile(path: path, creating: true)
        _ = try file.cluster(named: "bench", creating: true)
        try file.close()
        return try body(path)
    }

    private func runPlainC(_ path: String, _ rows: [drover_bench_row]) throws -> Elapsed {
        var code: Int32 = 0
        let elapsed = Elapsed.of { code = drover_bench_ingest(path, 1, rows, rows.count, batchRows) }
        guard code == 0 else { throw BenchError("plain C: SQLite result \(code)") }
        return elapsed
    }

    private func runStore(_ path: String, _ batches: [[SampleRow]]) throws -> Elapsed {
        try Elapsed.of {
            let file = try StoreFile(path: path)
            let cluster = try file.cluster(named: "bench")
            for (index, batch) in batches.enumerated() {
                let result = try cluster.ingest(batch, identity: "00000000000000000000000000000000-\(index + 1)")
                guard result.stored == batch.count else { throw BenchError("only \(result.stored) rows were stored") }
            }
            try file.close()
        }
    }
}
