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
    private var times = ControlGroupTimes()

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
        let versionTwo = ControlGroupFile.statistics(path: "\(path)/cpu.stat")
        return times.cores(of: round.files.exists(versionOne.path) ? versionOne : versionTwo, into: &round)
    }

    /// `nil` when a part is not known; 0 for none.
    private static func sum(_ parts: [Double?]) -> Double? {
        let known = parts.compactMap(\.self)
        return known.count < parts.count ? nil : known.reduce(0, +)
    }
}
