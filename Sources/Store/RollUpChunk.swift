import Forecasting

/// The rollups of one entity over one stretch of slots: an hour of five minutes, or a day of hours.
///
/// Stored by column, little-endian:
///
///     u8   format, 1
///     u16  bit n: metric n is there
///     u16  bit n: metric n has counts of its own; otherwise the common ones hold
///     u16  bit n: metric n has maxima of its own; otherwise they equal the means
///     u16  x slots: common counts
///     for each metric in order: u16 x slots means, then maxima and counts if it has its own
///
/// An import of five-minute data has neither maxima nor counts of its own: 24 bytes a metric and hour.
struct RollUpChunk: Hashable {
    static let format: UInt8 = 1
    static let headerBytes = 7

    let slotCount: Int
    /// By metric, then slot.
    private var slots: [RollUpSlot]

    init(slotCount: Int) {
        self.slotCount = slotCount
        slots = Array(repeating: .empty, count: slotCount * SeriesMetric.count)
    }

    subscript(metric: SeriesMetric, slot: Int) -> RollUpSlot {
        get { slots[metric.rawValue * slotCount + slot] }
        set { slots[metric.rawValue * slotCount + slot] = newValue }
    }

    /// All slots of a metric.
    func column(_ metric: SeriesMetric) -> ArraySlice<RollUpSlot> {
        slots[metric.rawValue * slotCount..<(metric.rawValue + 1) * slotCount]
    }

    /// Whether the metric has a value in any slot.
    func has(_ metric: SeriesMetric) -> Bool { column(metric).contains { $0.count > 0 } }

    /// Whether any metric has a value in the slot.
    func hasValue(inSlot slot: Int) -> Bool {
        SeriesMetric.allCases.contains { self[$0, slot].count > 0 }
    }

    /// Puts what was added up in the place of what was there; metrics without samples stay as they are.
    mutating func replace(slot: Int, with accumulator: SlotAccumulator) {
        for metric in SeriesMetric.allCases {
            let slotOfMetric = accumulator.slot(of: metric)
            if slotOfMetric.count > 0 { self[metric, slot] = slotOfMetric }
        }
    }

    // MARK: Bytes

    func encoded() -> [UInt8] {
        let present = SeriesMetric.allCases.filter(has)
        let common = present.first.map { column($0).map(\.count) } ?? Array(repeating: 0, count: slotCount)
        let ownCounts = present.filter { !column($0).lazy.map(\.count).elementsEqual(common) }
        let ownMaxima = present.filter { column($0).contains { $0.max != $0.mean } }
        var bytes: [UInt8] = [Self.format]
        bytes.reserveCapacity(Self.headerBytes + slotCount * (2 + 6 * present.count))
        for metrics in [present, ownCounts, ownMaxima] { bytes.append(littleEndian: Self.bits(metrics)) }
        for count in common { bytes.append(littleEndian: count) }
        for metric in present {
            let column = self.column(metric)
            for slot in column { bytes.append(littleEndian: slot.mean) }
            if ownMaxima.contains(metric) { for slot in column { bytes.append(littleEndian: slot.max) } }
            if ownCounts.contains(metric) { for slot in column { bytes.append(littleEndian: slot.count) } }
        }
        return bytes
    }

    private static func bits(_ metrics: [SeriesMetric]) -> UInt16 {
        metrics.reduce(0) { $0 | 1 << UInt16($1.rawValue) }
    }

    /// Reads a stored chunk; `nil` when the bytes are not one.
    init?(bytes: UnsafeRawBufferPointer, slotCount: Int) {
        guard let columns = ChunkColumns(bytes: bytes, slotCount: slotCount) else { return nil }
        self.init(slotCount: slotCount)
        for metric in SeriesMetric.allCases {
            guard columns.has(metric) else { continue }
            for slot in 0..<slotCount { self[metric, slot] = columns.slot(slot, of: metric) }
        }
    }
}

/// Finds its way in the bytes of a chunk without copying them.
struct ChunkColumns {
    private let bytes: UnsafeRawBufferPointer
    private let slotCount: Int
    private let present: UInt16
    private let ownCounts: UInt16
    private let ownMaxima: UInt16

    init?(bytes: UnsafeRawBufferPointer, slotCount: Int) {
        guard bytes.count >= RollUpChunk.headerBytes, bytes[0] == RollUpChunk.format else { return nil }
        self.bytes = bytes
        self.slotCount = slotCount
        present = Self.number(bytes, at: 1)
        ownCounts = Self.number(bytes, at: 3)
        ownMaxima = Self.number(bytes, at: 5)
        let known = UInt16(truncatingIfNeeded: (1 << SeriesMetric.count) - 1)
        let columns = 1 + present.nonzeroBitCount + ownCounts.nonzeroBitCount + ownMaxima.nonzeroBitCount
        guard present & ~known == 0, ownCounts & ~present == 0, ownMaxima & ~present == 0,
            bytes.count == RollUpChunk.headerBytes + 2 * slotCount * columns
        else { return nil }
    }

    func has(_ metric: SeriesMetric) -> Bool { present & bit(metric) != 0 }

    /// Where a metric's means begin; `nil` when it is not there.
    func meansOffset(of metric: SeriesMetric) -> Int? {
        guard has(metric) else { return nil }
        let before = bit(metric) - 1
        let columns =
            1 + (present & before).nonzeroBitCount + (ownCounts & before).nonzeroBitCount
            + (ownMaxima & before).nonzeroBitCount
        return RollUpChunk.headerBytes + 2 * slotCount * columns
    }

    /// Where a metric's maxima begin.
    func maximaOffset(of metric: SeriesMetric) -> Int? {
        guard let means = meansOffset(of: metric) else { return nil }
        return ownMaxima & bit(metric) != 0 ? means + 2 * slotCount : means
    }

    /// Where a metric's counts begin.
    func countsOffset(of metric: SeriesMetric) -> Int? {
        guard let means = meansOffset(of: metric) else { return nil }
        guard ownCounts & bit(metric) != 0 else { return RollUpChunk.headerBytes }
        return means + 2 * slotCount * (ownMaxima & bit(metric) != 0 ? 2 : 1)
    }

    func number(at offset: Int) -> UInt16 { Self.number(bytes, at: offset) }

    func slot(_ slot: Int, of metric: SeriesMetric) -> RollUpSlot {
        guard let means = meansOffset(of: metric), let maxima = maximaOffset(of: metric),
            let counts = countsOffset(of: metric)
        else { return .empty }
        let count = number(at: counts + 2 * slot)
        guard count > 0 else { return .empty }
        return RollUpSlot(count: count, mean: number(at: means + 2 * slot), max: number(at: maxima + 2 * slot))
    }

    private func bit(_ metric: SeriesMetric) -> UInt16 { 1 << UInt16(metric.rawValue) }

    private static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}

extension [UInt8] {
    mutating func append(littleEndian number: UInt16) {
        append(UInt8(truncatingIfNeeded: number))
        append(UInt8(truncatingIfNeeded: number >> 8))
    }
}
