/// Merges slots by their maxima as long as the probes allow.
struct SlotMerging {
    struct Outcome {
        let slots: RecordedSlots
        let cover: [Int?]
        let allowance: Float
    }

    let recorded: RecordedSlots
    let probes: Probes
    /// The recorded peak of each probe over `kept`.
    let peaks: [Float]
    /// The slots that count, ascending.
    let kept: [Int]
    /// The same, by falling pressure.
    let order: [Int]

    /// Slots under merging: the maxima of their members.
    private struct Groups {
        var rows: [[Float]] = []
        var members: [[Int]] = []

        var count: Int { rows.count }
    }

    /// Allowances are tried in halves of a thousandth.
    private static let step: Float = 0.0005

    /// With the smallest allowance that leaves no more than so many slots.
    func run(slotTarget: Int) -> Outcome {
        guard kept.count > slotTarget else { return outcome(singles, allowance: 0) }
        var best = merged(allowance: 0)
        guard best.count > slotTarget else { return outcome(best, allowance: 0) }
        var (tooSmall, enough) = (0, 16)
        best = merged(allowance: Self.step * Float(enough))
        while best.count > slotTarget {
            (tooSmall, enough) = (enough, enough * 2)
            best = merged(allowance: Self.step * Float(enough))
        }
        while enough - tooSmall > max(1, enough / 16) {
            let middle = (tooSmall + enough) / 2
            let tried = merged(allowance: Self.step * Float(middle))
            if tried.count > slotTarget { tooSmall = middle } else { (enough, best) = (middle, tried) }
        }
        return outcome(best, allowance: Self.step * Float(enough))
    }

    private var singles: Groups {
        Groups(rows: kept.map { recorded.withRow($0) { Array($0) } }, members: kept.map { [$0] })
    }

    private func outcome(_ groups: Groups, allowance: Float) -> Outcome {
        var cover = [Int?](repeating: nil, count: recorded.slotCount)
        for (group, members) in groups.members.enumerated() {
            for slot in members { cover[slot] = group }
        }
        return Outcome(
            slots: RecordedSlots(rows: groups.rows, seriesCount: recorded.seriesCount), cover: cover,
            allowance: allowance)
    }

    /// First neighbours, which are alike, then whatever goes together.
    private func merged(allowance: Float) -> Groups {
        // A hair more than the peak, so that the rounding of a sum never keeps equal slots apart.
        let limits = peaks.map { $0 * (1 + allowance + 1e-5) }
        return joined(neighbours(limits), limits)
    }

    private func neighbours(_ limits: [Float]) -> Groups {
        var groups = Groups()
        var refusing = 0
        for slot in kept {
            recorded.withRow(slot) { row in
                let last = groups.count - 1
                if last >= 0 {
                    let probe = groups.rows[last].withUnsafeBufferPointer {
                        probes.refusing($0, row, limits: limits, from: refusing)
                    }
                    guard let probe else {
                        groups.rows[last].raise(to: row)
                        groups.members[last].append(slot)
                        return
                    }
                    refusing = probe
                }
                groups.rows.append(Array(row))
                groups.members.append([slot])
            }
        }
        return groups
    }

    /// Each group, by falling pressure of its fullest slot, joins the first one that has room for it.
    private func joined(_ parts: Groups, _ limits: [Float]) -> Groups {
        var rank = [Int](repeating: 0, count: recorded.slotCount)
        for (place, slot) in order.enumerated() { rank[slot] = place }
        let sequence = parts.members.map { members in members.reduce(Int.max) { min($0, rank[$1]) } }
            .enumerated().sorted { $0.element < $1.element }.map(\.offset)
        var groups = Groups()
        var refusing: [Int] = []
        for part in sequence {
            let row = parts.rows[part]
            var home: Int?
            for group in 0..<groups.count {
                let probe = groups.rows[group].withUnsafeBufferPointer { left in
                    row.withUnsafeBufferPointer { probes.refusing(left, $0, limits: limits, from: refusing[group]) }
                }
                guard let probe else {
                    home = group
                    break
                }
                refusing[group] = probe
            }
            if let home {
                row.withUnsafeBufferPointer { groups.rows[home].raise(to: $0) }
                groups.members[home] += parts.members[part]
            } else {
                groups.rows.append(row)
                groups.members.append(parts.members[part])
                refusing.append(0)
            }
        }
        return groups
    }
}

extension [Float] {
    /// Each value becomes the greater of the two.
    fileprivate mutating func raise(to other: UnsafeBufferPointer<Float>) {
        for place in indices { self[place] = Swift.max(self[place], other[place]) }
    }
}
