import Forecasting
import Randomness
import TestSupport
import Testing

/// What the reduction of a recorded history promises, over random histories.
struct HistoryReductionTests {
    /// Random days of some VMs: a daily wave with a phase of its own, noise, and a peak now and then.
    private static func recorded(seed: UInt64, vms: Int = 24, resources: Int = 1, slots: Int = 600) -> RecordedSlots {
        var source = SplitMix64(seed: seed)
        let series = (0..<vms * resources).map { _ in
            let scale = Float.random(in: 0.1...8, using: &source)
            let phase = Int.random(in: 0..<48, using: &source)
            return (0..<slots).map { slot -> Float in
                let wave: Float = (slot + phase) % 48 < 16 ? 1 : 0.3
                let peak: Float = Int.random(in: 0..<200, using: &source) == 0 ? 3 : 1
                return scale * wave * peak * Float.random(in: 0.8...1.2, using: &source)
            }
        }
        return RecordedSlots(
            series: series, substitutes: [Float](repeating: 0, count: series.count), bridgedCount: 0)
    }

    private static func reduction(
        _ recorded: RecordedSlots, resources: Int = 1, target: Int = 100, excess: Double = 0
    ) -> HistoryReduction {
        var options = HistoryReduction.Options()
        options.slotTarget = target
        options.vmsPerHost = 6
        options.excessFraction = excess
        return HistoryReduction(recorded, resourceCount: resources, options: options)
    }

    private static let cases: [(seed: UInt64, resources: Int, target: Int, excess: Double)] = (0..<12).map { seed in
        (seed, seed % 3 == 0 ? 2 : 1, [1, 40, 150, 10_000][Int(seed % 4)], [0, 0.02, 0.5][Int(seed % 3)])
    }

    /// So the sum of any VMs in a kept slot is at most their sum in one reduced slot.
    @Test(arguments: cases)
    func everyKeptSlotIsCovered(seed: UInt64, resources: Int, target: Int, excess: Double) throws {
        let recorded = Self.recorded(seed: seed, resources: resources)
        let reduction = Self.reduction(recorded, resources: resources, target: target, excess: excess)
        #expect(reduction.cover.count == recorded.slotCount)
        #expect(reduction.slots.slotCount <= target)
        #expect(reduction.omittedCount <= Int(excess * Double(recorded.slotCount)))
        var lower = 0
        for (slot, cover) in reduction.cover.enumerated() {
            guard let cover else { continue }
            for series in 0..<recorded.seriesCount
            where reduction.slots[slot: cover, series: series] < recorded[slot: slot, series: series] {
                lower += 1
            }
        }
        #expect(lower == 0)
    }

    /// A reduced value was recorded: it is the greatest of those that it stands for.
    @Test(arguments: UInt64(0)..<4) func nothingIsInvented(seed: UInt64) {
        let recorded = Self.recorded(seed: seed)
        let reduction = Self.reduction(recorded)
        for group in 0..<reduction.slots.slotCount {
            let members = reduction.cover.indices.filter { reduction.cover[$0] == group }
            for series in 0..<recorded.seriesCount {
                let greatest = members.map { recorded[slot: $0, series: series] }.max()
                #expect(reduction.slots[slot: group, series: series] == greatest)
            }
        }
    }

    /// What it asks for too much is small for groups of the size of a host's, which it has not seen.
    @Test(arguments: UInt64(0)..<6) func peaksOfGroupsHardlyRise(seed: UInt64) {
        var source = SplitMix64(seed: seed &+ 1000)
        let recorded = Self.recorded(seed: seed)
        let reduction = Self.reduction(recorded, target: 200)
        for _ in 0..<20 {
            let group = (0..<recorded.seriesCount).shuffled(using: &source).prefix(6)
            func peak(_ slots: RecordedSlots) -> Float {
                (0..<slots.slotCount).reduce(0) { most, slot in
                    max(most, group.reduce(0) { $0 + slots[slot: slot, series: $1] })
                }
            }
            #expect(peak(reduction.slots) >= peak(recorded) * 0.9999)
            #expect(peak(reduction.slots) <= peak(recorded) * 1.3)
        }
    }

    @Test(arguments: UInt64(0)..<4) func theSameHistoryGivesTheSameSlots(seed: UInt64) {
        let (first, second) = (Self.reduction(Self.recorded(seed: seed)), Self.reduction(Self.recorded(seed: seed)))
        #expect(first.cover == second.cover)
        #expect(first.allowance == second.allowance)
    }

    @Test func aShortHistoryStaysAsItIs() {
        let recorded = Self.recorded(seed: 1, slots: 90)
        let reduction = Self.reduction(recorded)
        #expect(reduction.cover == (0..<90).map { $0 })
        #expect(reduction.allowance == 0)
    }

    @Test func equalSlotsBecomeOne() {
        let recorded = RecordedSlots(
            series: [[1, 1, 2, 1, 2, 1], [3, 3, 1, 3, 1, 3]], substitutes: [0, 0], bridgedCount: 0)
        let reduction = Self.reduction(recorded, target: 2)
        #expect(reduction.slots.slotCount == 2)
        #expect(reduction.omittedCount == 0)
    }

    /// The slot that holds all peaks up is the one that is left out.
    @Test func thePeakIsLeftOutFirst() {
        var series = [[Float]](repeating: [Float](repeating: 1, count: 100), count: 8)
        for vm in series.indices { series[vm][42] = 5 }
        let recorded = RecordedSlots(
            series: series, substitutes: [Float](repeating: 0, count: 8), bridgedCount: 0)
        let reduction = Self.reduction(recorded, excess: 0.019)
        #expect(reduction.cover.indices.filter { reduction.cover[$0] == nil } == [42])
    }

    private static let nothing = Float.nan

    /// Series, substitute, longest gap that is bridged, and what is counted with; slots that no series recorded are
    /// gone.
    static let gaps: [(name: String, series: [[Float]], bridged: Int, expected: [[Float]])] = [
        ("no gap", [[1, 2, 3]], 1, [[1, 2, 3]]),
        ("short, the greater side", [[1, nothing, 3], [0, 0, 0]], 1, [[1, 3, 3], [0, 0, 0]]),
        ("too long", [[4, nothing, nothing, 3], [0, 0, 0, 0]], 1, [[4, 9, 9, 3], [0, 0, 0, 0]]),
        ("at the begin and the end", [[nothing, 2, nothing], [0, 0, 0]], 5, [[9, 2, 9], [0, 0, 0]]),
        ("never", [[nothing, nothing], [1, 2]], 5, [[9, 9], [1, 2]]),
        ("nobody recorded", [[1, nothing, 3], [4, nothing, 6]], 0, [[1, 3], [4, 6]]),
    ]

    @Test(arguments: gaps) func gapsAreFilled(name: String, series: [[Float]], bridged: Int, expected: [[Float]]) {
        let recorded = RecordedSlots(
            series: series, substitutes: [Float](repeating: 9, count: series.count), bridgedCount: bridged)
        let found = (0..<recorded.seriesCount).map { column in
            (0..<recorded.slotCount).map { recorded[slot: $0, series: column] }
        }
        #expect(found == expected, "\(name)")
    }
}
