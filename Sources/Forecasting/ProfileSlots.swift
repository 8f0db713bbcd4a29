public import ClusterModel

/// The slots of a repeating day or week into which samples fall.
public struct ProfileSlots: Sendable, Hashable {
    /// One hour.
    public static let slotSeconds: Double = 3600

    /// 24 for a day, 168 for a week.
    public let count: Int
    /// Begin of slot 0: a midnight in UTC.
    public let start: Timestamp

    /// The slots of the policy's profile as seen at a moment; `nil` when the policy asks for none that repeats.
    public init?(profile: DemandPolicy.Profile, at moment: Timestamp) {
        switch profile {
        case .none, .history: return nil
        case .day: count = 24
        case .week: count = 168
        }
        let day: Int64 = 86_400
        let seconds = moment.secondsSinceEpoch
        let days = seconds >= 0 ? seconds / day : (seconds - (day - 1)) / day
        start = Timestamp(secondsSinceEpoch: days * day)
    }

    /// The slot of a moment, before or after `start`.
    public func slot(of moment: Timestamp) -> Int {
        let slotMilliseconds = Int64(Self.slotSeconds) * 1000
        let offset = moment.millisecondsSinceEpoch - start.millisecondsSinceEpoch
        let period = slotMilliseconds * Int64(count)
        let within = ((offset % period) + period) % period
        return Int(within / slotMilliseconds)
    }
}
