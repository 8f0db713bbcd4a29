import ClusterModel
import Forecasting
import Store

/// Where a Bitbrains file has what, as its header says.
struct BitbrainsColumns {
    struct Row {
        var at: Timestamp
        var cores: Double
        /// Capacity, or usage where that is more.
        var memoryBytes: Double
        var values: SampleValues
    }

    private static let bytesPerKilobyte = 1024.0
    private static let names = [
        "timestamp", "cpu cores", "cpu usage [mhz]", "memory capacity provisioned [kb]", "memory usage [kb]",
        "disk read throughput [kb/s]", "disk write throughput [kb/s]", "network received throughput [kb/s]",
        "network transmitted throughput [kb/s]",
    ]

    /// The column of each name, in their order.
    private let places: [Int]
    private let count: Int

    init(header: [String], file: String) throws {
        let found = header.map { $0.lowercased() }
        count = header.count
        places = try Self.names.map { name in
            // The timestamp's unit is written as [ms], and is seconds.
            let place = found.firstIndex { $0 == name || (name == "timestamp" && $0.hasPrefix("timestamp")) }
            guard let place else {
                throw ImportError("\(file):1: no column \"\(name)\"; not a file of GWA-T-12")
            }
            return place
        }
    }

    /// `nil` when a field is missing or no number.
    func row(_ fields: borrowing [Field], megahertzPerCore: Double) -> Row? {
        guard fields.count >= count, let at = fields[places[0]].timestamp, Self.allowedTimes.contains(at) else {
            return nil
        }
        var numbers: [Double] = []
        numbers.reserveCapacity(places.count)
        for place in places.dropFirst() {
            guard let number = fields[place].number, number >= 0, number.isFinite else { return nil }
            numbers.append(number)
        }
        let kilobyte = Self.bytesPerKilobyte
        let values: SampleValues = [
            .cpuCores: numbers[1] / megahertzPerCore, .memoryBytes: numbers[3] * kilobyte,
            .diskBytesPerSecond: (numbers[4] + numbers[5]) * kilobyte,
            .networkBitsPerSecond: (numbers[6] + numbers[7]) * kilobyte * 8,
        ]
        return Row(at: at, cores: numbers[0], memoryBytes: max(numbers[2], numbers[3]) * kilobyte, values: values)
    }

    private static let allowedTimes =
        Timestamp(secondsSinceEpoch: 946_684_800)...Timestamp(secondsSinceEpoch: 4_102_444_799)

    /// Why `row` gave none.
    func problem(of fields: borrowing [Field]) -> String {
        guard fields.count >= count else { return "\(fields.count) fields, the header has \(count)" }
        guard let at = fields[places[0]].timestamp, Self.allowedTimes.contains(at) else {
            return "the timestamp is not in the years 2000 to 2099"
        }
        for (name, place) in zip(Self.names, places).dropFirst() {
            guard let number = fields[place].number, number >= 0, number.isFinite else {
                return "\(name) is not a number of 0 or more"
            }
        }
        return "unusable"
    }
}
