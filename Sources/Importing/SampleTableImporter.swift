import ClusterModel
import Forecasting
public import Store

/// Imports a sample table (`SampleTable.description`) in one pass and bounded memory.
public struct SampleTableImporter: Sendable {
    public init() {}

    /// Throws when the file cannot be read or its header not understood: nothing is imported then. Bad rows are
    /// counted.
    ///
    /// `progress` hears now and then how many bytes were read.
    public func run(
        path: String, into store: ClusterStore, progress: (Int) -> Void = { _ in }
    ) throws -> ImportReport {
        var reader = try LineReader(path: path)
        var splitter = FieldSplitter(separator: 44)
        var header: [String] = []
        let hasHeader = try reader.next { line in
            // The separator is the one that the header uses.
            splitter = FieldSplitter(separator: line.contains(44) ? 44 : 59)
            guard splitter.split(line, { fields in header = fields.map { $0.text ?? "" } }) else {
                throw ImportError("\(path):1: a quote is not closed")
            }
        }
        guard hasHeader else { throw ImportError("\(path): empty; the first line must be a header") }
        let columns = try SampleTableColumns(header: header, file: path)
        var report = ImportReport()
        report.files = 1
        var writer = try HistoryWriter(cluster: store)
        while try importRow(&reader, &splitter, columns, path: path, &writer, &report) {
            if reader.line & 0xFFFF == 0 { progress(reader.consumedBytes) }
        }
        try report.take(try writer.finish(), store)
        return report
    }

    private func importRow(
        _ reader: inout LineReader, _ splitter: inout FieldSplitter, _ columns: SampleTableColumns, path: String,
        _ writer: inout HistoryWriter, _ report: inout ImportReport
    ) throws -> Bool {
        let number = reader.line + 1
        return try reader.next { line in
            guard !line.isEmpty else { return }
            let closed = try splitter.split(line) { fields in
                let row: SampleTableColumns.Row
                do throws(SampleTableColumns.Refusal) {
                    row = try columns.row(fields)
                } catch {
                    report.refuse(file: path, line: number, error.reason)
                    return
                }
                try writer.add(row.kind, row.id, at: row.at, row.values)
            }
            if !closed { report.refuse(file: path, line: number, "a quote is not closed") }
        }
    }
}
