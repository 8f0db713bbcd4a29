import AgentWire
import Sampling

/// Takes a sample each interval and gives it to the sinks.
struct SamplingLoop: Sendable {
    let intervalMilliseconds: Int64
    /// `nil`: until cancelled.
    let sampleCount: Int?
    /// `nil`: virtual machines are those of /proc.
    let domains: DomainWatch?
    let sinks: [any BatchSink]
    let clocks: AgentClocks
    let log: AgentLog

    /// Runs until it has taken `sampleCount` samples or is cancelled. The first look, which has no rates, is not a
    /// sample: samples begin one interval later.
    func run(collector: Collector, builder: BatchBuilder) async {
        var (collector, builder) = (collector, builder)
        await look(&collector)
        let interval = UInt64(max(intervalMilliseconds, 1)) * 1_000_000
        var due = clocks.monotonicNanoseconds() + interval
        var taken = 0
        while taken < sampleCount ?? .max {
            let now = clocks.monotonicNanoseconds()
            if now < due { await clocks.sleep(seconds: Double(due - now) / 1e9) }
            if Task.isCancelled { return }
            let round = await look(&collector)
            taken += 1
            if let batch = builder.batch(of: round) { await give(batch) }
            // A pace without drift; rounds that were missed (a suspended host, a slow disk) are not made up for.
            due = max(due + interval, clocks.monotonicNanoseconds())
        }
    }

    @discardableResult
    private func look(_ collector: inout Collector) async -> CollectedRound {
        let answer = await domains?.ask() ?? .notAsked
        let round = collector.collect(
            wallMilliseconds: clocks.wallMilliseconds(), monotonicNanoseconds: clocks.monotonicNanoseconds(),
            domains: answer)
        for warning in round.warnings { log.warning(warning) }
        return round
    }

    private func give(_ batch: SampleBatch) async {
        for sink in sinks {
            do {
                try await sink.take(batch)
            } catch {
                log.warning("a batch is lost: \(error)")
            }
        }
    }
}
