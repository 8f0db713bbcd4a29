/// Adds up two directions of traffic over devices that come and go.
///
/// A device that is new counts from its second round on. When a device's counter was reset, the whole sum is left out
/// for that round: a sum without one of its devices would be a wrong sample.
struct ThroughputSum: Sendable {
    private enum Direction: Hashable, Sendable {
        case inward
        case outward
    }

    private struct Key: Hashable, Sendable {
        let device: String
        let direction: Direction
    }

    private var counters = CounterTracker<Key>()

    /// Units per second inward and outward; `nil` in a first round and when a counter was reset.
    mutating func perSecond(
        of devices: [(name: String, inward: UInt64, outward: UInt64)], into round: inout SamplingRound,
        kind: String
    ) -> (inward: Double, outward: Double)? {
        var sum = (inward: 0.0, outward: 0.0)
        var known = 0
        var wasReset = false
        for device in devices {
            let inward = counters.advance(
                Key(device: device.name, direction: .inward), to: device.inward, atNanoseconds: round.nanoseconds)
            let outward = counters.advance(
                Key(device: device.name, direction: .outward), to: device.outward, atNanoseconds: round.nanoseconds)
            if inward == .reset || outward == .reset {
                round.warnOfReset("\(kind) \(device.name)")
                wasReset = true
            } else if let inwardRate = inward.perSecond, let outwardRate = outward.perSecond {
                sum = (sum.inward + inwardRate, sum.outward + outwardRate)
                known += 1
            }
        }
        counters.forgetUnseen()
        return wasReset || known == 0 ? nil : sum
    }
}
