import ClusterModel

/// Which slots of a repeating profile lie between a step's start and the policy's horizon.
enum SlotWindow {
    struct Grid: Sendable {
        let startsAt: Timestamp
        let profileStart: Timestamp
        let slotSeconds: Double
        let horizonSeconds: Double?

        /// Slots of a profile of `count`, in ascending order. Slots are half open: one that begins at the horizon is
        /// outside. The slot of the start is always inside, also for a step that starts beyond the horizon.
        func slots(from startSeconds: Double, of count: Int) -> [Int] {
            guard count > 1, let horizonSeconds, slotSeconds > 0 else { return Array(0..<count) }
            let origin = startsAt.seconds(since: profileStart)
            // The nudge keeps rounding of a time that is exactly a boundary from adding a slot.
            let first = ((origin + startSeconds) / slotSeconds + 1e-9).rounded(.down)
            let end = max(((origin + horizonSeconds) / slotSeconds - 1e-9).rounded(.up), first + 1)
            guard first.isFinite, end.isFinite, end - first < Double(count) else { return Array(0..<count) }
            let offset = Int(first - (first / Double(count)).rounded(.down) * Double(count))
            return (0..<Int(end - first)).map { (offset + $0) % count }.sorted()
        }
    }
}
