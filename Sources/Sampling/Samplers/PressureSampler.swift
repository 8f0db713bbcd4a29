import AgentWire

/// Pressure stall information: shares of the interval, from the totals, which are exact where the kernel's own averages
/// of 10 and 60 seconds are not over our interval.
struct PressureSampler: Sampler {
    private struct Key: Hashable, Sendable {
        let resource: String
        let isFull: Bool
    }

    private var counters = CounterTracker<Key>()

    mutating func sample(into round: inout SamplingRound) {
        guard round.files.exists("/proc/pressure") else {
            round.warnings.began(
                "no pressure",
                "/proc/pressure is missing (kernel before 4.20, or started without psi=1): no pressure metrics")
            return
        }
        round.warnings.ended("no pressure")
        sample("cpu", .cpuPressureSomeFraction, .cpuPressureFullFraction, into: &round)
        sample("memory", .memoryPressureSomeFraction, .memoryPressureFullFraction, into: &round)
        sample("io", .ioPressureSomeFraction, .ioPressureFullFraction, into: &round)
        counters.forgetUnseen()
    }

    private mutating func sample(
        _ resource: String, _ some: HostMetric, _ full: HostMetric, into round: inout SamplingRound
    ) {
        let path = "/proc/pressure/\(resource)"
        guard let contents = round.readExpected(path),
            let pressure = round.expectParsed(PressureInformation(parsing: contents), of: path)
        else { return }
        round.host[some] = fraction(
            Key(resource: resource, isFull: false), pressure.someMicroseconds, path: path, round: &round)
        if let microseconds = pressure.fullMicroseconds {
            round.host[full] = fraction(
                Key(resource: resource, isFull: true), microseconds, path: path, round: &round)
        }
    }

    private mutating func fraction(
        _ key: Key, _ microseconds: UInt64, path: String, round: inout SamplingRound
    ) -> Double? {
        let change = counters.advance(key, to: microseconds, atNanoseconds: round.nanoseconds)
        if change == .reset { round.warnOfReset(path) }
        // The kernel brings the totals up to date every two seconds or so: a short interval may seem to hold more.
        return change.perSecond.map { min(1, $0 / 1e6) }
    }
}
