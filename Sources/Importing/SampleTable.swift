public import ClusterModel
public import Forecasting

/// Samples as CSV: the format of `drover import samples` and `drover generate samples`.
public enum SampleTable {
    /// For the command's help.
    public static let description = """
        A CSV file with a header line; fields are separated by commas (or semicolons), UTF-8, quotes as in RFC 4180.

        Long form, one value a row:
            timestamp,kind,id,metric,value
            2026-11-22T20:00:00Z,vm,vm7,cpuCores,1.7
            2026-11-22T20:00:00Z,vm,vm7,memoryBytes,9100000000
        or one row for all values of a moment, with a column for each metric, in any order, empty where unknown:
            timestamp,kind,id,cpuCores,memoryBytes,diskBytesPerSecond,networkBitsPerSecond

        timestamp  RFC 3339, or seconds or milliseconds since 1970
        kind       vm or host; without the column every row is a VM's
        id         as in the cluster document (a column "vm" or "host" says the kind as well)
        metric     \(SeriesMetric.allCases.map(\.name).joined(separator: ", "))
        value      not negative; CPU in reference cores

        Rows may stand in any order. What is imported replaces what was known of the same five minutes: importing a
        file twice changes nothing. Rows that cannot be used are counted and the first of them listed.
        """

    /// The header of the wide form for some metrics.
    public static func header(_ metrics: [SeriesMetric]) -> String {
        (["timestamp", "kind", "id"] + metrics.map(\.name)).joined(separator: ",")
    }

    /// A row of the wide form; `nil` is an empty field.
    public static func row(at: Timestamp, kind: EntityKind, id: String, values: [Double?]) -> String {
        let fields = [at.description, kind.name, quoted(id)] + values.map { $0.map(text) ?? "" }
        return fields.joined(separator: ",")
    }

    private static func quoted(_ id: String) -> String {
        guard id.utf8.contains(where: { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 59 }) else { return id }
        let escaped = id.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        return "\"\(escaped)\""
    }

    /// Whole numbers without a point: bytes are most of the file.
    private static func text(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 1e15 else { return String(value) }
        return String(Int64(value))
    }
}
