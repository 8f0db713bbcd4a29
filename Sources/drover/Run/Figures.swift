import ClusterModel

/// Figures of a run in words for the operator.
enum Figures {
    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e9)).rounded())
        if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
        return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
    }

    /// The time of day, in UTC as all of Drover's times; its readers know the day.
    static func clock(_ moment: Timestamp) -> String {
        let text = moment.description
        guard let start = text.firstIndex(of: "T") else { return text }
        return String(text[text.index(after: start)...].prefix(8)) + "Z"
    }

    static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    static func gibibytes(_ bytes: Double) -> String { rounded(bytes / 1_073_741_824) }

    static func bytes(_ bytes: Double) -> String {
        bytes >= 1_073_741_824 ? "\(gibibytes(bytes)) GiB" : "\(rounded(bytes / 1_048_576)) MiB"
    }

    static func rate(_ bytesPerSecond: Double) -> String { "\(bytes(bytesPerSecond))/s" }
}
