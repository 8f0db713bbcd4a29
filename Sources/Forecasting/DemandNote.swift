public import ClusterModel

/// What the operator should know about the data on which a forecast rests.
public enum DemandNote: Sendable, Hashable {
    /// It counts with its configured size.
    case vmWithoutSamples(vm: String)
    /// That metric counts as configured.
    case vmWithoutMetric(vm: String, metric: SeriesMetric)
    /// Its newest sample is old; what is known still counts.
    case vmStale(vm: String, newestSample: Timestamp)
    /// It once had an agent and is silent now: it is no destination.
    case hostSilent(host: String, since: Timestamp)
    /// Profiles are of the recorded history: so many slots of it, boiled down to so many, without
    /// so many.
    case historyReduced(slotSeconds: Double, recorded: Int, kept: Int, omitted: Int)

    /// One sentence for each kind of note, naming the first few it is about.
    public static func sentences(_ notes: [DemandNote]) -> [String] {
        var withoutSamples: [String] = []
        var withoutMetric: [SeriesMetric: [String]] = [:]
        var stale: [String] = []
        var silent: [String] = []
        var history: [String] = []
        for note in notes {
            switch note {
            case .vmWithoutSamples(let vm): withoutSamples.append(vm)
            case .vmWithoutMetric(let vm, let metric): withoutMetric[metric, default: []].append(vm)
            case .vmStale(let vm, let newest): stale.append("\(vm) (\(newest))")
            case .hostSilent(let host, let since): silent.append("\(host) (since \(since))")
            case .historyReduced(let slotSeconds, let recorded, let kept, let omitted):
                let slots = "\(recorded - omitted) of \(recorded) recorded slots of \(Int(slotSeconds / 60)) minutes"
                history.append("Every host has room in \(slots), boiled down to \(kept).")
            }
        }
        var sentences = history
        if !withoutSamples.isEmpty {
            sentences.append("No samples, counted with the configured size: \(listed(withoutSamples)).")
        }
        for metric in SeriesMetric.allCases {
            guard let vms = withoutMetric[metric] else { continue }
            sentences.append("No samples of \(metric.name), counted as configured: \(listed(vms)).")
        }
        if !stale.isEmpty { sentences.append("Newest sample is old: \(listed(stale)).") }
        if !silent.isEmpty {
            sentences.append("Agent silent, therefore no destination: \(listed(silent)).")
        }
        return sentences
    }

    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}
