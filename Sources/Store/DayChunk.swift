import Forecasting

/// The hourly rollups of one entity over a day, and for each metric a histogram of the day's five-minute means, from
/// which percentiles are made once the five-minute values have gone.
///
/// Stored as the length (u16) of a `RollUpChunk` of 24 slots, that chunk, and for each of its metrics in order: u16
/// number of bins, then u8 bin and u16 count for each. Eight bins an octave: a value is known to 4.5 %.
struct DayChunk: Hashable {
    var hours = RollUpChunk(slotCount: TimeGrid.hoursPerDay)
    /// Count of five-minute means by bin, by metric; a bin is the upper byte of a code.
    var histograms: [[UInt8: UInt16]] = Array(repeating: [:], count: SeriesMetric.count)

    init() {}

    /// Rolls an hour of five minutes up into its slot.
    mutating func add(_ chunk: RollUpChunk, hourOfDay: Int) {
        for metric in SeriesMetric.allCases {
            let unit = Quantisation.unit(of: metric)
            var samples = 0
            var sum = 0.0
            var greatest: UInt16 = 0
            for slot in 0..<chunk.slotCount {
                let value = chunk[metric, slot]
                guard value.count > 0 else { continue }
                samples += Int(value.count)
                sum += Double(value.count) * Quantisation.value(of: value.mean, unit: unit)
                greatest = max(greatest, value.max)
                histograms[metric.rawValue][UInt8(value.mean >> 8), default: 0] += 1
            }
            guard samples > 0 else { continue }
            hours[metric, hourOfDay] = RollUpSlot(
                count: UInt16(clamping: samples), mean: Quantisation.code(of: sum / Double(samples), unit: unit),
                max: greatest)
        }
    }

    /// The code in the middle of a bin.
    static func code(ofBin bin: UInt8) -> UInt16 { UInt16(bin) << 8 | 128 }

    // MARK: Bytes

    func encoded() -> [UInt8] {
        let chunk = hours.encoded()
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt16(chunk.count))
        bytes += chunk
        for histogram in histograms where !histogram.isEmpty {
            bytes.append(littleEndian: UInt16(histogram.count))
            for (bin, count) in histogram.sorted(by: { $0.key < $1.key }) {
                bytes.append(bin)
                bytes.append(littleEndian: count)
            }
        }
        return bytes
    }

    /// Reads a stored day; `nil` when the bytes are not one.
    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2 else { return nil }
        let length = Int(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
        guard bytes.count >= 2 + length else { return nil }
        let chunk = UnsafeRawBufferPointer(rebasing: bytes[2..<2 + length])
        guard let hours = RollUpChunk(bytes: chunk, slotCount: TimeGrid.hoursPerDay) else { return nil }
        self.hours = hours
        var rest = UnsafeRawBufferPointer(rebasing: bytes[(2 + length)...])
        for metric in SeriesMetric.allCases where hours.has(metric) {
            guard rest.count >= 2 else { return nil }
            let bins = Int(UInt16(littleEndian: rest.loadUnaligned(as: UInt16.self)))
            guard bins <= 256, rest.count >= 2 + 3 * bins else { return nil }
            for bin in 0..<bins {
                let count = rest.loadUnaligned(fromByteOffset: 3 + 3 * bin, as: UInt16.self)
                histograms[metric.rawValue][rest[2 + 3 * bin]] = UInt16(littleEndian: count)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[(2 + 3 * bins)...])
        }
        guard rest.isEmpty else { return nil }
    }
}
