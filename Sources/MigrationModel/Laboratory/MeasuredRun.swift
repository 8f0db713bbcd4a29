/// One measured migration of a guest whose memory and writing were known: a line of a laboratory's CSV.
public struct MeasuredRun: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable, CaseIterable {
        case preCopy = "pre"
        case postCopy = "post"
        /// Stop-and-copy.
        case cold
        case autoConverge = "auto"
        case xbzrle

        /// Whether the loop's constants are fitted on it.
        public var isPlain: Bool { self == .preCopy || self == .postCopy || self == .cold }
    }

    public var id: String
    public var method: Method
    public var memoryBytes: Double
    /// What the guest's program filled once and left alone.
    public var filledBytes: Double
    /// What it rewrites, and how fast.
    public var hotBytes: Double
    public var dirtyBytesPerSecond: Double
    /// The shaped link; 0: none, and the hypervisor's cap alone holds.
    public var linkBitsPerSecond: Double
    /// The hypervisor's cap on the live phase; 0: none.
    public var capBytesPerSecond: Double
    /// The pause that the hypervisor was told.
    public var limitSeconds: Double
    /// Whether it ended; otherwise it was cancelled after `totalSeconds`.
    public var completed: Bool
    public var totalSeconds: Double
    /// From the stop of the source to the first instruction at the destination; `nil` when it did not end.
    public var pauseSeconds: Double?

    /// Whether it ended within so many seconds.
    public func ends(withinSeconds: Double) -> Bool { completed && totalSeconds <= withinSeconds }
}

/// What is wrong with a CSV of measured migrations.
public struct MeasuredRunsError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}

extension MeasuredRun {
    private static let columns = [
        "id", "mem_MiB", "fill_MiB", "ws_MiB", "rate_MiBps", "link_Mbit", "cap_MiBps", "downtime_limit_ms", "method",
        "status", "total_ms", "stop_to_resume_ms",
    ]

    /// Reads a CSV whose first line names the columns, in any order; others than those above are ignored.
    ///
    /// - Throws: naming the missing columns, or the line and column of a cell that is not understood.
    public static func read(csv text: String) throws(MeasuredRunsError) -> [MeasuredRun] {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        let heads = cells(of: lines.first ?? "")
        let missing = columns.filter { !heads.contains($0) }
        guard missing.isEmpty else {
            throw MeasuredRunsError(
                description: "the first line lacks the column\(missing.count == 1 ? "" : "s") "
                    + "\(missing.joined(separator: ", ")); it must name \(columns.joined(separator: ", "))")
        }
        let places = Dictionary(heads.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var runs: [MeasuredRun] = []
        for (offset, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            let row = Row(number: offset + 1, cells: cells(of: line), places: places)
            runs.append(try MeasuredRun(row))
        }
        return runs
    }

    private static func cells(of line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            String(cell.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        }
    }

    private init(_ row: Row) throws(MeasuredRunsError) {
        let mebibyte = LoopConstants.mebibyte
        id = row.text("id")
        guard let method = Method(rawValue: row.text("method")) else {
            throw row.error("method", "one of \(Method.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.method = method
        memoryBytes = try row.number("mem_MiB") * mebibyte
        filledBytes = try row.number("fill_MiB", absent: 0) * mebibyte
        hotBytes = try row.number("ws_MiB", absent: 0) * mebibyte
        dirtyBytesPerSecond = try row.number("rate_MiBps", absent: 0) * mebibyte
        linkBitsPerSecond = try row.number("link_Mbit", absent: 0) * 1e6
        capBytesPerSecond = try row.number("cap_MiBps", absent: 0) * mebibyte
        limitSeconds = try row.number("downtime_limit_ms") / 1000
        completed = row.text("status") == "completed"
        totalSeconds = try row.number("total_ms") / 1000
        pauseSeconds = row.text("stop_to_resume_ms").isEmpty ? nil : try row.number("stop_to_resume_ms") / 1000
        guard linkBitsPerSecond > 0 || capBytesPerSecond > 0 else {
            throw row.error("link_Mbit", "a number above 0, unless cap_MiBps has one")
        }
        guard completed || row.text("status") == "cancelled" else {
            throw row.error("status", "completed or cancelled")
        }
    }

    private struct Row {
        let number: Int
        let cells: [String]
        let places: [String: Int]

        func text(_ column: String) -> String {
            guard let place = places[column], place < cells.count else { return "" }
            return cells[place]
        }

        func number(_ column: String, absent: Double? = nil) throws(MeasuredRunsError) -> Double {
            let text = text(column)
            if text.isEmpty, let absent { return absent }
            guard let number = Double(text), number >= 0, number.isFinite else {
                throw error(column, "a number that is not negative")
            }
            return number
        }

        func error(_ column: String, _ allowed: String) -> MeasuredRunsError {
            MeasuredRunsError(
                description: "line \(number), column \(column): \"\(text(column))\" is not \(allowed)")
        }
    }
}
