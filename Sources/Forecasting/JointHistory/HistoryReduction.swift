/// A recorded history boiled down to the slots that can matter.
///
/// Slots are merged by taking each series' maximum. So what fits in every reduced slot fits in every recorded slot that
/// was kept: the reduction can only ask for too much, never for too little. How much too much is watched by probes,
/// groups of VMs of about the size of a host's: slots are merged as long as no probe's sum rises above its own recorded
/// peak. When that leaves too many slots, the peaks may be exceeded by a small share, the smallest that brings them
/// down.
package struct HistoryReduction: Sendable {
    package struct Options: Sendable {
        /// At most so many slots remain. Planning time is proportional to it.
        package var slotTarget = 400
        /// VMs that a host will hold, about.
        package var vmsPerHost = 25
        /// Share of the slots that may be left out.
        package var excessFraction = 0.0
        /// About so many members have all probes together: the time of a reduction is proportional to it.
        package var probeMembers = 60_000
        package var seed: UInt64 = 1

        package init() {}
    }

    /// The reduced slots.
    package let slots: RecordedSlots
    /// The reduced slot that covers each recorded one; `nil`: left out.
    package let cover: [Int?]
    /// By what share a probe's peak in the reduced slots may exceed its recorded one.
    package let allowance: Float

    /// Recorded slots that are left out.
    package var omittedCount: Int { cover.count { $0 == nil } }

    /// - Parameter resourceCount: the series are those of so many resources, one resource after the other.
    package init(_ recorded: RecordedSlots, resourceCount: Int = 1, options: Options = Options()) {
        let vmCount = recorded.seriesCount / max(resourceCount, 1)
        let sizes = Self.sizes(vmsPerHost: options.vmsPerHost, vmCount: vmCount)
        let rounds = min(max(options.probeMembers / max(recorded.seriesCount * sizes.count, 1), 2), 24)
        let probes = Probes(
            vmCount: vmCount, resourceCount: resourceCount, sizes: sizes, rounds: rounds, seed: options.seed)
        let pressure = SlotPressure(sums: probes.sums(over: recorded))
        let kept = pressure.kept(leavingOut: Int(options.excessFraction * Double(recorded.slotCount)))
        let merging = SlotMerging(
            recorded: recorded, probes: probes, peaks: pressure.peaks(in: kept), kept: kept,
            order: pressure.descending(kept))
        let result = merging.run(slotTarget: options.slotTarget)
        slots = result.slots
        cover = result.cover
        allowance = result.allowance
    }

    /// Half of what a host will hold, all of it, and double.
    private static func sizes(vmsPerHost: Int, vmCount: Int) -> [Int] {
        let size = max(vmsPerHost, 2)
        return Set([size / 2, size, size * 2].map { min(max($0, 1), max(vmCount, 1)) }).sorted()
    }
}
