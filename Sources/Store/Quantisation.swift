package import Forecasting
import Glibc

/// Values as 16-bit numbers on a logarithmic scale, for the rollups.
///
/// A code is log2(1 + value / unit) x 2048, rounded: the error is at most 0.017 % of value + unit. Codes order as
/// values do, so a percentile of codes is the code of the percentile. The highest code stands for "no value".
package enum Quantisation {
    static let missing: UInt16 = .max
    static let stepsPerOctave: Double = 2048
    /// The greatest relative error of a value, beside the same share of the unit.
    package static let relativeError = 0.000_17

    /// What counts as small for a metric: below it the error no longer shrinks. The range is 2^32 units.
    package static func unit(of metric: SeriesMetric) -> Double {
        switch metric {
        case .cpuCores, .overheadCores, .cpuStealCores, .cpuIOWaitCores, .powerWatts: 0.001
        case .memoryBytes, .hotBytes, .swapUsedBytes: 4096
        case .diskBytesPerSecond, .dirtyBytesPerSecond: 64
        case .networkBitsPerSecond: 1024
        case .cpuPressureFraction, .memoryPressureFraction, .ioPressureFraction: 0.000_001
        }
    }

    static func code(of value: Double, unit: Double) -> UInt16 {
        guard value > 0 else { return 0 }
        let code = (log2(1 + value / unit) * stepsPerOctave).rounded()
        return code >= Double(missing - 1) ? missing - 1 : UInt16(code)
    }

    /// The value of a code other than `missing`.
    static func value(of code: UInt16, unit: Double) -> Double {
        multiples[Int(code)] * unit
    }

    /// 2^(code / 2048) - 1 for each code: half a megabyte that saves an exponential for each of millions of values.
    private static let multiples: [Double] = (0...Int(UInt16.max)).map { exp2(Double($0) / stepsPerOctave) - 1 }
}
