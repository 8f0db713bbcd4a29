import Forecasting

/// Count, mean and maximum of what was sampled of one metric in one slot of time, as it is stored.
struct RollUpSlot: Hashable {
    /// Samples; 0: none, and the rest means nothing.
    var count: UInt16 = 0
    var mean: UInt16 = Quantisation.missing
    var max: UInt16 = Quantisation.missing

    static let empty = RollUpSlot()
}

/// Adds up the samples of one entity in one slot of time.
struct SlotAccumulator {
    private var counts = SIMD16<Double>(repeating: 0)
    private var sums = SIMD16<Double>(repeating: 0)
    private var maxima = SIMD16<Double>(repeating: 0)

    mutating func add(_ values: SampleValues) {
        let gaps = values.lanes .!= values.lanes
        counts += SIMD16(repeating: 1.0).replacing(with: 0, where: gaps)
        let known = values.lanes.replacing(with: 0, where: gaps)
        sums += known
        maxima.replace(with: known, where: known .> maxima)
    }

    func slot(of metric: SeriesMetric) -> RollUpSlot {
        let lane = metric.rawValue
        guard counts[lane] > 0 else { return .empty }
        let unit = Quantisation.unit(of: metric)
        return RollUpSlot(
            count: UInt16(min(counts[lane], Double(UInt16.max))),
            mean: Quantisation.code(of: sums[lane] / counts[lane], unit: unit),
            max: Quantisation.code(of: maxima[lane], unit: unit))
    }
}
