import AgentWire

/// Where the host's own CPU use is read. Only the whole machine's tells of I/O wait, stolen time and single CPUs.
public enum HostProcessorSource: Sendable, Hashable {
    /// /proc/stat.
    case machine
    /// The sum over the virtual machines: for a host that shares its machine with others, all overhead left out.
    case guests
    /// A control group, by the path of its directory: `cpuacct.usage` in version 1, `cpu.stat` in version 2.
    case controlGroup(path: String)
}

/// Takes the host's CPU use from elsewhere than /proc/stat, which counts the whole machine. Runs last.
struct HostProcessorSampler: Sampler {
    private let source: HostProcessorSource
    private var counters = CounterTracker<String>()

    init(source: HostProcessorSource) {
        self.source = source
    }

    mutating func sample(into round: inout SamplingRound) {
        let busy: Double?
        switch source {
        case .machine: return
        case .guests: busy = Self.sum(round.machines.map { $0.readings[.groupCPUCores] ?? $0.readings[.cpuCores] })
        case .controlGroup(let path): busy = cores(path, into: &round)
        }
        for metric in [HostMetric.cpuIOWaitCores, .cpuStealCores] { round.host[metric] = nil }
        round.cpuBusyFractions = []
        round.host[.cpuBusyCores] = busy
        round.host[.cpuGuestCores] = Self.sum(round.machines.map { $0.readings[.cpuCores] })
    }

    private mutating func cores(_ path: String, into round: inout SamplingRound) -> Double? {
        let versionOne = ControlGroupFile.nanoseconds(path: "\(path)/cpuacct.usage")
        let file =
            round.files.exists(versionOne.path) ? versionOne : ControlGroupFile.statistics(path: "\(path)/cpu.stat")
        guard let contents = round.readExpected(file.path),
            let nanoseconds = round.expectParsed(file.nanoseconds(parsing: contents), of: file.path)
        else { return nil }
        let change = counters.advance(file.path, to: nanoseconds, atNanoseconds: round.nanoseconds)
        if change == .reset { round.warnOfReset(file.path) }
        return change.perSecond.map { $0 / 1e9 }
    }

    /// `nil` when a part is not known; 0 for none.
    private static func sum(_ parts: [Double?]) -> Double? {
        let known = parts.compactMap(\.self)
        return known.count < parts.count ? nil : known.reduce(0, +)
    }
}
