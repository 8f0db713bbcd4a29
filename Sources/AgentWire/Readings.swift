/// The values of one sample: some metrics have one, the others were not measured.
///
/// Nothing here turns "not measured" into zero: a counter that was reset, or a file that is not there, leaves a gap.
public struct Readings<Of: Metric>: Sendable {
    /// Indexed by the metric's number; a NaN is a gap. Eight bytes a metric, one allocation a sample.
    private var values: [Double]

    public init() {
        values = [Double](repeating: .nan, count: Of.highestNumber + 1)
    }

    /// The value, or `nil` when there is none. Setting a NaN makes a gap as well.
    public subscript(metric: Of) -> Double? {
        get {
            let value = values[metric.rawValue]
            return value.isNaN ? nil : value
        }
        set { values[metric.rawValue] = newValue ?? .nan }
    }

    public var isEmpty: Bool { values.allSatisfy(\.isNaN) }

    /// How many metrics have a value.
    public var count: Int { values.reduce(into: 0) { count, value in count += value.isNaN ? 0 : 1 } }

    /// All metrics with a value, in the order of their numbers.
    public var present: [(metric: Of, value: Double)] {
        Of.allCases.compactMap { metric in self[metric].map { (metric, $0) } }
    }
}

extension Readings: Hashable {
    public static func == (left: Readings, right: Readings) -> Bool {
        Of.allCases.allSatisfy { left[$0] == right[$0] }
    }

    public func hash(into hasher: inout Hasher) {
        for metric in Of.allCases { hasher.combine(self[metric]) }
    }
}

extension Readings: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (Of, Double)...) {
        self.init()
        for (metric, value) in elements { self[metric] = value }
    }
}
