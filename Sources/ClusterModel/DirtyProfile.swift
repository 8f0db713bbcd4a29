/// How a VM rewrites its memory at each time of a repeating day or week. It stands in the VM's extensions, as the
/// document has no key for it:
///
///     "dirtyProfile": {"slotSeconds": 3600, "start": "2026-11-22T00:00:00Z", "hotBytes": [...], "bytesPerSecond": [...]}
public struct DirtyProfile: Sendable, Hashable {
    /// The key in a VM's extensions.
    public static let key = "dirtyProfile"

    public let slotSeconds: Double
    /// Begin of the first slot; the slots repeat before and after.
    public let start: Timestamp
    public let slots: [DirtyRate]

    /// `nil` without slots, or with slots of no length.
    public init?(slotSeconds: Double, start: Timestamp, slots: [DirtyRate]) {
        guard slotSeconds >= 0.001, slotSeconds.isFinite, !slots.isEmpty else { return nil }
        self.slotSeconds = slotSeconds
        self.start = start
        self.slots = slots
    }

    /// The most that it rewrites at any time, in rate and in extent.
    public var most: DirtyRate { rate(from: start, lastingSeconds: slotSeconds * Double(slots.count)) }

    /// What it rewrites at a moment.
    public func rate(at moment: Timestamp) -> DirtyRate { slots[slot(of: moment)] }

    /// The most that it rewrites, in rate and in extent, from a moment on for so long.
    public func rate(from moment: Timestamp, lastingSeconds: Double) -> DirtyRate {
        var worst = rate(at: moment)
        let first = slot(of: moment)
        let within = offset(of: moment) - Double(first) * slotSeconds
        let count = min(Double(slots.count - 1), ((within + max(0, lastingSeconds)) / slotSeconds).rounded(.down))
        for step in stride(from: 1, through: Int(count), by: 1) {
            let slot = slots[(first + step) % slots.count]
            worst.hotBytes = max(worst.hotBytes, slot.hotBytes)
            worst.bytesPerSecond = max(worst.bytesPerSecond, slot.bytesPerSecond)
        }
        return worst
    }

    /// When between two moments a move of so many seconds meets the least rewriting: the lowest rate, then the smallest
    /// hot set, then the earliest. The move begins at the first moment or at the begin of a slot, and ends by the last
    /// moment; `nil` when it is too long for that.
    public func quietestStart(from: Timestamp, to: Timestamp, lastingSeconds: Double) -> Timestamp? {
        let last = to.adding(seconds: -max(0, lastingSeconds))
        guard from <= last else { return nil }
        var best = from
        var least = rate(from: from, lastingSeconds: lastingSeconds)
        var moment = from.adding(seconds: slotSeconds - offset(of: from).truncatingRemainder(dividingBy: slotSeconds))
        for _ in 0..<slots.count where moment <= last {
            let rate = rate(from: moment, lastingSeconds: lastingSeconds)
            if (rate.bytesPerSecond, rate.hotBytes) < (least.bytesPerSecond, least.hotBytes) {
                (best, least) = (moment, rate)
            }
            moment = moment.adding(seconds: slotSeconds)
        }
        return best
    }

    /// Seconds from the begin of the period.
    private func offset(of moment: Timestamp) -> Double {
        let period = slotSeconds * Double(slots.count)
        let offset = moment.seconds(since: start).truncatingRemainder(dividingBy: period)
        return offset < 0 ? offset + period : offset
    }

    private func slot(of moment: Timestamp) -> Int {
        min(slots.count - 1, Int(offset(of: moment) / slotSeconds))
    }
}

// MARK: - In a document

extension DirtyProfile {
    /// As it stands in a VM's extensions.
    public var value: JSONValue {
        .object(fields: [
            "slotSeconds": .exact(slotSeconds), "start": .string(value: start.description),
            "hotBytes": .array(values: slots.map { .exact($0.hotBytes) }),
            "bytesPerSecond": .array(values: slots.map { .exact($0.bytesPerSecond) }),
        ])
    }

    /// `nil` when that is no profile: extensions are free, and what is not understood is not there.
    public init?(_ value: JSONValue?) {
        guard case .object(let fields)? = value, let seconds = fields["slotSeconds"]?.numericValue,
            case .string(let text)? = fields["start"], let start = Timestamp(rfc3339: text),
            let hot = fields["hotBytes"]?.amounts, let rates = fields["bytesPerSecond"]?.amounts,
            hot.count == rates.count
        else { return nil }
        self.init(
            slotSeconds: seconds, start: start,
            slots: zip(hot, rates).map { DirtyRate(hotBytes: $0, bytesPerSecond: $1) })
    }
}

extension VirtualMachine {
    /// What it rewrites at each time of the day, where that was sampled.
    public var dirtyProfile: DirtyProfile? { DirtyProfile(extensions[DirtyProfile.key]) }

    /// The most that it rewrites from a moment on for so long; where no profile tells, what it rewrites at any time.
    public func dirtyRate(from moment: Timestamp, lastingSeconds: Double = 0) -> DirtyRate? {
        dirtyProfile?.rate(from: moment, lastingSeconds: lastingSeconds) ?? dirty
    }
}

extension JSONValue {
    /// A number, whole or not.
    public var numericValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// A list of numbers that are finite and not negative.
    fileprivate var amounts: [Double]? {
        guard case .array(let values) = self else { return nil }
        let numbers = values.compactMap { $0.numericValue }.filter { $0 >= 0 && $0.isFinite }
        return numbers.count == values.count ? numbers : nil
    }
}
