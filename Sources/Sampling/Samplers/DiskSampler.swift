import AgentWire

/// Bytes to and from the host's disks, each byte counted once: see `DiskStatistics.wholeDisks`.
struct DiskSampler: Sampler {
    private static let path = "/proc/diskstats"

    private var throughput = ThroughputSum()

    mutating func sample(into round: inout SamplingRound) {
        guard let contents = round.readExpected(Self.path),
            let all = round.expectParsed(DiskStatistics.parse(contents), of: Self.path)
        else { return }
        let disks = DiskStatistics.wholeDisks(all).map { ($0.name, $0.readBytes, $0.writtenBytes) }
        guard let sum = throughput.perSecond(of: disks, into: &round, kind: "disk") else { return }
        round.host[.diskReadBytesPerSecond] = sum.inward
        round.host[.diskWriteBytesPerSecond] = sum.outward
    }
}
