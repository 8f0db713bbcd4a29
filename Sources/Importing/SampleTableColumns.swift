import ClusterModel
import Forecasting
import Store

/// Where a sample table has what, as its header says.
struct SampleTableColumns {
    /// What a row says.
    struct Row {
        var at: Timestamp
        var kind: EntityKind
        var id: String
        var values: SampleValues
    }

    /// Why a row cannot be used.
    struct Refusal: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    private var timestamp: Int?
    private var kind: Int?
    private var id: Int?
    private var onlyKind: EntityKind = .vm
    private var metric: Int?
    private var value: Int?
    private var metrics: [(column: Int, metric: SeriesMetric)] = []
    private let count: Int

    /// Reads the header; throws what is wrong with it.
    init(header: [String], file: String) throws {
        count = header.count
        for (column, name) in header.enumerated() {
            switch name {
            case "timestamp", "time": try Self.set(&timestamp, column, name, file)
            case "kind": try Self.set(&kind, column, name, file)
            case "id": try Self.set(&id, column, name, file)
            case "vm", "host":
                try Self.set(&id, column, name, file)
                onlyKind = name == "host" ? .host : .vm
            case "metric": try Self.set(&metric, column, name, file)
            case "value": try Self.set(&value, column, name, file)
            default:
                guard let found = SeriesMetric(name: name) else { throw Self.unknown(name, file) }
                guard !metrics.contains(where: { $0.metric == found }) else { throw Self.twice(name, file) }
                metrics.append((column, found))
            }
        }
        guard timestamp != nil, id != nil, (metric == nil) == (value == nil), (metric != nil) != !metrics.isEmpty else {
            throw ImportError(
                "\(file):1: the header needs timestamp and id, and either metric and value or a column for each metric")
        }
    }

    private static func set(_ place: inout Int?, _ column: Int, _ name: String, _ file: String) throws {
        guard place == nil else { throw twice(name, file) }
        place = column
    }

    private static func twice(_ name: String, _ file: String) -> ImportError {
        ImportError("\(file):1: the header has \"\(name)\" twice, or two names for the same")
    }

    private static func unknown(_ name: String, _ file: String) -> ImportError {
        let allowed =
            ["timestamp", "kind", "id", "vm", "host", "metric", "value"] + SeriesMetric.allCases.map(\.name)
        return ImportError("\(file):1: column \"\(name)\"; allowed are \(allowed.joined(separator: ", "))")
    }

    func row(_ fields: borrowing [Field]) throws(Refusal) -> Row {
        guard fields.count == count, let timestamp, let id else {
            throw Refusal("\(fields.count) fields, the header has \(count)")
        }
        guard let at = fields[timestamp].timestamp else {
            throw Refusal("timestamp \(Self.shown(fields[timestamp])) is neither RFC 3339 nor seconds since 1970")
        }
        guard Self.allowedTimes.contains(at) else { throw Refusal("timestamp \(at) is not in the years 2000 to 2099") }
        guard let name = fields[id].text, !name.isEmpty, name.utf8.count <= 255 else {
            throw Refusal("id \(Self.shown(fields[id])) is not a text of 1 to 255 bytes")
        }
        return Row(at: at, kind: try readKind(fields), id: name, values: try values(fields))
    }

    private static let allowedTimes =
        Timestamp(secondsSinceEpoch: 946_684_800)...Timestamp(secondsSinceEpoch: 4_102_444_799)

    private func readKind(_ fields: borrowing [Field]) throws(Refusal) -> EntityKind {
        guard let kind else { return onlyKind }
        guard let found = EntityKind(name: fields[kind].text ?? "") else {
            throw Refusal("kind \(Self.shown(fields[kind])) is neither vm nor host")
        }
        return found
    }

    private func values(_ fields: borrowing [Field]) throws(Refusal) -> SampleValues {
        var values = SampleValues()
        if let metric, let value {
            guard let found = SeriesMetric(name: fields[metric].text ?? "") else {
                throw Refusal("metric \(Self.shown(fields[metric])) is unknown")
            }
            values[found] = try Self.number(fields[value], found)
            return values
        }
        var isEmpty = true
        for (column, metric) in metrics where !fields[column].isEmpty {
            values[metric] = try Self.number(fields[column], metric)
            isEmpty = false
        }
        guard !isEmpty else { throw Refusal("no value") }
        return values
    }

    private static func number(_ field: Field, _ metric: SeriesMetric) throws(Refusal) -> Double {
        guard let number = field.number, number.isFinite, number >= 0 else {
            throw Refusal("\(metric.name) \(shown(field)) is not a number of 0 or more")
        }
        return number
    }

    /// A field as a message may show it.
    private static func shown(_ field: Field) -> String {
        let text = String(decoding: field.prefix(40), as: UTF8.self)
        return "\"\(text)\(field.count > 40 ? "…" : "")\""
    }
}
