/// Measures one thing. It remembers counters from round to round and nothing else.
///
/// A sampler never fails: what it cannot read it leaves out, with one warning. What it cannot tell rightly (a first
/// look, a counter that was reset) it leaves out as well; it never fills in a zero.
public protocol Sampler: Sendable {
    mutating func sample(into round: inout SamplingRound)
}

/// All samplers, in the order in which they run. A new one is a file in `Samplers` and a line here.
public enum SamplerCatalog {
    /// `ticksPerSecond`: the unit of CPU times in /proc, `sysconf(_SC_CLK_TCK)`.
    public static func all(
        ticksPerSecond: Double, hostProcessors: HostProcessorSource = .machine
    ) -> [any Sampler] {
        [
            ProcessorSampler(),
            MemorySampler(),
            DiskSampler(),
            NetworkSampler(),
            PressureSampler(),
            PowerSampler(),
            GuestGroupSampler(),
            MachineSampler(ticksPerSecond: ticksPerSecond),
            DomainSampler(),
            HostProcessorSampler(source: hostProcessors),
        ]
    }
}
