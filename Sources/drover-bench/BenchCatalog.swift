/// All benchmarks: a new one is one file and one line here.
enum BenchCatalog {
    static let all: [(name: String, summary: String, run: @Sendable (BenchArguments) throws -> Void)] = [
        ("ingest", IngestBenchmark.summary, { try IngestBenchmark($0).run() }),
        ("agent", AgentBenchmark.summary, { try AgentBenchmark($0).run() }),
        ("relaxations", RelaxationBenchmark.summary, { try RelaxationBenchmark($0).run() }),
        ("packing", PackingBenchmark.summary, { try PackingBenchmark($0).run() }),
        ("front", FrontBenchmark.summary, { try FrontBenchmark($0).run() }),
        ("consolidation", ConsolidationBenchmark.summary, { try ConsolidationBenchmark($0).run() }),
        ("rolling", RollingBenchmark.summary, { try RollingBenchmark($0).run() }),
        ("scale", ScaleBenchmark.summary, { try ScaleBenchmark($0).run() }),
        ("schedules", SchedulesBenchmark.summary, { try SchedulesBenchmark($0).run() }),
        ("schedule-scale", ScheduleScaleBenchmark.summary, { try ScheduleScaleBenchmark($0).run() }),
        ("migrations", MigrationsBenchmark.summary, { try MigrationsBenchmark($0).run() }),
        ("history", HistoryBenchmark.summary, { try HistoryBenchmark($0).run() }),
    ]

    static func run(_ arguments: BenchArguments) throws {
        guard let benchmark = all.first(where: { $0.name == arguments.name }) else {
            throw BenchError("name one of these:\n" + all.map { "  \($0.name)  \($0.summary)" }.joined(separator: "\n"))
        }
        try benchmark.run(arguments)
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// `NAME [KEY=VALUE]...`.
struct BenchArguments {
    let name: String
    private let values: [String: String]

    init(_ arguments: some Sequence<String>) {
        var name = ""
        var values: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] } else { name = argument }
        }
        self.name = name
        self.values = values
    }

    func number(_ key: String, absent: Int) throws -> Int {
        guard let text = values[key] else { return absent }
        guard let number = Int(text), number > 0 else { throw BenchError("\(key)=\(text): a whole number above 0") }
        return number
    }

    func fraction(_ key: String, absent: Double) throws -> Double {
        guard let text = values[key] else { return absent }
        guard let number = Double(text), (0...1).contains(number) else {
            throw BenchError("\(key)=\(text): from 0 to 1")
        }
        return number
    }

    func text(_ key: String, absent: String) -> String { values[key] ?? absent }

    /// A value that nothing can stand in for.
    func text(_ key: String) throws -> String {
        guard let text = values[key], !text.isEmpty else { throw BenchError("\(key)=... is missing") }
        return text
    }
}
