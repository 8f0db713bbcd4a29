import Forecasting

/// Selects a percentile among codes without sorting them: first by their upper byte, then by their lower. Exact on
/// codes, and some twenty times faster than a sort.
struct CodeSelection {
    private var upper = [Int](repeating: 0, count: 256)
    /// Counts of which only the upper byte is known.
    private var bins = [Int](repeating: 0, count: 256)
    private var count = 0

    mutating func add(_ code: UInt16) {
        upper[Int(code >> 8)] += 1
        count += 1
    }

    mutating func add(bin: UInt8, count more: Int) {
        bins[Int(bin)] += more
        count += more
    }

    /// The percentile of everything added; `codes` are those added one by one. At least one must have been.
    func percentile(_ percentile: Double, among codes: UnsafeBufferPointer<UInt16>) -> UInt16 {
        var rank = Percentile.index(count: count, percentile: percentile)
        var byte = 0
        while byte < 255, rank >= upper[byte] + bins[byte] {
            rank -= upper[byte] + bins[byte]
            byte += 1
        }
        var lower = [Int](repeating: 0, count: 256)
        for code in codes where code != Quantisation.missing && Int(code >> 8) == byte { lower[Int(code & 255)] += 1 }
        lower[Int(DayChunk.code(ofBin: 0))] += bins[byte]
        var low = 0
        while low < 255, rank >= lower[low] {
            rank -= lower[low]
            low += 1
        }
        return UInt16(byte) << 8 | UInt16(low)
    }
}
