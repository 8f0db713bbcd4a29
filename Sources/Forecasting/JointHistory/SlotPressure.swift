/// How near each slot comes to the peaks of the probes.
struct SlotPressure {
    /// `sums[probe][slot]`.
    private let sums: [[Float]]
    private let slotCount: Int

    init(sums: [[Float]]) {
        self.sums = sums
        slotCount = sums.first?.count ?? 0
    }

    /// The slots that remain when those are left out, one after the other, that hold down the most probes' peaks.
    ///
    /// One common set for all: a host that fits in the slots that remain fits in all but that share of the record.
    func kept(leavingOut count: Int) -> [Int] {
        var kept = Array(0..<slotCount)
        guard count > 0, !sums.isEmpty else { return kept }
        // Left out in eight steps: what a slot weighs depends on the peaks that remain.
        var remaining = min(count, max(slotCount - 1, 0))
        for step in stride(from: 8, to: 0, by: -1) {
            let part = (remaining + step - 1) / step
            let out = Set(descending(kept).prefix(part))
            kept.removeAll { out.contains($0) }
            remaining -= part
        }
        return kept
    }

    /// The slots by falling pressure; the earlier one first when equal.
    func descending(_ slots: [Int]) -> [Int] {
        let peaks = peaks(in: slots)
        var pressure = [Float](repeating: 0, count: slotCount)
        for (probe, sums) in sums.enumerated() where peaks[probe] > 0 {
            for slot in slots {
                let share = sums[slot] / peaks[probe]
                let square = share * share
                let fourth = square * square
                let eighth = fourth * fourth
                pressure[slot] += eighth * eighth
            }
        }
        return slots.sorted { (-pressure[$0], $0) < (-pressure[$1], $1) }
    }

    /// The greatest sum of each probe over some slots.
    func peaks(in slots: [Int]) -> [Float] {
        sums.map { sums in slots.reduce(0) { max($0, sums[$1]) } }
    }
}
