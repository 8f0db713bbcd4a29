/// How a load goes through the day, as a share of its peak. Straight lines between hours: no mathematics library.
public enum DayShape: String, Sendable, Hashable, CaseIterable {
    /// High in working hours, low at night and at weekends.
    case day
    /// Batch work in the small hours, every day of the week.
    case night
    /// The same at all hours.
    case flat
    /// Low, with bursts at odd times.
    case bursty

    /// The share of the peak at each full hour of a working day.
    private var hours: [Double] {
        switch self {
        case .day:
            [
                0.12, 0.10, 0.10, 0.10, 0.12, 0.16, 0.30, 0.55, 0.85, 0.97, 1.00, 0.96,
                0.88, 0.94, 1.00, 0.97, 0.90, 0.75, 0.52, 0.38, 0.30, 0.24, 0.18, 0.14,
            ]
        case .night:
            [
                0.90, 1.00, 1.00, 0.96, 0.80, 0.45, 0.20, 0.10, 0.08, 0.08, 0.08, 0.08,
                0.08, 0.08, 0.08, 0.08, 0.08, 0.08, 0.08, 0.10, 0.12, 0.20, 0.45, 0.70,
            ]
        case .flat: Array(repeating: 0.85, count: 24)
        case .bursty: Array(repeating: 0.25, count: 24)
        }
    }

    /// What is left of a working day's load at the weekend.
    private var weekendShare: Double {
        switch self {
        case .day: 0.3
        case .night, .flat: 1
        case .bursty: 0.7
        }
    }

    /// The share of the peak at a second of the day.
    public func level(secondOfDay: Int64, isWeekend: Bool = false) -> Double {
        let within = ((secondOfDay % 86400) + 86400) % 86400
        let hour = Int(within / 3600)
        let part = Double(within % 3600) / 3600
        let hours = hours
        let level = hours[hour] * (1 - part) + hours[(hour + 1) % 24] * part
        return isWeekend ? level * weekendShare : level
    }

    /// Levels from midnight at equal steps: of a working day, or of a day at the weekend.
    func table(stepSeconds: Int64, isWeekend: Bool) -> [Double] {
        stride(from: Int64(0), to: 86400, by: Int64.Stride(stepSeconds)).map {
            level(secondOfDay: $0, isWeekend: isWeekend)
        }
    }
}
