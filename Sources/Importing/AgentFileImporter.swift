import AgentWire
import CSQLite
import ClusterModel
public import Store

/// Imports the file in which an agent kept its samples (`drover-agent run --sqlite`), as if they had been sent.
///
/// Each moment of each host becomes a batch whose identity follows from the two, so that importing twice changes
/// nothing.
public struct AgentFileImporter: Sendable {
    public init() {}

    /// Throws when the file is none of an agent's. `progress` hears how many moments were taken in.
    public func run(
        path: String, into store: ClusterStore, progress: (Int) -> Void = { _ in }
    ) throws -> ImportReport {
        let file = try AgentFile(path: path)
        var report = ImportReport()
        report.files = 1
        var names: Set<String> = []
        var moments = 0
        try file.forEachMoment { host, hostSamples, machineSamples in
            guard
                let milliseconds = hostSamples.first?.timestampMilliseconds
                    ?? machineSamples.first?.timestampMilliseconds
            else { return }
            let at = Timestamp(millisecondsSinceEpoch: milliseconds)
            let batch = SampleBatch(
                identity: Self.identity(host: host, at: milliseconds), host: host, hostSamples: hostSamples,
                virtualMachineSamples: machineSamples)
            // Judged by the file's own clock: nothing in it is ahead of itself.
            let result = try store.ingest(batch, receivedAt: at)
            report.rows += hostSamples.count + machineSamples.count
            report.tooOld += result.tooOld
            report.oldest = min(report.oldest ?? at, at)
            report.newest = max(report.newest ?? at, at)
            if !hostSamples.isEmpty { names.insert("host \(host)") }
            for sample in machineSamples { names.insert("vm \(sample.name)") }
            moments += 1
            progress(moments)
        }
        report.entities = names.count
        return report
    }

    /// 32 hexadecimal digits from the host's name (FNV-1a, twice 64 bits) and the moment as the number within them.
    private static func identity(host: String, at milliseconds: Int64) -> BatchIdentity {
        let halves = ["imported ", "from file "].map { prefix in
            (prefix + host).utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
        let digits = halves.map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return BatchIdentity(agentInstance: digits.joined(), sequence: UInt64(clamping: milliseconds))
    }
}

/// An agent's file, read only.
private final class AgentFile {
    /// "DrvA": `application_id` of the file.
    private static let applicationID: Int64 = 0x4472_7641

    private let path: String
    private var database: OpaquePointer?

    init(path: String) throws {
        self.path = path
        guard sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, nil) == SQLITE_OK,
            try integer("PRAGMA application_id") == Self.applicationID
        else {
            throw ImportError("\(path): no file of drover-agent (run --sqlite)")
        }
        sqlite3_busy_timeout(database, 10_000)
    }

    deinit { sqlite3_close(database) }

    /// Calls `body` for each moment of each host, in order of time: with its host sample, its VMs' samples, or both.
    func forEachMoment(_ body: (String, [HostSample], [VirtualMachineSample]) throws -> Void) throws {
        let hosts = try statement(
            "SELECT timestampMilliseconds, host, intervalMilliseconds, \(Self.columns(HostMetric.self)) FROM host_sample "
                + "ORDER BY 1, 2")
        defer { sqlite3_finalize(hosts) }
        let machines = try statement(
            "SELECT timestampMilliseconds, host, intervalMilliseconds, vm, uuid, \(Self.columns(VirtualMachineMetric.self)) "
                + "FROM vm_sample ORDER BY 1, 2, 4")
        defer { sqlite3_finalize(machines) }
        var nextHost = try step(hosts) ? Self.moment(hosts) : nil
        var nextMachine = try step(machines) ? Self.moment(machines) : nil
        while let moment = [nextHost, nextMachine].compactMap({ $0 }).min() {
            var hostSamples: [HostSample] = []
            var machineSamples: [VirtualMachineSample] = []
            if nextHost == moment {
                hostSamples.append(Self.hostSample(hosts))
                nextHost = try step(hosts) ? Self.moment(hosts) : nil
            }
            while nextMachine == moment {
                machineSamples.append(Self.machineSample(machines))
                nextMachine = try step(machines) ? Self.moment(machines) : nil
            }
            try body(moment.host, hostSamples, machineSamples)
        }
    }

    private struct Moment: Comparable {
        let milliseconds: Int64
        let host: String

        static func < (left: Moment, right: Moment) -> Bool {
            (left.milliseconds, left.host) < (right.milliseconds, right.host)
        }
    }

    private static func moment(_ row: OpaquePointer?) -> Moment {
        Moment(milliseconds: sqlite3_column_int64(row, 0), host: text(row, 1))
    }

    private static func hostSample(_ row: OpaquePointer?) -> HostSample {
        HostSample(
            timestampMilliseconds: sqlite3_column_int64(row, 0),
            intervalMilliseconds: UInt32(clamping: sqlite3_column_int64(row, 2)), readings: readings(row, 3))
    }

    private static func machineSample(_ row: OpaquePointer?) -> VirtualMachineSample {
        VirtualMachineSample(
            timestampMilliseconds: sqlite3_column_int64(row, 0),
            intervalMilliseconds: UInt32(clamping: sqlite3_column_int64(row, 2)), name: text(row, 3),
            uuid: sqlite3_column_type(row, 4) == SQLITE_NULL ? nil : text(row, 4), readings: readings(row, 5))
    }

    // MARK: Columns

    private static func columns<Of: Metric>(_ metric: Of.Type) -> String {
        Of.allCases.map { "\"\($0.name)\"" }.joined(separator: ", ")
    }

    /// Values that could never have been measured are gaps.
    private static func readings<Of: Metric>(_ statement: OpaquePointer?, _ first: Int32) -> Readings<Of> {
        var readings = Readings<Of>()
        for (index, metric) in Of.allCases.enumerated() {
            let column = first + Int32(index)
            // Text: a column that the file of an older agent lacks, which SQLite takes for its name in quotes.
            guard [SQLITE_FLOAT, SQLITE_INTEGER].contains(sqlite3_column_type(statement, column)) else { continue }
            let value = sqlite3_column_double(statement, column)
            if value.isFinite, value >= 0, value <= WireLimits.standard.maxValue { readings[metric] = value }
        }
        return readings
    }

    private static func text(_ statement: OpaquePointer?, _ column: Int32) -> String {
        guard let text = sqlite3_column_text(statement, column) else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column))),
            as: UTF8.self)
    }

    // MARK: Statements

    private func statement(_ query: String) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database, query, -1, &statement, nil) == SQLITE_OK else { throw failure() }
        return statement
    }

    private func step(_ statement: OpaquePointer?) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure()
        }
    }

    private func integer(_ query: String) throws -> Int64 {
        var prepared: OpaquePointer?
        // A file that is no database fails here, and counts as one of nobody's.
        guard sqlite3_prepare_v2(database, query, -1, &prepared, nil) == SQLITE_OK else { return 0 }
        defer { sqlite3_finalize(prepared) }
        return sqlite3_step(prepared) == SQLITE_ROW ? sqlite3_column_int64(prepared, 0) : 0
    }

    private func failure() -> ImportError {
        ImportError("\(path): cannot be read: \(sqlite3_errmsg(database).map { String(cString: $0) } ?? "")")
    }
}
