import Forecasting

extension RollUpSlot {
    /// Both together, as if their samples had been added up in one.
    func merged(with other: RollUpSlot, unit: Double) -> RollUpSlot {
        guard count > 0 else { return other }
        guard other.count > 0 else { return self }
        let total = Double(count) + Double(other.count)
        let sum =
            Double(count) * Quantisation.value(of: mean, unit: unit)
            + Double(other.count) * Quantisation.value(of: other.mean, unit: unit)
        return RollUpSlot(
            count: UInt16(clamping: Int(count) + Int(other.count)),
            mean: Quantisation.code(of: sum / total, unit: unit), max: Swift.max(max, other.max))
    }
}

extension RollUpChunk {
    /// Adds what one slot of time came to.
    mutating func merge(slot: Int, with sum: SlotAccumulator) {
        for metric in SeriesMetric.allCases {
            let added = sum.slot(of: metric)
            guard added.count > 0 else { continue }
            self[metric, slot] = self[metric, slot].merged(with: added, unit: Quantisation.unit(of: metric))
        }
    }

    /// Adds another chunk of the same stretch of time.
    mutating func merge(_ other: RollUpChunk) {
        for metric in SeriesMetric.allCases {
            for slot in 0..<slotCount where other[metric, slot].count > 0 {
                self[metric, slot] = self[metric, slot].merged(
                    with: other[metric, slot], unit: Quantisation.unit(of: metric))
            }
        }
    }

    /// Puts what another chunk knows in the place of what was there.
    mutating func overlay(_ other: RollUpChunk) {
        for metric in SeriesMetric.allCases {
            for slot in 0..<slotCount where other[metric, slot].count > 0 { self[metric, slot] = other[metric, slot] }
        }
    }

    /// Reads an hour's chunk from bytes in memory.
    init?(bytes: [UInt8]) {
        let chunk = bytes.withUnsafeBytes { RollUpChunk(bytes: $0, slotCount: TimeGrid.bucketsPerHour) }
        guard let chunk else { return nil }
        self = chunk
    }
}
