public import Forecasting

/// One value for each metric, or none: what one look at a host or VM saw.
public struct SampleValues: Sendable {
    /// One lane a metric, by its raw value; a NaN is a gap.
    var lanes: SIMD16<Double>

    /// No values.
    public init() {
        lanes = SIMD16(repeating: .nan)
    }

    public subscript(metric: SeriesMetric) -> Double? {
        get {
            let value = lanes[metric.rawValue]
            return value.isNaN ? nil : value
        }
        set { lanes[metric.rawValue] = newValue ?? .nan }
    }

    /// Whether there is at least one value, and all are finite and not negative.
    var isSound: Bool {
        var values = 0
        for metric in 0..<SeriesMetric.count {
            let value = lanes[metric]
            if value.isNaN { continue }
            guard value >= 0, value.isFinite else { return false }
            values += 1
        }
        return values > 0
    }
}

extension SampleValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (SeriesMetric, Double)...) {
        self.init()
        for (metric, value) in elements { self[metric] = value }
    }
}

extension SeriesMetric {
    static let count = allCases.count
}
