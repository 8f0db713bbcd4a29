public import AgentWire

/// What a round brought.
public struct CollectedRound: Sendable, Hashable {
    /// `nil` when nothing of the host could be read.
    public let host: HostSample?
    public let machines: [VirtualMachineSample]
    /// Each told once, not once a round.
    public let warnings: [String]
}

/// Runs all samplers and puts what they found under one timestamp.
public struct Collector: Sendable {
    private let files: any SystemFiles
    private var samplers: [any Sampler]
    private var warnings = WarningLog()
    private var clockWatch = ClockWatch()
    private var lastNanoseconds: UInt64?

    public init(files: any SystemFiles, samplers: [any Sampler]) {
        self.files = files
        self.samplers = samplers
    }

    /// One look at the machine. The first has no rates. Clocks are parameters: wall time for the timestamp, the
    /// monotonic clock for intervals. So is libvirt's answer: getting it takes a while, which no sampler may.
    public mutating func collect(
        wallMilliseconds: Int64, monotonicNanoseconds: UInt64, domains: DomainsAnswer = .notAsked
    ) -> CollectedRound {
        var round = SamplingRound(
            files: files, nanoseconds: monotonicNanoseconds, domains: domains, warnings: warnings)
        if let step = clockWatch.step(wallMilliseconds: wallMilliseconds, nanoseconds: monotonicNanoseconds) {
            round.warnings.happened(
                "clock step", atNanoseconds: monotonicNanoseconds,
                "the wall clock was set by \(step) ms: timestamps follow it, rates do not depend on it")
        }
        for index in samplers.indices { samplers[index].sample(into: &round) }
        round.dropWhatNoBatchMayCarry(limits: .standard)
        let interval = lastNanoseconds.map { last in
            UInt32(clamping: (max(monotonicNanoseconds, last) - last) / 1_000_000)
        }
        lastNanoseconds = monotonicNanoseconds
        defer { warnings = round.warnings }
        return Self.collected(
            &round, wallMilliseconds: wallMilliseconds, intervalMilliseconds: interval ?? 0)
    }

    private static func collected(
        _ round: inout SamplingRound, wallMilliseconds: Int64, intervalMilliseconds: UInt32
    ) -> CollectedRound {
        let host: HostSample? =
            round.host.isEmpty
            ? nil
            : HostSample(
                timestampMilliseconds: wallMilliseconds, intervalMilliseconds: intervalMilliseconds,
                readings: round.host, cpuBusyFractions: round.cpuBusyFractions)
        let machines = round.machines.filter { !$0.readings.isEmpty }.map { machine in
            VirtualMachineSample(
                timestampMilliseconds: wallMilliseconds, intervalMilliseconds: intervalMilliseconds,
                name: machine.name, uuid: machine.uuid, readings: machine.readings)
        }
        return CollectedRound(host: host, machines: machines, warnings: round.warnings.take())
    }
}
