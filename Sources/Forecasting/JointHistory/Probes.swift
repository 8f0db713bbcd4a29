import Randomness

/// Groups of VMs about as large as what a host will hold: samples of the sums that a planner will look at.
///
/// The planner's own groups are not known before it has planned. How the sums of many random groups of the same sizes
/// run through time is known, and tells which slots can matter to any.
struct Probes {
    /// Members of all probes one after the other, as series.
    private let members: [Int32]
    /// Where each probe's members begin; one more than there are probes.
    private let bounds: [Int]

    /// Cuts a shuffled order of the VMs into groups, again and again: each VM is in as many probes as any other.
    ///
    /// - Parameters:
    ///   - vmCount: the VMs are series 0 to `vmCount` - 1 of each resource.
    ///   - resourceCount: series `vmCount * r` and on are of resource `r`; each resource is summed up by itself.
    ///   - sizes: members of a probe, in VMs.
    ///   - rounds: orders drawn for each size.
    init(vmCount: Int, resourceCount: Int, sizes: [Int], rounds: Int, seed: UInt64) {
        var source = SplitMix64(seed: seed)
        var members: [Int32] = []
        var bounds = [0]
        for size in sizes {
            for _ in 0..<rounds {
                let order = (0..<Int32(vmCount)).shuffled(using: &source)
                // The rest of an order that makes no whole group is left out: a small group has small sums.
                for start in stride(from: 0, through: vmCount - size, by: size) {
                    for resource in 0..<resourceCount {
                        members += order[start..<start + size].map { $0 + Int32(resource * vmCount) }
                        bounds.append(members.count)
                    }
                }
            }
        }
        self.members = members
        self.bounds = bounds
    }

    var count: Int { bounds.count - 1 }

    /// The sum of each probe in each slot: `sums[probe][slot]`.
    func sums(over slots: RecordedSlots) -> [[Float]] {
        var sums = [[Float]](repeating: [Float](repeating: 0, count: slots.slotCount), count: count)
        for slot in 0..<slots.slotCount {
            slots.withRow(slot) { row in
                for probe in 0..<count {
                    var sum: Float = 0
                    for place in bounds[probe]..<bounds[probe + 1] { sum += row[Int(members[place])] }
                    sums[probe][slot] = sum
                }
            }
        }
        return sums
    }

    /// A probe whose sum over the greater of two rows' values is above its limit; `nil` when none is.
    ///
    /// - Parameter first: the probe to begin with: the one that refused last time is likely to refuse again.
    func refusing(
        _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>, limits: [Float], from first: Int
    ) -> Int? {
        members.withUnsafeBufferPointer { members in
            for step in 0..<count {
                let probe = first + step < count ? first + step : first + step - count
                var sum: Float = 0
                for place in bounds[probe]..<bounds[probe + 1] {
                    let series = Int(members[place])
                    sum += max(left[series], right[series])
                }
                if sum > limits[probe] { return probe }
            }
            return nil
        }
    }
}
